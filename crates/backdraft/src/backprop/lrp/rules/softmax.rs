//! Softmax.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{ActivationOperationIr as Activation, OperationIr};
use burn::tensor::Tensor;

use crate::backprop::lrp::stabilizer::per_unit;

/// The rule for softmax `s = softmax(x)`: its linearization at `x`, whose remainder is left behind as a bias is.
///
/// ```text
/// R_x = x · ∂s/∂x [R / s] = x · (R - s ΣR)
/// ```
///
/// with `R` the relevance of the probabilities `s`, and its sum `ΣR` along the dimension of the softmax.
///
/// Achtibat et al., [*AttnLRP*](https://arxiv.org/abs/2402.05602), 2024, proposition 3.1. Logits of minus infinity,
/// which a mask made, get nothing. The logarithm of softmax, and softmin, have the linearizations of theirs.
#[derive(Clone, Copy, Debug)]
pub struct Softmax;

impl Rule for Softmax {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let x = step.operand(operand);
        let slopes = match step.op() {
            OperationIr::Activation(Activation::Softmax(op)) => {
                return through_softmax(&x, &step.output(), &gradient, op.axis);
            }
            _ => per_unit(gradient.flat(), step.output().flat(), 0.0),
        };
        let slopes = AnyTensor::from(slopes).reshape_to(x.shape());
        let linear = x.flat() * step.derivative(operand, slopes).flat();
        let is_masked = x.flat().is_inf();
        AnyTensor::from(linear.mask_fill(is_masked, 0.0)).reshape_to(x.shape())
    }
}

/// The relevance of logits, from that of their probabilities along a dimension.
fn through_softmax(
    logits: &AnyTensor,
    probabilities: &AnyTensor,
    relevance: &AnyTensor,
    axis: usize,
) -> AnyTensor {
    let shape = logits.shape();
    let (outer, inner) = (&shape[..axis], &shape[axis + 1..]);
    let sizes = [outer.iter().product(), shape[axis], inner.iter().product()];
    let [x, s, r] = [logits, probabilities, relevance].map(|tensor| tensor.reshape(sizes));
    AnyTensor::from(linearized(x, s, r, 1)).reshape_to(shape)
}

/// `x (R - s ΣR)`, and zero where a logit is minus infinity.
pub(super) fn linearized<const D: usize>(
    logits: Tensor<D>,
    probabilities: Tensor<D>,
    relevance: Tensor<D>,
    dim: usize,
) -> Tensor<D> {
    let is_masked = logits.clone().is_inf();
    let total = relevance.clone().sum_dim(dim);
    let linear = logits * (relevance - probabilities * total);
    linear.mask_fill(is_masked, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop::lrp::rules::testing::{assert_close, relevance};
    use burn::tensor::activation::{log_softmax, softmax};

    #[test]
    fn relevance_of_logits_is_that_by_hand() {
        // Probabilities of a quarter and three quarters.
        let logits = [[0.0, 3f32.ln()]];
        let found = relevance([logits], [[1.0, 2.0]], |[x]| softmax(x, 1), Softmax);
        assert_close(&found[0], &[0.0, 3f32.ln() * (2.0 - 0.75 * 3.0)]);
    }

    #[test]
    fn what_a_mask_made_minus_infinity_gets_nothing() {
        let masked = |x: Tensor<2>| {
            let mask = x.clone().equal_elem(5.0);
            x.mask_fill(mask, f32::NEG_INFINITY)
        };
        let logits = [[0.0, 5.0, 3f32.ln()]];
        let of_output = [[1.0, 7.0, 2.0]];
        let forward = move |[x]: [Tensor<2>; 1]| softmax(masked(x), 1);
        // Without it there would be `-inf · 0` here.
        let found = relevance([logits], of_output, forward, Softmax);
        assert!(found[0].iter().all(|value| value.is_finite()), "{found:?}");
        assert_eq!(found[0][1], 0.0);
    }

    #[test]
    fn a_logarithm_has_its_own_linearization() {
        // The first logarithm is -ln 4, and the other logit's share of its slope is -3/4.
        let logits = [[1.0, 1.0 + 3f32.ln()]];
        let found = relevance([logits], [[1.0, 0.0]], |[x]| log_softmax(x, 1), Softmax);
        let slope = -0.75 / 4f32.ln();
        assert_close(&found[0], &[slope, -slope * logits[0][1]]);
    }
}
