//! Linear operations along one dimension.

use burn::tensor::{Tensor, TensorData};

use crate::AnyTensor;

/// Multiplies every line of a dimension by a matrix, whose row `i` has the weights of all positions for the new position
/// `i`.
pub(crate) fn along_dim(
    tensor: &AnyTensor,
    dim: usize,
    weight: impl Fn(usize, usize) -> f64,
) -> AnyTensor {
    let shape = tensor.shape();
    let size = shape[dim];
    let before = shape[..dim].iter().product();
    let after = shape[dim + 1..].iter().product();
    let lines: Tensor<3> = tensor.reshape([before, size, after]);
    let weights = (0..size * size).map(|index| weight(index / size, index % size));
    let weights = TensorData::new(weights.collect(), [1, size, size]);
    let weights = Tensor::<3>::from_data(weights, (&tensor.device(), tensor.dtype()));
    AnyTensor::from(weights.expand([before, size, size]).matmul(lines)).reshape_to(shape)
}
