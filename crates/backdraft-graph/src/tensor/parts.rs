//! Boxes in a tensor of any rank and kind.

use std::ops::Range;

use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::tensor::Slice;
use burn::tensor::kind::Kind;

use crate::AnyTensor;

impl AnyTensor {
    /// What lies in a box, a range for every dimension; part of the backward pass if the tensor is.
    ///
    /// # Panics
    ///
    /// If the box reaches beyond the tensor.
    #[must_use]
    pub fn part(&self, ranges: &[Range<usize>]) -> Self {
        let (slices, tensor) = (slices(ranges), self.clone().into_dispatch());
        Self::from_dispatch(match self.kind() {
            Some(Kind::Int) => Dispatch::int_slice(tensor, &slices),
            Some(Kind::Bool) => Dispatch::bool_slice(tensor, &slices),
            _ => Dispatch::float_slice(tensor, &slices),
        })
    }

    /// The tensor with something else in a box.
    ///
    /// # Panics
    ///
    /// If the box reaches beyond the tensor, or the part isn't of its size and of the tensor's kind.
    #[must_use]
    pub fn with_part(&self, ranges: &[Range<usize>], part: Self) -> Self {
        let (slices, tensor) = (slices(ranges), self.clone().into_dispatch());
        let part = part.into_dispatch();
        Self::from_dispatch(match self.kind() {
            Some(Kind::Int) => Dispatch::int_slice_assign(tensor, &slices, part),
            Some(Kind::Bool) => Dispatch::bool_slice_assign(tensor, &slices, part),
            _ => Dispatch::float_slice_assign(tensor, &slices, part),
        })
    }
}

fn slices(ranges: &[Range<usize>]) -> Vec<Slice> {
    ranges.iter().cloned().map(Slice::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Int, Tensor, TensorData};

    #[test]
    fn a_part_is_taken_and_put_back_elsewhere() {
        let whole = Tensor::<2, Int>::from_data([[1, 2, 3], [4, 5, 6]], &Device::flex());
        let whole = AnyTensor::from(whole);
        let part = whole.part(&[0..2, 1..2]);
        let moved = whole.with_part(&[0..2, 2..3], part);
        let moved = moved.to_tensor::<2, Int>().unwrap().into_data();
        moved.assert_eq(&TensorData::from([[1, 2, 2], [4, 5, 5]]), false);
    }
}
