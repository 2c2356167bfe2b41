//! The dimensions of all tensors of a graph.

use burn::backend::ir::TensorId;

use crate::ir::axes::axis::AxisTable;
use crate::ir::axes::dimension::Dimension;

/// What every dimension of every computed tensor stands for.
#[derive(Debug)]
pub(crate) struct AxisMap {
    pub(crate) table: AxisTable,
    /// By tensor, for tensors that are numbered from zero.
    pub(crate) tensors: Vec<Option<Vec<Dimension>>>,
}

impl AxisMap {
    /// What a tensor's dimensions stand for; `None` for a weight.
    pub(crate) fn dimensions(&self, tensor: TensorId) -> Option<&[Dimension]> {
        let position = usize::try_from(tensor.value()).ok()?;
        self.tensors.get(position)?.as_deref()
    }
}

/// The dimensions of a graph's inputs, where they are known from the graph that it was cut from.
#[derive(Clone, Debug)]
pub(crate) struct InputAxes {
    pub(crate) table: AxisTable,
    pub(crate) inputs: Vec<Vec<Dimension>>,
}
