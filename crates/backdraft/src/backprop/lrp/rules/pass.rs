//! Relevance as it is.

use backdraft_graph::{AnyTensor, Rule, Step};

/// Hands relevance on as it is: for activations and other functions of one element, and for products with constants.
///
/// ```text
/// R_x = R
/// ```
///
/// An operand that is repeated to the shape of the output gets the sum over its repetitions.
#[derive(Clone, Copy, Debug)]
pub struct Pass;

impl Rule for Pass {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        gradient.sum_to(&step.operand(operand).shape())
    }
}
