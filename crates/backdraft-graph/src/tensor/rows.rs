//! Rows of a tensor: its slices along the first dimension, which is the batch.

use std::ops::Range;

use burn::backend::Dispatch;
use burn::backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn::tensor::Slice;
use burn::tensor::kind::Kind;

use crate::AnyTensor;

impl AnyTensor {
    /// Some rows of a tensor of any rank and kind; part of the backward pass if the tensor is.
    ///
    /// # Panics
    ///
    /// If there are fewer rows, or the tensor has no dimension.
    #[must_use]
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let slices = [Slice::from(rows)];
        let tensor = self.clone().into_dispatch();
        Self::from_dispatch(match self.kind() {
            Some(Kind::Int) => Dispatch::int_slice(tensor, &slices),
            Some(Kind::Bool) => Dispatch::bool_slice(tensor, &slices),
            _ => Dispatch::float_slice(tensor, &slices),
        })
    }

    /// The rows of tensors of one kind, one after another.
    ///
    /// # Panics
    ///
    /// If there is no tensor, or kinds or other dimensions differ.
    pub fn cat_rows(tensors: Vec<Self>) -> Self {
        let kind = tensors[0].kind();
        let tensors = tensors.into_iter().map(Self::into_dispatch).collect();
        Self::from_dispatch(match kind {
            Some(Kind::Int) => Dispatch::int_cat(tensors, 0),
            Some(Kind::Bool) => Dispatch::bool_cat(tensors, 0),
            _ => Dispatch::float_cat(tensors, 0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Float, Int, Tensor, TensorData};

    #[test]
    fn rows_of_any_kind_are_taken_and_joined() {
        let tokens = Tensor::<2, Int>::from_data([[1, 2], [3, 4], [5, 6]], &Device::flex());
        let tokens = AnyTensor::from(tokens);
        let turned = AnyTensor::cat_rows(vec![tokens.rows(2..3), tokens.rows(0..2)]);
        let turned = turned.to_tensor::<2, Int>().unwrap().into_data();
        turned.assert_eq(&TensorData::from([[5, 6], [1, 2], [3, 4]]), false);
    }

    #[test]
    fn rows_stay_part_of_the_backward_pass() {
        let x = Tensor::<2>::from_data([[1.0], [2.0]], &Device::flex().autodiff()).require_grad();
        let second = AnyTensor::from(x.clone()).rows(1..2);
        let gradients = second.to_tensor::<2, Float>().unwrap().sum().backward();
        let gradient = x.grad(&gradients).unwrap().into_data();
        gradient.assert_eq(&TensorData::from([[0.0], [1.0]]), false);
    }
}
