//! From a recording to a program: clean-up, names, a check that every operation can be replayed, and changes.

use burn::tensor::Device;

use crate::analysis::fusion;
use crate::capture::Recording;
use crate::ir::graph::Graph;
use crate::ir::node::Node;
use crate::ir::program::Program;
use crate::ir::{names, support};
use crate::network::weights::Weights;
use crate::transform::cleanup;
use crate::transform::surgery::{self, Change};
use crate::{AnyTensor, CaptureError, Error};

/// A program, and an example of each of its inputs.
pub(crate) struct Built {
    pub(crate) program: Program,
    /// The recorded inputs, and zeros for layers.
    pub(crate) inputs: Vec<AnyTensor>,
}

/// Makes a program of a recording for inputs like the `recorded` ones.
pub(crate) fn build(
    recording: Recording,
    changes: &[Change],
    recorded: &[AnyTensor],
    weights: &Weights,
    device: &Device,
) -> Result<Built, Error> {
    let mut graph = graph(recording)?;
    graph.input_shapes = recorded.iter().map(AnyTensor::shape).collect();
    let inputs = surgery::apply(changes, &mut graph, recorded, weights, device)?;
    Ok(Built {
        program: Program::freeze(graph, fusion::find),
        inputs,
    })
}

/// The graph of a recording, cleaned up and named, before any change. Fails if an operation can't be replayed, or
/// if the outputs don't depend on an input.
pub(crate) fn graph(recording: Recording) -> Result<Graph, Error> {
    let mut graph = Graph::default();
    graph.nodes = recording.operations.into_iter().map(Node::new).collect();
    graph.inputs = recording.inputs;
    graph.outputs = recording.outputs;
    graph.parameters = recording.parameters;
    graph.constants = recording.constants;
    cleanup::run(&mut graph);
    graph.number_tensors();
    names::assign(&mut graph, &recording.parameter_paths);
    for (position, node) in graph.nodes.iter().enumerate() {
        support::check(node, position)?;
    }
    check_inputs_used(&graph)?;
    Ok(graph)
}

fn check_inputs_used(graph: &Graph) -> Result<(), CaptureError> {
    let needed = graph.needed(&graph.outputs, |_| false).tensors;
    match graph.inputs.iter().position(|id| !needed.contains(id)) {
        Some(input) => Err(CaptureError::UnusedInput { input }),
        None => Ok(()),
    }
}
