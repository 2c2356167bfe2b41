//! The values that a run begins with.

use burn::backend::ir::TensorId;

use crate::AnyTensor;

/// What a run computes with, beside the weights.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// In the graph's order.
    pub(crate) inputs: Vec<AnyTensor>,
    /// Values that take the place of what the graph computes.
    pub(crate) replacements: Vec<(TensorId, AnyTensor)>,
    /// Other inputs, in the graph's order, at which the same is computed without gradients.
    pub(crate) reference: Option<Vec<AnyTensor>>,
}
