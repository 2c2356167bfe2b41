//! The ordinary derivative, as a rule.

use crate::AnyTensor;
use crate::rules::rule::Rule;
use crate::rules::step::{OperandRole, Step};

/// Leaves an operation its derivative. In a [strict](crate::RuleMap::strict) map it says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Derivative;

impl Rule for Derivative {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        step.derivative(operand, gradient)
    }

    fn applies(&self, _operands: &[OperandRole]) -> bool {
        false
    }
}
