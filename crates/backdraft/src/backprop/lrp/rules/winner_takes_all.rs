//! Maxima.

use backdraft_graph::{AnyTensor, OperandRole, Rule, Step};

/// Relevance of a maximum to the element that is the largest: what the derivative does.
#[derive(Clone, Copy, Debug)]
pub struct WinnerTakesAll;

impl Rule for WinnerTakesAll {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        step.derivative(operand, gradient)
    }

    fn applies(&self, _operands: &[OperandRole]) -> bool {
        false
    }
}
