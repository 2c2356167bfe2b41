//! Choices by a mask.

use backdraft_graph::{AnyTensor, OperandRole, Rule, Step};
use burn::backend::Dispatch;
use burn::backend::ops::BoolTensorOps;

use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::settled;

/// With `k` in {0, 1} for the choice, the output is a sum of two products, `(1 - k) a + k b`, so its change is
/// `(1 - k̂) Δa + k̂ Δb + Δk (b̂ - â)`, the hats being means. The last term belongs to the mask, which has no
/// gradient: it depends on what `a` and `b` depend on (`x.mask_where(x < 0, 0.1 x)`), so those of the two that
/// move share it.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) threshold: f64,
}

/// The operands of `mask_where`.
const A: usize = 0;
const MASK: usize = 1;
const B: usize = 2;

impl Rule for Choice {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let expanded = |tensor: AnyTensor| tensor.expand_to(gradient.shape()).flat();
        let chosen = |mask: AnyTensor| {
            let mask = Dispatch::bool_expand(mask.into_dispatch(), gradient.shape());
            let mask = Dispatch::bool_into_float(mask, gradient.dtype().into());
            AnyTensor::from_dispatch(mask).flat()
        };
        let (k, k0) = (
            chosen(step.operand(MASK)),
            chosen(step.reference_operand(MASK)),
        );
        let change = |position| {
            expanded(step.operand(position)) - expanded(step.reference_operand(position))
        };
        let moves = |position| {
            let moves = change(position).abs().greater_elem(self.threshold);
            moves.float().cast(gradient.dtype()) * f64::from(u8::from(step.is_tracked(position)))
        };
        let mean_choice = (k.clone() + k0.clone()) / 2.0;
        let own = if operand == A {
            -mean_choice + 1.0
        } else {
            mean_choice
        };
        let by_mask = (k - k0) * (expanded(step.mean_operand(B)) - expanded(step.mean_operand(A)))
            / (moves(A) + moves(B))
            / change(operand);
        // Where the mask doesn't change, and where this operand doesn't move, 0 / 0.
        let by_mask = settled(by_mask) * moves(operand);
        let multipliers = AnyTensor::from(gradient.flat() * (own + by_mask));
        let multipliers = multipliers.reshape_to(gradient.shape());
        multipliers.sum_to(&step.operand(operand).shape())
    }

    /// With a constant mask the choice is linear.
    fn applies(&self, operands: &[OperandRole]) -> bool {
        operands[MASK] != OperandRole::Constant
    }

    fn needs_reference(&self) -> bool {
        true
    }
}
