//! Where an input has space and channels.

use burn::tensor::Tensor;

use crate::AnyTensor;
use crate::inputs::Inputs;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::grid::{channels, without};

/// The positions of an image, and its channels among them. Of anything else every element is a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The sizes of the dimensions of space.
    pub(crate) space: Vec<usize>,
    /// How many positions there are along the dimensions before that of the channels.
    before: usize,
    /// How many elements there are at every position.
    channels: usize,
    pub(crate) is_image: bool,
}

impl Layout {
    /// That of the only input.
    ///
    /// # Errors
    ///
    /// [`RegionError`] if there are several inputs.
    pub(crate) fn of(inputs: &Inputs, values: &[AnyTensor]) -> Result<Self, RegionError> {
        let [value] = values else {
            return Err(RegionError::WrongRegions {
                input: 1,
                expected: "held by `with_constant`, as a mask is for one input".into(),
                actual: format!("a mask of {} inputs", values.len()),
            });
        };
        let shape: Vec<usize> = value.shape().iter().skip(1).copied().collect();
        let known = channels(inputs, std::slice::from_ref(&shape));
        Ok(match known.first().copied().flatten() {
            Some(axis) => Self {
                before: shape[..axis].iter().product(),
                channels: shape[axis],
                space: without(&shape, axis),
                is_image: true,
            },
            None => Self {
                before: 1,
                channels: 1,
                space: shape,
                is_image: false,
            },
        })
    }

    /// Every position's value for the elements of all channels: from `[rows, positions]` to `[rows, elements]`.
    pub(crate) fn over_channels(&self, positions: Tensor<2>) -> Tensor<2> {
        let [rows, count] = positions.dims();
        let (before, after) = (self.before, count / self.before);
        let apart: Tensor<4> = positions.reshape([rows, before, 1, after]);
        let all = apart.expand([rows, before, self.channels, after]);
        all.reshape([rows, count * self.channels])
    }

    /// The sums over all channels: from `[rows, elements]` to `[rows, positions]`.
    pub(crate) fn sum_of_channels(&self, elements: Tensor<2>) -> Tensor<2> {
        let [rows, count] = elements.dims();
        let positions = count / self.channels;
        let (before, after) = (self.before, positions / self.before);
        let apart: Tensor<4> = elements.reshape([rows, before, self.channels, after]);
        apart.sum_dim(2).reshape([rows, positions])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn numbers(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().iter().collect()
    }

    /// Two positions in a column, two channels and one position in a row.
    fn layout() -> Layout {
        Layout {
            space: vec![2, 1],
            before: 2,
            channels: 2,
            is_image: true,
        }
    }

    #[test]
    fn channels_between_dimensions_of_space_get_what_their_position_has() {
        let positions = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
        let elements = layout().over_channels(positions);
        assert_eq!(numbers(elements.clone()), [1.0, 1.0, 2.0, 2.0]);
        assert_eq!(numbers(layout().sum_of_channels(elements)), [2.0, 4.0]);
    }

    #[test]
    fn every_number_of_a_table_is_a_position() {
        let table = Inputs::new(Tensor::<2>::zeros([2, 3], &Device::flex()));
        let layout = Layout::of(&table, &table.floats().unwrap()).unwrap();
        assert_eq!((layout.space, layout.channels), (vec![3], 1));
        assert!(!layout.is_image);
    }

    #[test]
    fn an_image_has_its_channels_first() {
        let device = &Device::flex();
        let inputs = Inputs::new(Tensor::<4>::zeros([2, 3, 4, 5], device));
        let layout = Layout::of(&inputs, &inputs.floats().unwrap()).unwrap();
        assert_eq!((&layout.space[..], layout.before), (&[4, 5][..], 1));
        assert_eq!(layout.channels, 3);
        assert!(layout.is_image);
        let two = Inputs::new(vec![
            inputs.tensors()[0].clone(),
            inputs.tensors()[0].clone(),
        ]);
        let error = Layout::of(&two, &two.floats().unwrap()).unwrap_err();
        assert!(error.to_string().contains("a mask of 2 inputs"), "{error}");
    }
}
