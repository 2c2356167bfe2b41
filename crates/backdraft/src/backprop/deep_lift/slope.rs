//! Quotients of differences and slopes, where they exist.

use backdraft_graph::AnyTensor;
use burn::tensor::Tensor;

/// `flowing / change` where an operand moves and the quotient exists, else the derivative.
pub(super) fn per_change(
    flowing: Tensor<1>,
    change: Tensor<1>,
    derivative: Tensor<1>,
    threshold: f64,
) -> Tensor<1> {
    let quotient = flowing / change.clone();
    let moves = change.abs().greater_elem(threshold);
    let exists = moves.bool_and(quotient.clone().is_finite());
    derivative.mask_where(exists, quotient)
}

/// `value` where it is finite, else `fallback`.
pub(super) fn finite_or<const D: usize>(value: Tensor<D>, fallback: Tensor<D>) -> Tensor<D> {
    let finite = value.clone().is_finite();
    fallback.mask_where(finite, value)
}

/// Zero where a slope is infinite or 0 / 0, as that of a square root at zero. It is used only where an operand
/// doesn't differ from its reference, and contributes nothing.
pub(super) fn settled<const D: usize>(slope: Tensor<D>) -> Tensor<D> {
    let zeros = slope.zeros_like();
    finite_or(slope, zeros)
}

/// As [`settled`], for slopes times the `gradient` that arrived. If that was infinite or NaN already, so is the
/// result.
pub(super) fn settled_for(multipliers: Tensor<1>, gradient: &AnyTensor) -> Tensor<1> {
    settled(multipliers) + gradient.flat().abs().max() * 0.0
}
