//! Products: the mean of the other factor.

use backdraft_graph::{AnyTensor, OperandRole, Rule, Step};
use burn::backend::ir::{
    FloatOperationIr, ModuleOperationIr, NumericOperationIr as Numeric, OperationIr,
};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::average::average;
use crate::backprop::deep_lift::reference_step::{ReferenceStep, several_vary};
use crate::backprop::deep_lift::rescale::rescale;
use crate::backprop::deep_lift::slope::settled;

/// Matrix products, and layers whose weights are computed from inputs. With constant weights the ordinary
/// derivative is the multiplier.
#[derive(Debug)]
pub(super) struct Bilinear;

impl Rule for Bilinear {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        match step.op() {
            // Not linear in the offsets.
            OperationIr::Module(ModuleOperationIr::DeformableConv2d(_)) => {
                average(step, operand, gradient)
            }
            _ => at_mean_of_others(step, operand, gradient),
        }
    }

    fn applies(&self, operands: &[OperandRole]) -> bool {
        several_vary(operands)
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// Products and quotients of two tensors.
#[derive(Debug)]
pub(super) struct Multiply {
    pub(super) threshold: f64,
}

impl Rule for Multiply {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let elementwise = !matches!(step.op(), OperationIr::Float(_, FloatOperationIr::Cross(_)));
        if elementwise && step.role(1 - operand) == OperandRole::Varying {
            return rescale(step, operand, gradient, self.threshold);
        }
        match step.op() {
            OperationIr::NumericFloat(_, Numeric::Div(_)) => quotient(step, operand, gradient),
            _ => at_mean_of_others(step, operand, gradient),
        }
    }

    /// With a constant second operand both are linear.
    fn applies(&self, operands: &[OperandRole]) -> bool {
        operands[1] != OperandRole::Constant
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// The derivative with every other operand half way to its reference.
fn at_mean_of_others(step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
    let others: Vec<_> = (step.moving_floats())
        .filter(|&position| position != operand)
        .map(|position| (position, step.mean_operand(position)))
        .collect();
    step.derivative_with(&others, operand, gradient)
}

/// `a / b` is the product of `a` with the reciprocal of `b`, and the reciprocal's change is
/// `-Δb / (b · reference of b)`.
fn quotient(step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
    let shape = gradient.shape();
    let expanded = |tensor: AnyTensor| -> Tensor<1> { tensor.expand_to(shape.clone()).flat() };
    let (b, b0) = (
        expanded(step.operand(1)),
        expanded(step.reference_operand(1)),
    );
    let slope = match operand {
        0 => (b.recip() + b0.recip()) / 2.0,
        _ => -expanded(step.mean_operand(0)) / b / b0,
    };
    let multipliers = AnyTensor::from(gradient.flat() * settled(slope)).reshape_to(shape);
    multipliers.sum_to(&step.operand(operand).shape())
}
