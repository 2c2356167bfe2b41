//! Hidden layers: channels that one layer writes and one other reads.

use std::collections::HashMap;

use burn::backend::ir::{
    BaseOperationIr as Base, NumericOperationIr as Numeric, OperationIr, TensorId, TensorIr,
};

use crate::OpKind;
use crate::analysis::linear_layer::{LinearLayer, View};
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::node::Node;

/// Two layers by position, the second of which alone reads the first. What is in between keeps channels apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ChannelPair {
    pub(super) writer: usize,
    /// The writer's weight by output channel.
    pub(super) written: View,
    pub(super) reader: usize,
    /// The reader's weight by input channel.
    pub(super) read: View,
}

impl ChannelPair {
    pub(super) fn channels(&self) -> usize {
        self.written[1]
    }
}

/// Every hidden layer in order; `passes` says which activations may be in between.
pub(super) fn layers(
    graph: &Graph,
    depends: &Dependencies,
    passes: fn(OpKind) -> bool,
) -> Vec<ChannelPair> {
    let readers = graph.readers();
    let search = Search {
        graph,
        depends,
        readers,
        passes,
    };
    (0..graph.nodes.len())
        .filter_map(|position| search.after(position))
        .collect()
}

struct Search<'a> {
    graph: &'a Graph,
    depends: &'a Dependencies,
    readers: HashMap<TensorId, Vec<usize>>,
    passes: fn(OpKind) -> bool,
}

impl Search<'_> {
    fn after(&self, writer: usize) -> Option<ChannelPair> {
        let layer = LinearLayer::of(self.graph, self.depends, writer)
            .filter(|layer| !layer.has_groups())?;
        let (axis, written) = (layer.channel_axis(), layer.by_output()?);
        let mut tensor = &layer.out;
        loop {
            let [reader] = self.readers.get(&tensor.id)?[..] else {
                return None;
            };
            let node = self.graph.nodes.get(reader)?;
            if let Some(next) = LinearLayer::of(self.graph, self.depends, reader) {
                let read = next.by_input(axis, written[1])?;
                return (next.x.id == tensor.id).then_some(ChannelPair {
                    writer,
                    written,
                    reader,
                    read,
                });
            }
            tensor = self.through(node, tensor, axis)?;
        }
    }

    /// What an operation makes of a tensor, if it keeps its channels apart and in place.
    fn through<'a>(&self, node: &'a Node, tensor: &TensorIr, axis: usize) -> Option<&'a TensorIr> {
        let mut outputs = node.op.outputs();
        let output = outputs.next()?;
        let keeps = match &node.op {
            OperationIr::BaseFloat(Base::Reshape(_)) => flattens_after(axis, tensor, output),
            OperationIr::NumericFloat(
                _,
                Numeric::MeanDim(op)
                | Numeric::SumDim(op)
                | Numeric::MaxDim(op)
                | Numeric::MinDim(op),
            ) => op.axis != axis,
            _ if is_pooling(node.kind) => axis == 1 && tensor.shape.num_dims() > 2,
            _ => (self.passes)(node.kind) && node.op.inputs().count() == 1,
        };
        let others_unread = outputs.all(|other| !self.readers.contains_key(&other.id));
        (keeps && others_unread).then_some(output)
    }
}

/// Whether a reshape changes only what comes after dimension `axis`, or makes one dimension of it all.
fn flattens_after(axis: usize, from: &TensorIr, to: &TensorIr) -> bool {
    let (from, to) = (from.shape.as_slice(), to.shape.as_slice());
    let before = to.len() > axis && from[..axis] == to[..axis];
    before && (from[axis] == to[axis] || to.len() == axis + 1)
}

fn is_pooling(kind: OpKind) -> bool {
    matches!(kind, OpKind::MaxPool | OpKind::AveragePool)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::rewrite::testing::{Model, graph};
    use burn::tensor::Tensor;
    use burn::tensor::activation::relu;
    use burn::tensor::module::{adaptive_avg_pool2d, max_pool2d};
    use burn::tensor::ops::MaxPoolOptions;

    fn is_relu(kind: OpKind) -> bool {
        kind == OpKind::Relu
    }

    /// The weights of writers and readers by channel.
    fn found(forward: fn(&Model, Tensor<4>) -> Tensor<2>) -> Vec<(View, View)> {
        let graph = graph(forward);
        let hidden = layers(&graph, &Dependencies::of(&graph), is_relu);
        hidden.iter().map(|h| (h.written, h.read)).collect()
    }

    #[test]
    fn a_rectifier_pooling_and_flattening_may_be_in_between() {
        let forward = |m: &Model, x| {
            let x = max_pool2d(
                relu(m.conv.forward(x)),
                MaxPoolOptions::new([2, 2]).with_stride([1, 1]),
            );
            m.wide.forward(x.flatten(1, 3))
        };
        assert_eq!(found(forward), [([1, 3, 8], [1, 3, 8])]);
        let forward = |m: &Model, x| {
            let x = adaptive_avg_pool2d(relu(m.conv.forward(x)), [1, 1]);
            m.head.forward(x.flatten(1, 3))
        };
        assert_eq!(found(forward), [([1, 3, 8], [1, 3, 2])]);
        let forward = |m: &Model, x| {
            let x = relu(m.conv.forward(x)).mean_dim(2).sum_dim(3);
            m.head.forward(x.flatten(1, 3))
        };
        assert_eq!(found(forward), [([1, 3, 8], [1, 3, 2])]);
    }

    #[test]
    fn what_is_read_twice_is_not_hidden() {
        let forward = |m: &Model, x| {
            let y = relu(m.conv.forward(x));
            let y = adaptive_avg_pool2d(y.clone(), [1, 1]) + y.mean_dims(&[2, 3]);
            m.head.forward(y.flatten(1, 3))
        };
        assert_eq!(found(forward), []);
    }

    #[test]
    fn operations_that_mix_channels_or_treat_them_unlike_are_in_the_way() {
        let forward = |m: &Model, x| {
            let x = relu(m.conv.forward(x)).swap_dims(1, 3).mean_dims(&[2, 3]);
            m.head.forward(x.flatten(1, 3))
        };
        assert_eq!(found(forward), []);
        let forward = |m: &Model, x| {
            let x = m.conv.forward(x).exp().mean_dims(&[2, 3]);
            m.head.forward(x.flatten(1, 3))
        };
        assert_eq!(found(forward), []);
    }
}
