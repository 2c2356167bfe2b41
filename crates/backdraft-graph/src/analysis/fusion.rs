//! Operations that can be computed in one step with the layer before them.
//!
//! A convolution takes in the batch normalization and the rectifier that follow it, a linear layer the
//! normalization: no value in between is computed or kept. A run that asks for one of those values, or has a
//! rule for one of the operations, computes them one by one.

use std::collections::{BTreeMap, HashMap};

use burn::backend::ir::{ModuleOperationIr, OperationIr, TensorId};
use burn::tensor::DType;

use crate::analysis::batch_norm;
use crate::analysis::linear_layer::LinearLayer;
use crate::backend::convolution::Activation;
use crate::ir::dependencies::Dependencies;
use crate::ir::fusion::{FoldedNorm, FusedActivation, Fusion};
use crate::ir::graph::Graph;

/// Every convolution of images, and every other layer with a normalization after it, by position.
pub(crate) fn find(graph: &Graph, depends: &Dependencies) -> BTreeMap<usize, Fusion> {
    let readers = graph.readers();
    let fusions = (0..graph.nodes.len()).filter_map(|layer| {
        let layer_op = LinearLayer::of(graph, depends, layer)?;
        if !depends.contains(layer_op.x.id) {
            return None;
        }
        let norm = norm(graph, depends, layer, &readers);
        let convolution = is_convolution_of_images(&graph.nodes[layer].op);
        let last = norm.as_ref().map_or(layer, |norm| norm.position);
        let activation = convolution.then(|| activation(graph, last, &readers));
        (convolution || norm.is_some()).then_some((
            layer,
            Fusion {
                norm,
                activation: activation.flatten(),
            },
        ))
    });
    fusions.collect()
}

fn is_convolution_of_images(op: &OperationIr) -> bool {
    matches!(op, OperationIr::Module(ModuleOperationIr::Conv2d(_)))
}

fn norm(
    graph: &Graph,
    depends: &Dependencies,
    layer: usize,
    readers: &HashMap<TensorId, Vec<usize>>,
) -> Option<FoldedNorm> {
    let position = batch_norm::after(graph, depends, layer, readers)?;
    let norm = batch_norm::operation(&graph.nodes[position])?;
    let mut layer_op = LinearLayer::of(graph, depends, layer)?;
    let known = [&layer_op.weight, &norm.gamma, &norm.beta]
        .into_iter()
        .chain(&layer_op.bias)
        .all(|tensor| graph.parameters.contains_key(&tensor.id));
    let fixed = [&norm.mean, &norm.variance].into_iter().all(|tensor| {
        graph.parameters.contains_key(&tensor.id) || graph.constants.contains_key(&tensor.id)
    });
    if !(known && fixed) {
        return None;
    }
    let is_precise = matches!(layer_op.weight.dtype, DType::F32 | DType::F64);
    let mut op = graph.nodes[layer].op.clone();
    layer_op.bias = Some(norm.beta.clone());
    layer_op.out = norm.out.clone();
    layer_op.write(&mut op);
    Some(FoldedNorm {
        position,
        op,
        is_precise,
    })
}

/// The rectifier that alone reads the output of the operation at a position.
fn activation(
    graph: &Graph,
    before: usize,
    readers: &HashMap<TensorId, Vec<usize>>,
) -> Option<FusedActivation> {
    let output = graph.nodes[before].output()?;
    let [position] = readers.get(&output.id)?[..] else {
        return None;
    };
    let activation = Activation::of(&graph.nodes.get(position)?.op)?;
    Some(FusedActivation {
        position,
        activation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::Tensor;
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;

    /// What follows the only convolution of a function of images in a precision.
    fn following(dtype: DType, rest: fn(Tensor<4>) -> Tensor<4>) -> Option<Activation> {
        let graph = record([1, 2, 4, 4], move |x: Tensor<4>| {
            let weight = Tensor::<4>::ones([3, 2, 2, 2], &x.device()).cast(dtype);
            let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
            rest(conv2d(x.cast(dtype), weight, None, options))
        });
        let fusions: Vec<&Fusion> = (0..graph.nodes.len())
            .filter_map(|layer| graph.fusion(layer))
            .collect();
        let [fusion] = fusions[..] else {
            panic!("one convolution")
        };
        fusion.activation.as_ref().map(|next| next.activation)
    }

    #[test]
    fn a_rectifier_joins_if_it_alone_reads_the_convolution() {
        let clamp = |x: Tensor<4>| x.clamp(0.0, 0.1);
        let (min, max) = (0.0, 0.1);
        assert_eq!(
            following(DType::F32, clamp),
            Some(Activation::Clamp { min, max })
        );
        assert_eq!(
            following(DType::F32, |x| x.clone() + x.clamp(0.0, 0.1)),
            None
        );
        assert_eq!(
            following(DType::F64, clamp),
            None,
            "0.1 is another number there"
        );
    }
}
