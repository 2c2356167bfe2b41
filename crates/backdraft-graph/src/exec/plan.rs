//! What a run computes and keeps, in terms of one graph.

use burn::backend::ir::TensorId;

use crate::ir::program::Program;
use crate::{AnyTensor, Rules};

/// Which tensors a run keeps, differentiates and replaces.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Tensors whose values are returned.
    pub(crate) keep: Vec<TensorId>,
    /// Tensors whose gradients can be asked for.
    pub(crate) differentiate: Vec<TensorId>,
    /// Values that take the place of what the graph computes.
    pub(crate) replace: Vec<(TensorId, AnyTensor)>,
    pub(crate) rules: Rules,
    /// Other inputs, in the graph's order, at which the same is computed without gradients.
    pub(crate) reference: Option<Vec<AnyTensor>>,
    /// Whether the device's own derivative of GELU is approximate.
    pub(crate) exact_gelu: bool,
}

impl Plan {
    /// Whether something else takes the place of what the graph computes for the tensor.
    pub(crate) fn replaces(&self, tensor: TensorId) -> bool {
        self.replace.iter().any(|(id, _)| *id == tensor)
    }

    /// Which operations the kept tensors need, given the replaced ones.
    pub(crate) fn needed(&self, graph: &Program) -> Vec<bool> {
        graph
            .needed(&self.keep, |tensor| self.replaces(tensor))
            .nodes
    }
}
