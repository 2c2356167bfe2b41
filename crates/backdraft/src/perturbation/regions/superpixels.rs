//! Images cut into superpixels.

use crate::AnyTensor;
use crate::inputs::rows::flat;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::grid::{no_space, without};
use crate::perturbation::regions::image::Image;
use crate::perturbation::regions::pieces::exactly;
use crate::perturbation::regions::place::{place_of, row_major};
use crate::perturbation::regions::resolved::Region;
use crate::perturbation::regions::slic::clusters;

/// So many superpixels of every row's images, all channels together.
pub(super) fn regions(
    values: &[AnyTensor],
    channels: &[Option<usize>],
    count: usize,
) -> Result<Vec<Vec<Region>>, RegionError> {
    let rows = values.first().map_or(0, |value| value.shape()[0]);
    let mut each = vec![Vec::new(); rows];
    for (input, (value, channels)) in values.iter().zip(channels).enumerate() {
        let shape = &value.shape()[1..];
        let axis = channels.ok_or_else(|| no_space(input, shape))?;
        if count == 0 {
            return Err(RegionError::WrongRegions {
                input,
                expected: "at least one superpixel".into(),
                actual: "none".into(),
            });
        }
        let numbers: Vec<f32> = flat(value).into_data().iter().collect();
        let elements: usize = shape.iter().product();
        for (row, numbers) in each.iter_mut().zip(numbers.chunks(elements)) {
            let image = image(numbers, shape, axis);
            let labels = exactly(count, &image, clusters(&image, count));
            let first = row.len();
            let parts = 1 + labels.iter().max().copied().unwrap_or_default();
            row.resize_with(first + parts, || Region::empty(values.len()));
            for element in 0..elements {
                let position = position(element, shape, axis);
                row[first + labels[position]].push(input, element);
            }
        }
    }
    Ok(each)
}

/// A sample of an input whose channels are along an axis.
fn image(numbers: &[f32], shape: &[usize], axis: usize) -> Image {
    let channels = shape[axis];
    let mut values = vec![0.0; numbers.len()];
    for (element, &number) in numbers.iter().enumerate() {
        let channel = place_of(element, shape)[axis];
        values[position(element, shape, axis) * channels + channel] = number;
    }
    Image {
        shape: without(shape, axis),
        channels,
        values,
    }
}

/// The position of an element among those of space.
fn position(element: usize, shape: &[usize], axis: usize) -> usize {
    row_major(
        &without(&place_of(element, shape), axis),
        &without(shape, axis),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tensor};

    #[test]
    fn every_sample_has_its_own_and_as_many() {
        // The first image is dark in its left half, the second one in its first column.
        let x = Tensor::<4>::from_data(
            [
                [[[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 9.0]]],
                [[[0.0, 9.0, 9.0, 9.0], [0.0, 9.0, 9.0, 9.0]]],
            ],
            &Device::flex(),
        );
        let each = regions(&[x.into()], &[Some(0)], 2).unwrap();
        let elements = |sample: usize, region: usize| -> Vec<usize> {
            each[sample][region].elements(0).collect()
        };
        assert_eq!(
            [elements(0, 0), elements(0, 1)],
            [[0, 1, 4, 5], [2, 3, 6, 7]]
        );
        assert_eq!(
            [elements(1, 0), elements(1, 1)],
            [vec![0, 4], vec![1, 2, 3, 5, 6, 7]]
        );
    }

    #[test]
    fn channels_may_come_last() {
        let image = image(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[3, 2], 1);
        assert_eq!(image.shape, [3]);
        assert_eq!(image.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let first = super::image(&[1.0, 3.0, 5.0, 2.0, 4.0, 6.0], &[2, 3], 0);
        assert_eq!(first.values, image.values);
    }

    #[test]
    fn none_and_what_is_no_image_are_refused() {
        let x = || AnyTensor::from(Tensor::<4>::zeros([1, 1, 2, 2], &Device::flex()));
        let error = regions(&[x()], &[Some(0)], 0).unwrap_err().to_string();
        assert!(error.contains("at least one superpixel"), "{error}");
        let error = regions(&[x()], &[None], 2).unwrap_err().to_string();
        assert!(error.contains("channels and space"), "{error}");
    }
}
