//! Scaled dot-product attention, composed of the rules for its parts.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{AttentionOpIr, ModuleOperationIr, OperationIr, ScalarIr};
use burn::tensor::{Bool, Int, Tensor};

use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::finite_or;
use crate::backprop::deep_lift::softmax::{probabilities, through_softmax};

/// `softmax(mask(cap(q kᵀ scale)) + bias) v`: products have the mean of the other factor, the cap is a function
/// of each element, a masked score has no multiplier, and softmax has its own rule.
#[derive(Debug)]
pub(super) struct Attention {
    pub(super) threshold: f64,
}

const QUERY: usize = 0;
const KEY: usize = 1;
const VALUE: usize = 2;
const MASK: usize = 3;

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

/// The scores of one run.
struct Scores {
    /// Before the cap.
    raw: Tensor<4>,
    /// Masked, with bias: what softmax sees.
    logits: Tensor<4>,
    masked: Tensor<4, Bool>,
}

impl Scores {
    fn new(op: &AttentionOpIr, operand: impl Fn(usize) -> AnyTensor) -> Self {
        let keys = matrices(&operand(KEY)).swap_dims(2, 3);
        let raw = matrices(&operand(QUERY)).matmul(keys) * scale(op);
        let mut logits = capped(op, raw.clone());
        if op.mask.is_some() {
            let mask = Tensor::<4, Bool>::from_dispatch(operand(MASK).into_dispatch());
            let mask = mask.expand(logits.dims());
            logits = logits.mask_fill(mask, f64::NEG_INFINITY);
        }
        if op.options.is_causal {
            let mask = ahead(&logits);
            logits = logits.mask_fill(mask, f64::NEG_INFINITY);
        }
        let masked = logits.clone().equal_elem(f64::NEG_INFINITY);
        if op.attn_bias.is_some() {
            let position = MASK + usize::from(op.mask.is_some());
            logits = logits + matrices(&operand(position));
        }
        Self {
            raw,
            logits,
            masked,
        }
    }
}

fn matrices(tensor: &AnyTensor) -> Tensor<4> {
    Tensor::from_dispatch(tensor.clone().into_dispatch())
}

fn scale(op: &AttentionOpIr) -> f64 {
    let width = op.query.shape[3] as f64;
    let scale = op.options.scale.map(ScalarIr::elem);
    scale.unwrap_or_else(|| 1.0 / width.sqrt())
}

fn capped(op: &AttentionOpIr, scores: Tensor<4>) -> Tensor<4> {
    match op.options.softcap {
        None => scores,
        Some(cap) => (scores / cap.elem::<f64>()).tanh() * cap.elem::<f64>(),
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

/// The keys after each query's own position. The last query's is that of the last key.
fn ahead(scores: &Tensor<4>) -> Tensor<4, Bool> {
    let [_, _, queries, keys] = scores.dims();
    let device = scores.device();
    let rows = Tensor::<1, Int>::arange(0..queries as i64, &device).reshape([1, 1, queries, 1]);
    let columns = Tensor::<1, Int>::arange(0..keys as i64, &device).reshape([1, 1, 1, keys]);
    let ahead = (columns - rows).greater_elem(keys as i64 - queries as i64);
    ahead.expand(scores.dims())
}
