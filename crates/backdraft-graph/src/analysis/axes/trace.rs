//! Follows the inputs' dimensions through a graph.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::backend::ir::{TensorId, TensorIr};
use burn::tensor::{DType, Int, Shape};

use crate::analysis::axes::ops;
use crate::ir::axes::axis::{AxisTable, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::line::Line;
use crate::ir::axes::map::AxisMap;
use crate::ir::graph::{Graph, index};
use crate::ir::node::Node;

/// Indices of a line, taken out one by one, from which a tensor was computed: those up to now for a recurrent network.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    pub(super) line: Arc<Line>,
    first: usize,
    last: usize,
}

impl Steps {
    pub(super) fn at(line: &Arc<Line>, index: usize) -> Self {
        Self {
            line: Arc::clone(line),
            first: index,
            last: index,
        }
    }

    pub(super) fn are_several(&self) -> bool {
        self.first != self.last
    }

    pub(super) fn contain(&self, index: usize) -> bool {
        (self.first..=self.last).contains(&index)
    }
}

/// Follows all operations of a graph whose tensors are numbered.
pub(crate) fn trace(graph: &Graph) -> AxisMap {
    let mut tracer = Tracer {
        graph,
        table: AxisTable::default(),
        tensors: vec![None; graph.tensor_count()],
        steps: vec![Vec::new(); graph.tensor_count()],
    };
    tracer.begin();
    for node in &graph.nodes {
        tracer.follow(node);
    }
    tracer.table.flatten();
    AxisMap {
        table: tracer.table,
        tensors: tracer.tensors,
    }
}

/// The shapes of all tensors that operations read.
fn shapes(graph: &Graph) -> BTreeMap<TensorId, &[usize]> {
    let read = graph.nodes.iter().flat_map(|node| node.op.inputs());
    read.map(|tensor| (tensor.id, tensor.shape.as_slice()))
        .collect()
}

/// A trace under way.
pub(super) struct Tracer<'a> {
    graph: &'a Graph,
    pub(super) table: AxisTable,
    tensors: Vec<Option<Vec<Dimension>>>,
    /// By tensor: the steps of sequences from which it was computed.
    steps: Vec<Vec<Steps>>,
}

impl Tracer<'_> {
    fn begin(&mut self) {
        let shapes = shapes(self.graph);
        if let Some(known) = &self.graph.axes {
            self.table = known.table.clone();
        }
        for (input, id) in self.graph.inputs.iter().enumerate() {
            let known = self
                .graph
                .axes
                .as_ref()
                .and_then(|known| known.inputs.get(input));
            let dimensions = if let Some(dimensions) = known {
                dimensions.clone()
            } else {
                let recorded = self.graph.input_shapes.get(input).map(Shape::as_slice);
                let shape = recorded.or_else(|| shapes.get(id).copied());
                self.input(input, shape.unwrap_or_default())
            };
            self.tensors[index(*id)] = Some(dimensions);
        }
    }

    fn input(&mut self, input: usize, shape: &[usize]) -> Vec<Dimension> {
        let dimension = |(dimension, &size)| {
            let origin = Origin::Input { input, dimension };
            Dimension::new(origin, size, &mut self.table)
        };
        shape.iter().enumerate().map(dimension).collect()
    }

    fn follow(&mut self, node: &Node) {
        let dimensions = ops::dimensions(self, &node.op);
        let steps = ops::steps(self, &node.op);
        for output in node.op.outputs() {
            self.tensors[index(output.id)] = Some(self.fitted(&dimensions, output));
            self.steps[index(output.id)].clone_from(&steps);
        }
    }

    /// The dimensions of an output. An operation may have outputs of different ranks, of which the first is followed.
    fn fitted(&mut self, dimensions: &[Dimension], output: &TensorIr) -> Vec<Dimension> {
        let sizes = output.shape.iter().enumerate();
        let fitted = sizes.map(|(position, &size)| match dimensions.get(position) {
            Some(dimension) if dimension.size() == size => dimension.clone(),
            _ => Dimension::new(Origin::Unknown, size, &mut self.table),
        });
        fitted.collect()
    }

    /// What an operand's dimensions stand for: for a weight, what fits whatever it meets.
    pub(super) fn dimensions(&mut self, tensor: &TensorIr) -> Vec<Dimension> {
        if let Some(dimensions) = &self.tensors[index(tensor.id)] {
            return dimensions.clone();
        }
        let is_one = tensor.shape.num_elements() == 1;
        let origin = if is_one {
            Origin::Blank
        } else {
            Origin::Constant
        };
        let new = |&size| Dimension::new(origin, size, &mut self.table);
        tensor.shape.iter().map(new).collect()
    }

    /// The steps from which operands were computed.
    pub(super) fn steps<'t>(&self, operands: impl Iterator<Item = &'t TensorIr>) -> Vec<Steps> {
        let mut all: Vec<Steps> = Vec::new();
        for tensor in operands {
            for steps in &self.steps[index(tensor.id)] {
                match all.iter_mut().find(|it| Arc::ptr_eq(&it.line, &steps.line)) {
                    Some(known) => {
                        known.first = known.first.min(steps.first);
                        known.last = known.last.max(steps.last);
                    }
                    None => all.push(steps.clone()),
                }
            }
        }
        all
    }

    /// The values of an integer constant.
    pub(super) fn indices(&self, tensor: &TensorIr) -> Option<Vec<usize>> {
        let value = self.graph.constants.get(&tensor.id)?;
        if tensor.shape.num_dims() != 1 || !matches!(value.dtype(), DType::I64 | DType::I32) {
            return None;
        }
        let values = value.to_tensor::<1, Int>().ok()?.into_data();
        values
            .iter::<i64>()
            .map(|index| usize::try_from(index).ok())
            .collect()
    }
}
