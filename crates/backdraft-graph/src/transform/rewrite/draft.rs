//! A graph while it is rewritten.

use std::collections::BTreeMap;

use burn::backend::Dispatch;
use burn::backend::ir::{OperationIr, TensorIr, TensorStatus};
use burn::tensor::{DType, Device, Shape};

use crate::analysis::linear_layer::LinearLayer;
use crate::exec::{Given, execute};
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::node::Node;
use crate::ir::program::Program;
use crate::network::weights::Weights;
use crate::schedule::{Request, Schedule};
use crate::{AnyTensor, Error};

pub(super) struct Draft<'a> {
    pub(super) graph: &'a mut Graph,
    /// As they were before the rewrite.
    pub(super) depends: Dependencies,
    pub(super) inputs: &'a [AnyTensor],
    pub(super) weights: &'a Weights,
    pub(super) device: &'a Device,
}

impl Draft<'_> {
    /// The value of a tensor that is computed from weights alone.
    pub(super) fn value(&self, tensor: &TensorIr) -> Result<AnyTensor, Error> {
        let part = self.graph.of_weights(tensor.id);
        let program = Program::freeze(part, |_, _| BTreeMap::new());
        let output = program.outputs[0];
        let request = Request {
            keep: vec![output],
            ..Request::default()
        };
        let schedule = Schedule::compile(&program, &request)?;
        let device = self.device.as_dispatch();
        let run = execute::<Dispatch>(&schedule, Given::default(), self.weights, device)?;
        Ok(run.kept[&output].value())
    }

    /// A new tensor with a value.
    pub(super) fn constant(&mut self, value: impl Into<AnyTensor>) -> TensorIr {
        let value = value.into();
        let mut tensor = self.tensor(value.shape(), value.dtype());
        tensor.status = TensorStatus::ReadOnly;
        self.graph.constants.insert(tensor.id, value);
        tensor
    }

    /// A new tensor that an operation is going to compute.
    pub(super) fn tensor(&mut self, shape: Shape, dtype: DType) -> TensorIr {
        TensorIr::uninit(self.graph.new_tensor(), shape, dtype)
    }

    /// A layer with a name that no other layer has.
    pub(super) fn layer(&self, name: &str, op: OperationIr) -> Node {
        let taken = |name: &String| self.graph.nodes.iter().any(|node| node.name == *name);
        let numbered = (2..).map(|number| format!("{name}#{number}"));
        let mut names = std::iter::once(name.to_string()).chain(numbered);
        let name = names.find(|name| !taken(name)).expect("numbers never end");
        Node {
            name,
            ..Node::new(op)
        }
    }

    /// Lets another operation compute what the one at `position` computes, under its name.
    pub(super) fn replace(&mut self, position: usize, op: OperationIr) {
        let node = &mut self.graph.nodes[position];
        *node = Node {
            name: std::mem::take(&mut node.name),
            parameters: std::mem::take(&mut node.parameters),
            ..Node::new(op)
        };
    }

    /// The layer at `position`, which was found to be one with weights.
    pub(super) fn linear_layer(&self, position: usize) -> LinearLayer {
        LinearLayer::of(self.graph, &self.depends, position)
            .expect("a layer with weights was found here")
    }

    /// Gives the layer at `position` other weights, or another output.
    pub(super) fn write(&mut self, position: usize, layer: LinearLayer) {
        layer.write(&mut self.graph.nodes[position].op);
    }
}
