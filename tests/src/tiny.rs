//! Functions as networks, and their values, for tests.

use backdraft::{AnyTensor, Network, Tensors};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};

/// A function of tensors as a network without weights.
///
/// # Panics
///
/// If it can't be captured.
pub fn capture<I, O>(example: I, forward: impl Fn(I) -> O + Send + Sync + 'static) -> Network
where
    I: Tensors + 'static,
    O: Tensors + 'static,
{
    let forward = move |_: &Vec<Linear>, x: I| forward(x);
    Network::capture(&Vec::new(), example, forward).unwrap()
}

/// A tensor on the CPU.
pub fn tensor<const D: usize>(data: impl Into<TensorData>) -> Tensor<D> {
    Tensor::from_data(data.into(), &Device::flex())
}

/// The elements of a float tensor in a row.
pub fn values(tensor: &AnyTensor) -> Vec<f32> {
    tensor.flat().into_data().iter().collect()
}

/// Checks that all elements are nearer than a tolerance to those expected.
///
/// # Panics
///
/// If one isn't.
pub fn assert_close(actual: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(actual.len(), expected.len(), "{actual:?} {expected:?}");
    for (actual, expected) in actual.iter().zip(expected) {
        assert!(
            (actual - expected).abs() < tolerance,
            "{actual} instead of {expected}"
        );
    }
}
