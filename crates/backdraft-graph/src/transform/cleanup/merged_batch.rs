//! Gives a linear layer the shape that its user wrote.
//!
//! For some batch sizes Burn records a linear layer on `[batch, tokens, features]` as one on
//! `[batch · tokens, features]` between two reshapes. Without them, the layer has the same shape for every
//! batch.

use std::collections::HashMap;

use burn::backend::ir::{
    BaseOperationIr, ModuleOperationIr, OperationIr, ShapeOpIr, TensorId, TensorIr,
};

use crate::ir::graph::Graph;
use crate::ir::node::Node;

pub(super) fn split(graph: &mut Graph) {
    let readers = graph.readers();
    let producers = graph.producers();
    for position in 0..graph.nodes.len() {
        if let Some((reshape, layer)) = find(graph, position, &readers, &producers) {
            // The reshapes and the layer between them are dead code now.
            graph.nodes[reshape] = layer;
        }
    }
}

/// The reshape after the layer at `position`, and the layer that takes its place.
fn find(
    graph: &Graph,
    position: usize,
    readers: &HashMap<TensorId, Vec<usize>>,
    producers: &HashMap<TensorId, usize>,
) -> Option<(usize, Node)> {
    let OperationIr::Module(ModuleOperationIr::Linear(linear)) = &graph.nodes[position].op else {
        return None;
    };
    let merge = reshape(graph, *producers.get(&linear.x.id)?)?;
    let [reader] = readers.get(&linear.out.id)?[..] else {
        return None;
    };
    let split = reshape(graph, reader)?;
    let leading = |tensor: &TensorIr| tensor.shape[..tensor.shape.num_dims() - 1].to_vec();
    let last = |tensor: &TensorIr| tensor.shape[tensor.shape.num_dims() - 1];
    let merges = last(&merge.input) == last(&linear.x) && merge.input.shape.num_dims() > 2;
    let splits =
        leading(&split.out) == leading(&merge.input) && last(&split.out) == last(&linear.out);
    (linear.x.shape.num_dims() == 2 && merges && splits).then(|| {
        let mut linear = linear.clone();
        linear.x = merge.input.clone();
        linear.out = split.out.clone();
        let op = OperationIr::Module(ModuleOperationIr::Linear(linear));
        (reader, Node::new(op))
    })
}

fn reshape(graph: &Graph, position: usize) -> Option<&ShapeOpIr> {
    match &graph.nodes.get(position)?.op {
        OperationIr::BaseFloat(BaseOperationIr::Reshape(reshape)) => Some(reshape),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Network, Probes};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Device, Tensor};

    #[test]
    fn a_layer_has_one_shape_and_name_for_every_batch() {
        let device = Device::flex();
        let model = vec![
            LinearConfig::new(3, 8).init(&device),
            LinearConfig::new(8, 2).init(&device),
        ];
        let example = Tensor::<3>::zeros([1, 2, 3], &device);
        let net = Network::capture(&model, example, |m: &Vec<Linear>, x: Tensor<3>| {
            m[1].forward(m[0].forward(x))
        })
        .unwrap();
        for batch in [1, 2, 5, 32] {
            let x = Tensor::<3>::ones([batch, 2, 3], &device);
            let pass = net
                .run(x, &Probes::new().with_activation("0").with_activation("1"))
                .unwrap();
            for (layer, features) in [("0", 8), ("1", 2)] {
                let shape = pass.activation(layer).unwrap().shape();
                assert_eq!(shape.as_slice(), [batch, 2, features], "layer {layer}");
            }
        }
    }
}
