//! A network's parameters, and what is computed of them once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::ir::TensorIr;
use burn::tensor::Device;

use crate::AnyTensor;
use crate::analysis::batch_norm::{Statistics, operation};
use crate::analysis::linear_layer::LinearLayer;
use crate::ir::fusion::FoldedNorm;
use crate::ir::program::Program;

/// The parameters in the order in which the model is visited.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights {
    parameters: Vec<AnyTensor>,
    folded: Arc<Mutex<HashMap<Key, Folded>>>,
}

/// The names of a layer and of the normalization after it. Both have parameters, after which they are named: in
/// the graphs of all input shapes they are the same two.
type Key = (String, String);

/// The weight and bias of a layer with a batch normalization in it.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    pub(crate) weight: AnyTensor,
    pub(crate) bias: AnyTensor,
}

impl Weights {
    pub(crate) fn new(parameters: Vec<AnyTensor>) -> Self {
        Self {
            parameters,
            folded: Arc::default(),
        }
    }

    pub(crate) fn parameters(&self) -> &[AnyTensor] {
        &self.parameters
    }

    /// The same on another device.
    pub(crate) fn to_device(&self, device: &Device) -> Self {
        let parameters = self.parameters.iter();
        Self::new(parameters.map(|value| value.to_device(device)).collect())
    }

    /// The layer at a position with the normalization after it as one; computed once for all graphs.
    pub(crate) fn folded(&self, program: &Program, layer: usize, norm: &FoldedNorm) -> Folded {
        let name = |position: usize| program.nodes[position].name.clone();
        let key = (name(layer), name(norm.position));
        let folded = || self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folded().get(&key) {
            return known.clone();
        }
        let new = self.fold(program, layer, norm);
        folded().insert(key, new.clone());
        new
    }

    fn fold(&self, program: &Program, layer: usize, norm: &FoldedNorm) -> Folded {
        let layer =
            LinearLayer::of(program, program.dependencies(), layer).expect("a layer with weights");
        let value = |tensor: &TensorIr| self.value(program, tensor);
        let op = operation(&program.nodes[norm.position]).expect("a batch normalization");
        let statistics = Statistics {
            gamma: value(&op.gamma),
            beta: value(&op.beta),
            mean: value(&op.mean),
            variance: value(&op.variance),
            epsilon: op.epsilon.elem(),
        };
        let bias = layer.bias.as_ref().map(value);
        let (weight, bias) = statistics.fold(&value(&layer.weight), bias.as_ref(), norm.view);
        Folded { weight, bias }
    }

    fn value(&self, program: &Program, tensor: &TensorIr) -> AnyTensor {
        let parameter = program.parameters.get(&tensor.id);
        let value = parameter.map(|&position| &self.parameters[position]);
        let value = value.or_else(|| program.constants.get(&tensor.id));
        value.expect("a parameter or a constant").clone()
    }
}
