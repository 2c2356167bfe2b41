//! Maps of a layer at the size of an input.

use backdraft_graph::Planes;
use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::InterpolateOptions;

use crate::inputs::rows::frames_as_rows;
use crate::layer::LayerError;
use crate::{AnyTensor, Error};

/// A map of shape `[rows, 1, positions...]`, with a row for every frame, in the shape of an input with these planes:
/// every channel of the input has the same.
pub(super) fn upsampled(
    map: &AnyTensor,
    input: &AnyTensor,
    planes: Option<Planes>,
    layer: &str,
    options: &InterpolateOptions,
) -> Result<AnyTensor, Error> {
    let Some(planes) = planes else {
        return resized(map, &input.shape(), layer, options);
    };
    let arrangement = planes.channels_first(&input.shape());
    let arranged = arrangement.apply(input);
    let shape = arranged.shape();
    let rows = frames_as_rows(arranged, planes.frames);
    let map = resized(map, &rows.shape(), layer, options)?;
    let map = arrangement.undo(&map.reshape_to(shape));
    Ok(map.expect("channels come first without loss"))
}

/// A map of shape `[rows, 1, positions...]` in the shape `[rows, channels, positions...]`.
pub(crate) fn resized(
    map: &AnyTensor,
    large: &[usize],
    layer: &str,
    options: &InterpolateOptions,
) -> Result<AnyTensor, Error> {
    let small = map.shape();
    let spatial = |shape: &[usize]| volume(shape.get(2..).unwrap_or_default());
    let fits = small.len() == large.len() && small.first() == large.first();
    let (Some(from), Some(to), true) = (spatial(&small), spatial(large), fits) else {
        return Err(Error::Layer(LayerError::NotUpsampled {
            layer: layer.into(),
            map: format!("{:?}", small.as_slice()),
            input: format!("{large:?}"),
        }));
    };
    let rows = small[0];
    let planes = map.reshape([rows, from[0], from[1], from[2]]);
    let planes = resize(planes, [to[1], to[2]], options);
    // The third axis as the height of one plane that holds every position's column.
    let columns = planes.reshape([rows, 1, from[0], to[1] * to[2]]);
    let columns = resize(columns, [to[0], to[1] * to[2]], options);
    let map = columns.reshape([rows, 1, to.iter().product()]);
    let channels = map.expand([rows, large[1], to.iter().product()]);
    Ok(AnyTensor::from(channels).reshape_to(large))
}

fn resize(planes: Tensor<4>, size: [usize; 2], options: &InterpolateOptions) -> Tensor<4> {
    let [_, _, height, width] = planes.dims();
    if [height, width] == size {
        return planes;
    }
    interpolate(planes, options.clone().with_output_size(size))
}

/// A line is a plane of height one, and a plane a volume of depth one.
fn volume(spatial: &[usize]) -> Option<[usize; 3]> {
    match *spatial {
        [length] => Some([1, 1, length]),
        [height, width] => Some([1, height, width]),
        [depth, height, width] => Some([depth, height, width]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use burn::tensor::ops::InterpolateMode;

    #[test]
    fn volumes_are_resized_along_every_axis() {
        // Twice as deep and twice as wide: a step of 8 in depth, and of 4 in width.
        let map = Tensor::<2>::from_data([[0.0, 4.0], [8.0, 12.0]], &Device::flex());
        let map: AnyTensor = map.reshape([1, 1, 2, 1, 2]).into();
        let resized = |mode: InterpolateMode, corners: bool| -> Vec<f32> {
            let options = InterpolateOptions::new(mode).with_align_corners(corners);
            let map = resized(&map, &[1, 2, 4, 1, 4], "layer", &options).unwrap();
            assert_eq!(map.shape().as_slice(), [1, 2, 4, 1, 4]);
            map.reshape([32]).into_data().iter().collect()
        };
        let assert_grid = |values: &[f32], steps: [f32; 4]| {
            let rows = steps.map(|depth| steps.map(|width| 8.0 * depth + 4.0 * width));
            // Both channels have the same.
            for (value, expected) in values.iter().zip([rows, rows].concat().concat()) {
                assert!((value - expected).abs() < 1e-5, "{values:?}");
            }
        };
        // Centers of the cells at 0.5 and 2.5, in cells of the result, or at its first and last cell.
        let linear = InterpolateMode::Bilinear;
        assert_grid(&resized(linear.clone(), false), [0.0, 0.25, 0.75, 1.0]);
        assert_grid(&resized(linear, true), [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
        let nearest = resized(InterpolateMode::Nearest, false);
        assert_grid(&nearest, [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_map_of_other_rows_or_dimensions_is_refused() {
        let options = InterpolateOptions::new(InterpolateMode::Bilinear);
        let map: AnyTensor = Tensor::<3>::zeros([2, 1, 3], &Device::flex()).into();
        for shape in [&[3, 1, 6][..], &[2, 1, 6, 6], &[2, 1]] {
            let error = resized(&map, shape, "conv", &options).unwrap_err();
            assert!(
                matches!(error, Error::Layer(LayerError::NotUpsampled { .. })),
                "{error}"
            );
        }
    }
}
