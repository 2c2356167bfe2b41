//! The probabilities of logits.

use burn::tensor::Tensor;

/// Softmax along `dim`; zero where everything is masked.
pub(super) fn probabilities<const D: usize>(logits: Tensor<D>, dim: usize) -> Tensor<D> {
    log_probabilities(logits, dim).exp()
}

/// The logarithm of softmax, minus infinity where everything is masked.
pub(super) fn log_probabilities<const D: usize>(logits: Tensor<D>, dim: usize) -> Tensor<D> {
    let tiny = smallest_positive(&logits);
    let lowest = logits.dtype().finfo().map_or(f64::MIN, |info| info.min);
    let shifted = logits.clone() - logits.max_dim(dim).clamp_min(lowest);
    let total = shifted.clone().exp().sum_dim(dim).clamp_min(tiny);
    shifted - total.log()
}

/// The smallest positive number of a tensor's type.
pub(super) fn smallest_positive<const D: usize>(tensor: &Tensor<D>) -> f64 {
    let info = tensor.dtype().finfo();
    info.map_or(f64::MIN_POSITIVE, |info| info.min_positive)
}
