//! The scores of scaled dot-product attention that Burn computes as one operation.

use backdraft_graph::AnyTensor;
use burn::backend::ir::{AttentionOpIr, ScalarIr};
use burn::tensor::{Bool, Int, Tensor};

/// Positions of the operands.
pub(super) const QUERY: usize = 0;
pub(super) const KEY: usize = 1;
pub(super) const VALUE: usize = 2;
const MASK: usize = 3;

/// The scores of one run.
pub(super) struct Scores {
    /// Before the cap.
    pub(super) raw: Tensor<4>,
    /// Masked, with bias: what softmax sees.
    pub(super) logits: Tensor<4>,
    pub(super) masked: Tensor<4, Bool>,
}

impl Scores {
    pub(super) fn new(op: &AttentionOpIr, operand: impl Fn(usize) -> AnyTensor) -> Self {
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

/// A tensor of matrices, of each sample and head.
pub(super) fn matrices(tensor: &AnyTensor) -> Tensor<4> {
    Tensor::from_dispatch(tensor.clone().into_dispatch())
}

/// What products of queries and keys are multiplied by.
pub(super) fn scale(op: &AttentionOpIr) -> f64 {
    let width = op.query.shape[3] as f64;
    let scale = op.options.scale.map(ScalarIr::elem);
    scale.unwrap_or_else(|| 1.0 / width.sqrt())
}

/// Scores after the cap, if there is one.
pub(super) fn capped(op: &AttentionOpIr, scores: Tensor<4>) -> Tensor<4> {
    match op.options.softcap {
        None => scores,
        Some(cap) => (scores / cap.elem::<f64>()).tanh() * cap.elem::<f64>(),
    }
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
