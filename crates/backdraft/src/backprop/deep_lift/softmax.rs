//! Softmax and its logarithm.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{ActivationOperationIr as Activation, OperationIr};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::finite_or;
use crate::backprop::probabilities::{log_probabilities, smallest_positive};

/// With logarithms `l` of the probabilities `y`, and their logarithmic means `L` between the reference and
/// the actual operands,
///
/// ```text
/// Δy = L · Δl,   Δl = Δx - Δlogsumexp,   Δlogsumexp = Σ L Δx / Σ L,
/// ```
///
/// the last because probabilities always sum to one. All three are exact.
#[derive(Debug)]
pub(super) struct Softmax;

impl Rule for Softmax {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let OperationIr::Activation(op) = step.op() else {
            unreachable!("softmax is an activation");
        };
        let (axis, sign, logarithm) = match op {
            Activation::Softmax(op) => (op.axis, 1.0, false),
            Activation::Softmin(op) => (op.axis, -1.0, false),
            Activation::LogSoftmax(op) => (op.axis, 1.0, true),
            _ => unreachable!("not a softmax"),
        };
        let shape = gradient.shape();
        let (outer, inner) = (&shape[..axis], &shape[axis + 1..]);
        let sizes = [outer.iter().product(), shape[axis], inner.iter().product()];
        let logits = step.operand(operand).reshape(sizes) * sign;
        let reference = step.reference_operand(operand).reshape(sizes) * sign;
        let gradient = gradient.reshape(sizes);
        let means = logarithmic_means(logits, reference, 1);
        let to_logarithms = if logarithm {
            gradient
        } else {
            gradient * means.clone()
        };
        let multipliers = share(to_logarithms, means, 1);
        AnyTensor::from(multipliers * sign).reshape_to(shape)
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// The multipliers of logits, given those of `softmax(logits)` along `dim`.
pub(super) fn through_softmax<const D: usize>(
    gradient: Tensor<D>,
    logits: Tensor<D>,
    reference: Tensor<D>,
    dim: usize,
) -> Tensor<D> {
    let means = logarithmic_means(logits, reference, dim);
    share(gradient * means.clone(), means, dim)
}

/// From the multipliers of `l` to those of the logits.
fn share<const D: usize>(multipliers: Tensor<D>, means: Tensor<D>, dim: usize) -> Tensor<D> {
    let tiny = smallest_positive(&means);
    let total = means.clone().sum_dim(dim).clamp_min(tiny);
    multipliers.clone() - multipliers.sum_dim(dim) * (means / total)
}

/// `(y - y0) / (log y - log y0)` for the probabilities along `dim`; zero where one is zero.
fn logarithmic_means<const D: usize>(
    logits: Tensor<D>,
    reference: Tensor<D>,
    dim: usize,
) -> Tensor<D> {
    let (l, l0) = (
        log_probabilities(logits, dim),
        log_probabilities(reference, dim),
    );
    let change = l.clone() - l0.clone();
    let apart = (l.clone().exp() - l0.clone().exp()) / change.clone();
    // The geometric mean times sinh(h) / h, h being half the change: no difference of close numbers.
    let square = change.clone().powi_scalar(2) / 4.0;
    let series = [20.0, 6.0]
        .into_iter()
        .fold(square.clone() / 42.0 + 1.0, |sum, factor| {
            sum * square.clone() / factor + 1.0
        });
    let close = ((l.clone() + l0) / 2.0).exp() * series;
    let means = apart.mask_where(change.abs().lower_elem(0.5), close);
    finite_or(means, l.exp())
}
