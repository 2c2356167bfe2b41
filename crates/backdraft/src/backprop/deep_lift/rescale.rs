//! Functions of each element: the Rescale rule.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::{per_change, settled_for};

/// `m · Δoutput / Δoperand` for each element, and the ordinary derivative where the operand doesn't move.
#[derive(Debug)]
pub(super) struct Rescale {
    pub(super) threshold: f64,
}

impl Rule for Rescale {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        (step.slope(&gradient, self.threshold))
            .unwrap_or_else(|| rescale(step, operand, gradient, self.threshold))
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// The Rescale rule. A smaller operand that is repeated gets the sum over its repetitions.
pub(super) fn rescale(
    step: &Step,
    operand: usize,
    gradient: AnyTensor,
    threshold: f64,
) -> AnyTensor {
    let shape = step.operand(operand).shape();
    let flowing = AnyTensor::from(gradient.flat() * share(step, operand));
    let flowing = flowing.reshape_to(gradient.shape()).sum_to(&shape).flat();
    let derivative = step.derivative(operand, gradient.clone()).flat();
    let derivative = settled_for(derivative, &gradient);
    let change = step.operand_change(operand);
    AnyTensor::from(per_change(flowing, change, derivative, threshold)).reshape_to(shape)
}

/// The part of the output's change that an operand makes. Masks and other operands without gradient may change
/// too: theirs is its doing, as in `x · [x > 0]`. Of two tracked operands each makes what it adds, on average
/// over both orders in which they can change.
fn share(step: &Step, operand: usize) -> Tensor<1> {
    let tracked = |&position: &usize| position != operand && step.is_tracked(position);
    let Some(other) = step.moving_floats().find(tracked) else {
        return step.output_change();
    };
    let without = |position| {
        let reference = (position, step.reference_operand(position));
        step.output_with(&[reference]).flat()
    };
    let first = without(other) - (step.output().flat() - step.output_change());
    let second = step.output().flat() - without(operand);
    (first + second) / 2.0
}
