//! Tensors to test on.

use burn::tensor::{Device, Tensor};

use crate::AnyTensor;

/// Two rows of two values.
pub(crate) fn rows(values: [[f32; 2]; 2]) -> AnyTensor {
    Tensor::<2>::from_data(values, &Device::flex()).into()
}
