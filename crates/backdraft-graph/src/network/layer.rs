//! What a network says about its layers.

use std::fmt;

use burn::backend::ir::TensorIr;
use burn::tensor::Shape;

use crate::ir::graph::Graph;
use crate::ir::node::Node;
use crate::network::suggestion;
use crate::{Axes, LookupError, OpKind};

/// An operation of a network whose output can be read, replaced or differentiated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    name: String,
    op: String,
    kind: OpKind,
    output_shape: Shape,
    axes: Axes,
    parameters: usize,
}

impl Layer {
    pub(crate) fn new(node: &Node, axes: Axes, parameter_sizes: &[usize]) -> Self {
        let output = node.output().expect("layers have an output");
        Self {
            name: node.name.clone(),
            op: node.label(),
            kind: node.kind,
            output_shape: output.shape.clone(),
            axes,
            parameters: node
                .parameters
                .iter()
                .map(|&index| parameter_sizes[index])
                .sum(),
        }
    }

    /// Its unique name: the module's path, or place and kind for an operation without parameters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operation, as Burn names it: `Conv2d`, `Relu`, `Add`.
    pub fn op(&self) -> &str {
        &self.op
    }

    /// The kind of operation, to which rules are attached.
    pub fn kind(&self) -> OpKind {
        self.kind
    }

    /// The shape of its output for the example input of the capture.
    pub fn output_shape(&self) -> &Shape {
        &self.output_shape
    }

    /// What the dimensions of its output stand for.
    pub fn axes(&self) -> &Axes {
        &self.axes
    }

    /// Number of weights it reads, running statistics included.
    pub fn parameter_count(&self) -> usize {
        self.parameters
    }
}

/// The output of the layer of this name, or of the last operation of the module with this path.
pub(crate) fn find<'a>(
    graph: &'a Graph,
    name: &str,
) -> Result<(&'a Node, &'a TensorIr), LookupError> {
    let named = || graph.nodes.iter().filter(|node| !node.name.is_empty());
    let inside = |node: &&Node| {
        let rest = node.name.strip_prefix(name);
        !name.is_empty() && rest.is_some_and(|rest| rest.starts_with('.'))
    };
    (named().find(|node| node.name == name))
        .or_else(|| named().rfind(inside))
        .and_then(|node| Some((node, node.output()?)))
        .ok_or_else(|| suggestion::unknown(graph, name))
}

/// A table of layers, one a line.
pub(crate) fn table(
    layers: &[Layer],
    total_parameters: usize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let shape = |layer: &Layer| format!("{:?}", layer.output_shape.as_slice());
    let width = |title: &str, cell: &dyn Fn(&Layer) -> usize| {
        layers.iter().map(cell).max().unwrap_or(0).max(title.len())
    };
    let name = width("layer", &|layer| layer.name.len());
    let op = width("operation", &|layer| layer.op.len());
    let output = width("output", &|layer| shape(layer).len());
    let axes = width("axes", &|layer| layer.axes.to_string().chars().count());
    writeln!(
        f,
        "{:name$}  {:op$}  {:output$}  {:axes$}  parameters",
        "layer", "operation", "output", "axes"
    )?;
    for layer in layers {
        let count = match layer.parameters {
            0 => String::new(),
            count => count.to_string(),
        };
        let row = format!(
            "{:name$}  {:op$}  {:output$}  {:axes$}  {count}",
            layer.name,
            layer.op,
            shape(layer),
            layer.axes.to_string()
        );
        writeln!(f, "{}", row.trim_end())?;
    }
    write!(f, "{} layers, {total_parameters} parameters", layers.len())
}
