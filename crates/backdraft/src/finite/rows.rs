//! Rows that have elements which aren't finite.

use burn::tensor::{DType, Tensor};

use crate::AnyTensor;
use crate::inputs::rows::{flat, sum_per_row};

/// The first of these float tensors that has an element which isn't finite, and the first of its rows that has one.
///
/// NaN and infinity pass through sums, so all that is read from the device is a number for each row, unless something
/// is wrong.
pub(crate) fn first_not_finite(tensors: &[&AnyTensor]) -> Option<(usize, usize)> {
    if all_finite(tensors) {
        return None;
    }
    // Sums of large numbers may overflow.
    (tensors.iter().enumerate()).find_map(|(position, tensor)| Some((position, first_row(tensor)?)))
}

fn all_finite(tensors: &[&AnyTensor]) -> bool {
    let filled = (tensors.iter()).filter(|tensor| tensor.shape().num_elements() > 0);
    // In single precision whatever the tensor's is, so that those of several tensors fit together.
    let sums = filled.map(|&it| sum_per_row(&it.clone().without_autodiff()).cast(DType::F32));
    let sums: Vec<Tensor<1>> = sums.collect();
    if sums.is_empty() {
        return true;
    }
    let sums = Tensor::cat(sums, 0).into_data();
    sums.iter::<f32>().all(f32::is_finite)
}

fn first_row(tensor: &AnyTensor) -> Option<usize> {
    let finite = flat(&tensor.clone().without_autodiff()).is_finite();
    let counts = finite.bool_not().int().sum_dim(1).into_data();
    counts.iter::<i64>().position(|count| count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::testing::rows;
    use burn::tensor::Device;

    #[test]
    fn tensor_and_row_are_the_first_ones() {
        let finite = rows([[1.0, -2.0], [0.0, 3.0]]);
        let nan = rows([[1.0, 2.0], [f32::NAN, 3.0]]);
        let infinite = rows([[f32::NEG_INFINITY, f32::INFINITY], [1.0, 2.0]]);
        assert_eq!(first_not_finite(&[]), None);
        assert_eq!(first_not_finite(&[&finite]), None);
        assert_eq!(first_not_finite(&[&finite, &nan]), Some((1, 1)));
        assert_eq!(first_not_finite(&[&infinite, &nan]), Some((0, 0)));
    }

    #[test]
    fn a_sum_that_overflows_is_no_fault() {
        let large = rows([[f32::MAX, f32::MAX], [1.0, 2.0]]);
        assert_eq!(first_not_finite(&[&large]), None);
        let double = Tensor::<2>::from_data([[1e300, -1e300]], (&Device::flex(), DType::F64));
        assert_eq!(first_not_finite(&[&large, &double.into()]), None);
    }
}
