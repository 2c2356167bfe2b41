//! The operations of a forward pass for one set of input shapes, as capture and rewrites change them.

use std::collections::{BTreeMap, HashMap, HashSet};

use burn::backend::ir::{IrVisitorMut, TensorId, TensorIr};
use burn::tensor::Shape;

use crate::AnyTensor;
use crate::ir::axes::map::InputAxes;
use crate::ir::layer_input::LayerInput;
use crate::ir::node::Node;

/// Operations in order of execution, and what their tensors stand for.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) inputs: Vec<TensorId>,
    /// The shapes of the inputs that were recorded, if that is known.
    pub(crate) input_shapes: Vec<Shape>,
    /// The last of the inputs, which take the place of layers' outputs.
    pub(crate) layer_inputs: Vec<LayerInput>,
    pub(crate) outputs: Vec<TensorId>,
    /// What the inputs' dimensions stand for, if the graph was cut from another one.
    pub(crate) axes: Option<InputAxes>,
    /// Parameters by position in the order in which the model is visited.
    pub(crate) parameters: BTreeMap<TensorId, usize>,
    /// Values that the forward pass carries with it: tensors that are no parameters.
    pub(crate) constants: BTreeMap<TensorId, AnyTensor>,
    /// Number of tensors since they were numbered last, and of new ones.
    tensors: usize,
}

/// What some tensors need to be computed.
pub(crate) struct Needed {
    pub(crate) tensors: HashSet<TensorId>,
    /// A flag for each operation.
    pub(crate) nodes: Vec<bool>,
}

impl Graph {
    /// A tensor that no operation computes yet; for a graph whose tensors [are numbered](Self::number_tensors).
    pub(crate) fn new_tensor(&mut self) -> TensorId {
        let id = TensorId::new(self.tensors as u64);
        self.tensors += 1;
        id
    }

    /// Number of tensors in the graph.
    pub(crate) fn tensor_count(&self) -> usize {
        self.tensors
    }

    /// Lets everything that reads one tensor read another in its place.
    pub(crate) fn redirect(&mut self, from: TensorId, to: TensorId) {
        let mut redirect = Redirect { from, to };
        let computes = |node: &Node| node.op.outputs().any(|tensor| tensor.id == from);
        for node in self.nodes.iter_mut().filter(|node| !computes(node)) {
            node.op.visit_mut(&mut redirect);
        }
        for output in self.outputs.iter_mut().filter(|output| **output == from) {
            *output = to;
        }
    }

    /// What the `wanted` tensors need, where `given` ones need nothing.
    pub(crate) fn needed(&self, wanted: &[TensorId], given: impl Fn(TensorId) -> bool) -> Needed {
        let mut tensors: HashSet<TensorId> = wanted.iter().copied().collect();
        let mut nodes = vec![false; self.nodes.len()];
        for (node, needed) in self.nodes.iter().zip(&mut nodes).rev() {
            let mut outputs = node.op.outputs();
            *needed = outputs.any(|tensor| tensors.contains(&tensor.id) && !given(tensor.id));
            if *needed {
                tensors.extend(node.op.inputs().map(|tensor| tensor.id));
            }
        }
        Needed { tensors, nodes }
    }

    /// The graph that computes one tensor from weights alone.
    pub(crate) fn of_weights(&self, tensor: TensorId) -> Self {
        let needed = self.needed(&[tensor], |_| false);
        let is_needed = |id: &TensorId| needed.tensors.contains(id);
        Self {
            nodes: (self.nodes.iter().zip(&needed.nodes))
                .filter(|(_, needed)| **needed)
                .map(|(node, _)| node.clone())
                .collect(),
            outputs: vec![tensor],
            parameters: (self.parameters.iter())
                .filter(|(id, _)| is_needed(id))
                .map(|(&id, &position)| (id, position))
                .collect(),
            constants: (self.constants.iter())
                .filter(|(id, _)| is_needed(id))
                .map(|(&id, value)| (id, value.clone()))
                .collect(),
            ..Self::default()
        }
    }

    /// The shape of a tensor that an operation computes.
    pub(crate) fn shape_of(&self, tensor: TensorId) -> Option<Shape> {
        let outputs = self.nodes.iter().flat_map(|node| node.op.outputs());
        let computed = outputs.filter(|output| output.id == tensor).last();
        computed.map(|output| output.shape.clone())
    }

    /// For every tensor the position of the operation that computes it.
    pub(crate) fn producers(&self) -> HashMap<TensorId, usize> {
        let nodes = self.nodes.iter().enumerate();
        let outputs =
            nodes.flat_map(|(position, node)| node.op.outputs().map(move |it| (it.id, position)));
        outputs.collect()
    }

    /// For every tensor the positions of the operations that read it; being an output counts as being
    /// read after the last one.
    pub(crate) fn readers(&self) -> HashMap<TensorId, Vec<usize>> {
        let mut readers: HashMap<TensorId, Vec<usize>> = HashMap::new();
        for (position, node) in self.nodes.iter().enumerate() {
            for tensor in node.op.inputs() {
                readers.entry(tensor.id).or_default().push(position);
            }
        }
        for &output in &self.outputs {
            readers.entry(output).or_default().push(self.nodes.len());
        }
        readers
    }

    /// Numbers the tensors densely from zero, in the order of execution.
    pub(crate) fn number_tensors(&mut self) {
        // What exists before the first operation comes first, so that numbers grow with execution.
        let mut numbering = Numbering::default();
        for id in &mut self.inputs {
            *id = numbering.number(*id);
        }
        for id in self.parameters.keys().chain(self.constants.keys()) {
            numbering.number(*id);
        }
        for node in &mut self.nodes {
            node.op.visit_mut(&mut numbering);
        }
        for id in &mut self.outputs {
            *id = numbering.number(*id);
        }
        self.parameters = std::mem::take(&mut self.parameters)
            .into_iter()
            .map(|(id, index)| (numbering.number(id), index))
            .collect();
        self.constants = std::mem::take(&mut self.constants)
            .into_iter()
            .map(|(id, value)| (numbering.number(id), value))
            .collect();
        self.tensors = numbering.0.len();
    }
}

/// A tensor's position in per-tensor tables.
pub(crate) fn index(tensor: TensorId) -> usize {
    usize::try_from(tensor.value()).expect("tensors are numbered densely")
}

#[derive(Default)]
struct Numbering(HashMap<TensorId, TensorId>);

impl Numbering {
    fn number(&mut self, id: TensorId) -> TensorId {
        let next = TensorId::new(self.0.len() as u64);
        *self.0.entry(id).or_insert(next)
    }
}

impl IrVisitorMut for Numbering {
    fn visit_tensor_mut(&mut self, tensor: &mut TensorIr) {
        tensor.id = self.number(tensor.id);
    }
}

/// Lets operations read one tensor in place of another.
struct Redirect {
    from: TensorId,
    to: TensorId,
}

impl IrVisitorMut for Redirect {
    fn visit_tensor_mut(&mut self, tensor: &mut TensorIr) {
        if tensor.id == self.from {
            tensor.id = self.to;
        }
    }
}
