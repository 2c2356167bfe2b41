//! Batch normalization as part of the layer before it.
//!
//! `gamma (W x + b - mean) / sqrt(variance + epsilon) + beta` is `W' x + b'` with
//! `W' = s W`, `b' = s (b - mean) + beta` and `s = gamma / sqrt(variance + epsilon)`.

use std::collections::HashMap;

use burn::backend::ir::{BatchNormOpIr, ModuleOperationIr, OperationIr, TensorId};
use burn::tensor::Tensor;

use crate::AnyTensor;
use crate::analysis::linear_layer::{LinearLayer, View, viewed};
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::node::Node;

/// A batch normalization with fixed statistics that alone reads a layer.
pub(crate) struct Found {
    pub(crate) position: usize,
    /// The layer's weight by output channel.
    pub(crate) view: View,
}

/// The batch normalization that can become part of the layer at a position.
pub(crate) fn after(
    graph: &Graph,
    depends: &Dependencies,
    layer: usize,
    readers: &HashMap<TensorId, Vec<usize>>,
) -> Option<Found> {
    let weighted = LinearLayer::of(graph, depends, layer)?;
    let [position] = readers.get(&weighted.out.id)?[..] else {
        return None;
    };
    let norm = operation(graph.nodes.get(position)?)?;
    let statistics = [&norm.gamma, &norm.beta, &norm.mean, &norm.variance];
    let fixed = statistics.iter().all(|t| !depends.contains(t.id));
    let reads_it = norm.x.id == weighted.out.id;
    (fixed && reads_it && weighted.channel_axis() == 1).then_some(Found {
        position,
        view: weighted.by_output()?,
    })
}

/// The batch normalization that a node is.
pub(crate) fn operation(node: &Node) -> Option<&BatchNormOpIr> {
    match &node.op {
        OperationIr::Module(ModuleOperationIr::BatchNorm(norm)) => Some(norm),
        _ => None,
    }
}

/// The values with which a batch normalization computes, a vector of channels each.
pub(crate) struct Statistics {
    pub(crate) gamma: AnyTensor,
    pub(crate) beta: AnyTensor,
    pub(crate) mean: AnyTensor,
    pub(crate) variance: AnyTensor,
    pub(crate) epsilon: f64,
}

impl Statistics {
    /// The weight and bias of the layer and the normalization after it, as one layer.
    pub(crate) fn fold(
        &self,
        weight: &AnyTensor,
        bias: Option<&AnyTensor>,
        view: View,
    ) -> (AnyTensor, AnyTensor) {
        let channels = view[1];
        let vector = |tensor: &AnyTensor| -> Tensor<1> { tensor.reshape([channels]) };
        let deviation = (vector(&self.variance) + self.epsilon).sqrt();
        let scale = vector(&self.gamma) / deviation;
        let factors = scale.clone().reshape([1, channels, 1]);
        let centered = match bias {
            Some(bias) => vector(bias) - vector(&self.mean),
            None => -vector(&self.mean),
        };
        let bias = centered * scale + vector(&self.beta);
        (viewed(weight, view, |weight| weight * factors), bias.into())
    }
}
