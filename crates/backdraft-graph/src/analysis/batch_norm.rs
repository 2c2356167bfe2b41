//! Batch normalization as part of the layer before it.
//!
//! `gamma (W x + b - mean) / sqrt(variance + epsilon) + beta` is `W' x + b'` with
//! `W' = s W`, `b' = s (b - mean) + beta` and `s = gamma / sqrt(variance + epsilon)`.

use std::collections::HashMap;

use burn::backend::ir::{BatchNormOpIr, ModuleOperationIr, OperationIr, TensorId, TensorIr};
use burn::tensor::Tensor;

use crate::AnyTensor;
use crate::analysis::linear_layer::{LinearLayer, viewed};
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::node::Node;

/// The position of the batch normalization with fixed statistics that alone reads the layer at a position, and can
/// become part of it.
pub(crate) fn after(
    graph: &Graph,
    depends: &Dependencies,
    layer: usize,
    readers: &HashMap<TensorId, Vec<usize>>,
) -> Option<usize> {
    let layer = LinearLayer::of(graph, depends, layer)?;
    let [position] = readers.get(&layer.out.id)?[..] else {
        return None;
    };
    let norm = operation(graph.nodes.get(position)?)?;
    let statistics = [&norm.gamma, &norm.beta, &norm.mean, &norm.variance];
    let fixed = statistics.iter().all(|t| !depends.contains(t.id));
    let reads_it = norm.x.id == layer.out.id;
    let by_channel = layer.channel_axis() == 1 && layer.by_output().is_some();
    (fixed && reads_it && by_channel).then_some(position)
}

/// The batch normalization that a node is.
pub(crate) fn operation(node: &Node) -> Option<&BatchNormOpIr> {
    match &node.op {
        OperationIr::Module(ModuleOperationIr::BatchNorm(norm)) => Some(norm),
        _ => None,
    }
}

/// The weight and bias of a layer and of the normalization [after](after) it, as one layer. `value` gives the values
/// of their weights.
pub(crate) fn fold<E>(
    layer: &LinearLayer,
    norm: &BatchNormOpIr,
    value: impl Fn(&TensorIr) -> Result<AnyTensor, E>,
) -> Result<(AnyTensor, AnyTensor), E> {
    let view = layer.by_output().expect("groups don't split its channels");
    let channels = view[1];
    let vector = |tensor: &TensorIr| Ok(value(tensor)?.reshape::<1>([channels]));
    let mean = vector(&norm.mean)?;
    let deviation = (vector(&norm.variance)? + norm.epsilon.elem::<f64>()).sqrt();
    let scale: Tensor<1> = vector(&norm.gamma)? / deviation;
    let factors = scale.clone().reshape([1, channels, 1]);
    let centered = match &layer.bias {
        Some(bias) => vector(bias)? - mean,
        None => -mean,
    };
    let bias = centered * scale + vector(&norm.beta)?;
    let weight = viewed(&value(&layer.weight)?, view, |weight| weight * factors);
    Ok((weight, bias.into()))
}
