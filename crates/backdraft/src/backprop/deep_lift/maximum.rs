//! Maxima and minima, over windows or dimensions.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{NumericOperationIr as Numeric, OperationIr};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::per_change;

/// The change of a maximum in two steps: up (or not) to the larger of both maxima, which the operand's
/// largest element does, and down (or not) from there, which the reference's largest element does. Each step
/// flows back to its element; divided by the element's change it is a multiplier.
#[derive(Debug)]
pub(super) struct Maximum {
    pub(super) threshold: f64,
}

impl Rule for Maximum {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        if let Some(multipliers) = step.slope(&gradient, self.threshold) {
            return multipliers;
        }
        let shape = step.operand(operand).shape();
        let (x, x0) = (step.operand(operand), step.reference_operand(operand));
        let change = step.output_change();
        let up = if is_minimum(step.op()) {
            -(-change.clone()).clamp_min(0.0)
        } else {
            change.clone().clamp_min(0.0)
        };
        let weighted =
            |part: Tensor<1>| AnyTensor::from(part * gradient.flat()).reshape_to(gradient.shape());
        let by_operand = step.derivative(operand, weighted(up.clone()));
        let by_reference =
            step.derivative_with(&[(operand, x0.clone())], operand, weighted(change - up));
        let flowing = if is_of_absolute_values(step.op()) {
            // The derivative has the sign of the largest element, whose size is what changes.
            by_operand.flat() * x.flat().sign() + by_reference.flat() * x0.flat().sign()
        } else {
            by_operand.flat() + by_reference.flat()
        };
        let derivative = step.derivative(operand, gradient).flat();
        let change = step.operand_change(operand);
        let multipliers = per_change(flowing, change, derivative, self.threshold);
        AnyTensor::from(multipliers).reshape_to(shape)
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

fn is_minimum(op: &OperationIr) -> bool {
    matches!(
        op,
        OperationIr::NumericFloat(
            _,
            Numeric::Min(_)
                | Numeric::MinDim(_)
                | Numeric::MinDimWithIndices(_)
                | Numeric::CumMin(_)
        )
    )
}

fn is_of_absolute_values(op: &OperationIr) -> bool {
    matches!(
        op,
        OperationIr::NumericFloat(_, Numeric::MaxAbs(_) | Numeric::MaxAbsDim(_))
    )
}
