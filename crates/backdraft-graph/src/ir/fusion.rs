//! What can be computed in one step with a layer.

use burn::backend::ir::OperationIr;

use crate::backend::convolution::Activation;

/// What follows a layer.
#[derive(Debug)]
pub(crate) struct Fusion {
    pub(crate) norm: Option<FoldedNorm>,
    /// After the normalization, if there is one. Only convolutions of images have it.
    pub(crate) activation: Option<FusedActivation>,
}

/// A batch normalization that becomes part of the layer before it.
#[derive(Debug)]
pub(crate) struct FoldedNorm {
    pub(crate) position: usize,
    /// The layer with the normalization in it: its bias is named after `beta`.
    pub(crate) op: OperationIr,
    /// Whether nothing is lost by it. Half floats are rounded once more, which only a rule that asks for it takes.
    pub(crate) is_precise: bool,
}

/// A rectifier that is computed with the layer before it.
#[derive(Debug)]
pub(crate) struct FusedActivation {
    pub(crate) position: usize,
    pub(crate) activation: Activation,
}
