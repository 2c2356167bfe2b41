//! Sums and means.

use backdraft_graph::{AnyTensor, Rule, Step};

use crate::backprop::lrp::stabilized;

/// The epsilon rule for linear operations without weights: sums of tensors, sums and means over dimensions or windows.
///
/// ```text
/// R_x = x · ∂y/∂x [ R / (y + ε sign(y)) ]
/// ```
///
/// A term of a sum that depends on no input keeps its part, as a bias does.
#[derive(Clone, Copy, Debug)]
pub struct Norm;

impl Rule for Norm {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let (x, shape) = (step.operand(operand), gradient.shape());
        let per_output = gradient.flat() / stabilized(step.output().flat(), 1e-6);
        let per_output = AnyTensor::from(per_output).reshape_to(shape);
        let back = step.derivative(operand, per_output);
        AnyTensor::from(back.flat() * x.flat()).reshape_to(x.shape())
    }
}
