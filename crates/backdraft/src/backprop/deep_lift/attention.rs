//! Scaled dot-product attention, composed of the rules for its parts.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{AttentionOpIr, ModuleOperationIr, OperationIr};
use burn::tensor::Tensor;

use crate::backprop::attention_scores::{KEY, QUERY, Scores, VALUE, capped, matrices, scale};
use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::finite_or;
use crate::backprop::deep_lift::softmax::through_softmax;
use crate::backprop::probabilities::probabilities;

/// `softmax(mask(cap(q kᵀ scale)) + bias) v`: products have the mean of the other factor, the cap is a function
/// of each element, a masked score has no multiplier, and softmax has its own rule.
#[derive(Debug)]
pub(super) struct Attention {
    pub(super) threshold: f64,
}

impl Rule for Attention {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let OperationIr::Module(ModuleOperationIr::Attention(op)) = step.op() else {
            unreachable!("attention is a module's operation");
        };
        let actual = Scores::new(op, |position| step.operand(position));
        let reference = Scores::new(op, |position| step.reference_operand(position));
        let mean = |position| matrices(&step.mean_operand(position));
        let gradient = matrices(&gradient);
        let multipliers = if operand == VALUE {
            let weights = probabilities(actual.logits, 3) + probabilities(reference.logits, 3);
            (weights / 2.0).swap_dims(2, 3).matmul(gradient)
        } else {
            let masked = actual.masked.clone();
            let weights = gradient.matmul(mean(VALUE).swap_dims(2, 3));
            let (l, l0) = (actual.logits.clone(), reference.logits.clone());
            let logits = through_softmax(weights, l, l0, 3);
            let scores = |logits: Tensor<4>| {
                let slope = cap_slope(op, &actual, &reference, self.threshold);
                (logits * slope * scale(op)).mask_fill(masked, 0.0)
            };
            match operand {
                QUERY => scores(logits).matmul(mean(KEY)),
                KEY => scores(logits).swap_dims(2, 3).matmul(mean(QUERY)),
                _bias => logits,
            }
        };
        AnyTensor::from(multipliers).sum_to(&step.operand(operand).shape())
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// The Rescale rule for the cap.
fn cap_slope(op: &AttentionOpIr, actual: &Scores, reference: &Scores, threshold: f64) -> Tensor<4> {
    let Some(cap) = op.options.softcap else {
        return actual.raw.ones_like();
    };
    let (raw, capped_scores) = (actual.raw.clone(), capped(op, actual.raw.clone()));
    let change = raw - reference.raw.clone();
    let ratio = (capped_scores.clone() - capped(op, reference.raw.clone())) / change.clone();
    let derivative = -(capped_scores / cap.elem::<f64>()).powi_scalar(2) + 1.0;
    let ratio = finite_or(ratio, derivative.clone());
    derivative.mask_where(change.abs().greater_elem(threshold), ratio)
}
