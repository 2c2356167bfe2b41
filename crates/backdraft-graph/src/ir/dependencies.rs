//! Which tensors depend on an input.

use std::collections::HashSet;

use burn::backend::ir::TensorId;

use crate::ir::graph::Graph;

/// The tensors whose value depends on an input, and not on weights alone.
#[derive(Debug)]
pub(crate) struct Dependencies(HashSet<TensorId>);

impl Dependencies {
    /// Follows the inputs through the operations.
    pub(crate) fn of(graph: &Graph) -> Self {
        let mut depends: HashSet<TensorId> = graph.inputs.iter().copied().collect();
        for node in &graph.nodes {
            if node.op.inputs().any(|tensor| depends.contains(&tensor.id)) {
                depends.extend(node.op.outputs().map(|tensor| tensor.id));
            }
        }
        Self(depends)
    }

    pub(crate) fn contains(&self, tensor: TensorId) -> bool {
        self.0.contains(&tensor)
    }
}
