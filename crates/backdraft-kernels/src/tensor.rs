//! Flex's tensors as shapes and values.

use burn::backend::{Bytes, DType, Shape};
use burn_flex::{FlexTensor, Layout};

/// The shape of a tensor of rank 4.
pub(crate) fn dims(tensor: &FlexTensor) -> Option<[usize; 4]> {
    tensor.layout().shape().as_slice().try_into().ok()
}

/// The values of a contiguous tensor.
pub(crate) fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("contiguous f32 values")
}

/// A contiguous tensor.
pub(crate) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::new(
        Bytes::from_elems(values),
        Layout::contiguous(shape.into()),
        DType::F32,
    )
}
