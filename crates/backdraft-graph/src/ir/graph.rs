//! The recorded operations of a forward pass for one set of input shapes.

use std::collections::{BTreeMap, HashMap, HashSet};

use burn::backend::ir::{IrVisitorMut, OperationIr, TensorId, TensorIr};

use crate::analysis::fusion;
use crate::analysis::fusion::Fusion;
use crate::capture::Recording;
use crate::ir::op_name::op_name;
use crate::ir::{names, support};
use crate::network::surgery::LayerInput;
use crate::transform::cleanup;
use crate::{AnyTensor, Error, OpKind};

/// One operation, with its place in the model.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) op: OperationIr,
    pub(crate) kind: OpKind,
    /// The layer's name, unique in the graph; empty for operations on weights alone.
    pub(crate) name: String,
    /// The parameters it reads, by position in the order in which the model is visited.
    pub(crate) parameters: Vec<usize>,
}

impl Node {
    pub(crate) fn new(op: OperationIr) -> Self {
        let kind = OpKind::of(&op);
        Self {
            op,
            kind,
            name: String::new(),
            parameters: Vec::new(),
        }
    }

    /// The operation's name for people.
    pub(crate) fn label(&self) -> String {
        match self.kind {
            OpKind::Relu => "Relu".into(),
            OpKind::Relu6 => "Relu6".into(),
            _ => op_name(&self.op),
        }
    }

    /// The first tensor that the operation computes.
    pub(crate) fn output(&self) -> Option<&TensorIr> {
        self.op.outputs().next()
    }
}

/// Operations in order of execution; tensors are numbered densely from zero.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) inputs: Vec<TensorId>,
    /// The last of the inputs, which take the place of layers' outputs.
    pub(crate) layer_inputs: Vec<LayerInput>,
    pub(crate) outputs: Vec<TensorId>,
    /// Parameters by position in the order in which the model is visited.
    pub(crate) parameters: BTreeMap<TensorId, usize>,
    /// Values that the forward pass carries with it: tensors that are no parameters.
    pub(crate) constants: BTreeMap<TensorId, AnyTensor>,
    /// Number of tensors.
    tensors: usize,
    /// Tensors whose value depends on an input.
    depends: HashSet<TensorId>,
    /// What can be computed in one step with the layer at a position.
    pub(crate) fusions: BTreeMap<usize, Fusion>,
}

/// What some tensors need to be computed.
pub(crate) struct Needed {
    pub(crate) tensors: HashSet<TensorId>,
    /// A flag for each operation.
    pub(crate) nodes: Vec<bool>,
}

impl Graph {
    /// Cleans a recording up, names its layers and checks that every operation can be replayed.
    pub(crate) fn new(recording: Recording) -> Result<Self, Error> {
        let paths = recording.parameter_paths;
        let mut graph = Self {
            nodes: recording.operations.into_iter().map(Node::new).collect(),
            inputs: recording.inputs,
            layer_inputs: Vec::new(),
            outputs: recording.outputs,
            parameters: (recording.parameters.into_iter().zip(0..)).collect(),
            constants: recording.constants,
            tensors: 0,
            depends: HashSet::new(),
            fusions: BTreeMap::new(),
        };
        cleanup::run(&mut graph);
        graph.settle();
        names::assign(&mut graph, &paths);
        for (position, node) in graph.nodes.iter().enumerate() {
            support::check(node, position)?;
        }
        graph.check_inputs_used()?;
        Ok(graph)
    }

    /// A tensor that no operation computes yet.
    pub(crate) fn new_tensor(&mut self) -> TensorId {
        let id = TensorId::new(self.tensors as u64);
        self.tensors += 1;
        id
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

    /// Finds out anew what changes with the operations: numbers, dependencies of tensors, and joins.
    pub(crate) fn settle(&mut self) {
        self.number_tensors();
        self.depends = self.dependent_tensors();
        self.fusions = fusion::find(self);
    }

    /// Whether the tensor's value depends on an input, and not on weights alone.
    pub(crate) fn depends_on_input(&self, tensor: TensorId) -> bool {
        self.depends.contains(&tensor)
    }

    /// Number of tensors in the graph.
    pub(crate) fn tensor_count(&self) -> usize {
        self.tensors
    }

    /// The tensors that depend on an input.
    pub(crate) fn dependent_tensors(&self) -> HashSet<TensorId> {
        let mut depends: HashSet<TensorId> = self.inputs.iter().copied().collect();
        for node in &self.nodes {
            if node.op.inputs().any(|tensor| depends.contains(&tensor.id)) {
                depends.extend(node.op.outputs().map(|tensor| tensor.id));
            }
        }
        depends
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

    /// For every tensor the positions of the operations that read it; being an output counts as being
    /// read behind the last one.
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

    fn number_tensors(&mut self) {
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

    fn check_inputs_used(&self) -> Result<(), Error> {
        let needed = self.needed(&self.outputs, |_| false).tensors;
        match self.inputs.iter().position(|id| !needed.contains(id)) {
            Some(input) => Err(Error::UnusedInput { input }),
            None => Ok(()),
        }
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

#[cfg(test)]
mod tests {
    use crate::testing::record;
    use burn::tensor::Tensor;

    #[test]
    fn tensors_computed_from_constants_depend_on_no_input() {
        let graph = record([1, 2], |x: Tensor<2>| {
            let device = x.device();
            x + Tensor::<2>::ones([1, 2], &device).exp()
        });
        let depends: Vec<bool> = graph
            .nodes
            .iter()
            .map(|node| graph.depends_on_input(node.output().unwrap().id))
            .collect();
        assert_eq!(depends, [false, false, true]);
    }
}
