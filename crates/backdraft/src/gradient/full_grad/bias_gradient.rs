//! What one bias contributes.

use crate::AnyTensor;

/// What the bias of one operation contributes to a score: of a convolution, a normalization, a constant that is added.
///
/// The bias of an operation is the part of its output that isn't the derivative times the operand: for a batch
/// normalization `beta - gamma mean / deviation`, for an activation function where its tangent meets the axis.
#[derive(Clone, Debug)]
pub struct BiasGradient {
    pub(super) layer: String,
    pub(super) gradient: AnyTensor,
    pub(super) contribution: AnyTensor,
}

impl BiasGradient {
    /// The name of the operation's layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// The gradient of the score with respect to the layer's output, of its shape: also that with respect to a bias for
    /// every element.
    pub fn gradient(&self) -> &AnyTensor {
        &self.gradient
    }

    /// The bias of every element times the gradient there, of the shape of the layer's output.
    pub fn contribution(&self) -> &AnyTensor {
        &self.contribution
    }
}
