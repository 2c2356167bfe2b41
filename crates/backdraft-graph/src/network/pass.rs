//! A finished forward pass, and its backward pass.

use std::collections::HashMap;

use burn::backend::ir::TensorId;
use burn::backend::{AutodiffBackend, Dispatch};
use burn::tensor::Tensor;

use crate::catch::{Panic, catch};
use crate::exec::GradientProbes;
use crate::{AnyTensor, Error, PassError};

/// The outputs and kept activations of one run, ready for one backward pass.
#[derive(Debug)]
pub struct Pass {
    pub(crate) outputs: Vec<AnyTensor>,
    pub(crate) activations: HashMap<String, AnyTensor>,
    pub(crate) reference_outputs: Vec<AnyTensor>,
    pub(crate) reference_activations: HashMap<String, AnyTensor>,
    pub(crate) gradients: GradientProbes<Dispatch>,
    /// The float inputs by position, where their gradients were asked for.
    pub(crate) input_gradients: HashMap<usize, TensorId>,
    pub(crate) layer_gradients: HashMap<String, TensorId>,
    /// Inputs that are layers' outputs, by position.
    pub(crate) layer_inputs: HashMap<usize, String>,
}

impl Pass {
    /// The network's first output. Where gradients were asked for, it is part of the backward pass:
    /// compute scores from it with ordinary tensor operations.
    ///
    /// # Errors
    ///
    /// [`Error::WrongTensor`] if its rank isn't `D` or it isn't float.
    pub fn output<const D: usize>(&self) -> Result<Tensor<D>, Error> {
        self.outputs[0].to_tensor()
    }

    /// All outputs, in the order in which the forward pass returns them.
    pub fn outputs(&self) -> &[AnyTensor] {
        &self.outputs
    }

    /// The output of a layer, by the name with which it was asked for.
    ///
    /// # Errors
    ///
    /// [`PassError::NotProbed`] if it wasn't asked for.
    pub fn activation(&self, layer: &str) -> Result<AnyTensor, Error> {
        let kept = self.activations.get(layer).cloned();
        kept.ok_or_else(|| not_probed("the activation", layer))
    }

    /// All outputs at the [reference](crate::Probes::with_reference); empty if the run had none.
    pub fn reference_outputs(&self) -> &[AnyTensor] {
        &self.reference_outputs
    }

    /// The output of a layer at the reference, by the name with which its activation was asked for.
    ///
    /// # Errors
    ///
    /// [`PassError::NotProbed`] if the activation wasn't asked for, or the run had no reference.
    pub fn reference_activation(&self, layer: &str) -> Result<AnyTensor, Error> {
        let kept = self.reference_activations.get(layer).cloned();
        kept.ok_or_else(|| not_probed("the reference activation", layer))
    }

    /// Differentiates the sum of `scores`: one scalar for each sample, computed from the outputs. As
    /// samples don't influence each other in inference, every sample gets the gradient of its own score.
    ///
    /// # Errors
    ///
    /// [`PassError::NotDifferentiable`] if the scores don't depend on anything that this run differentiates,
    /// [`PassError::RuleFailed`] if a rule isn't for an operation that it was given to, [`PassError::Backward`] if the
    /// backend has no derivative for one.
    pub fn backward(self, scores: Tensor<1>) -> Result<Gradients, Error> {
        if !scores.is_tracked() {
            return Err(Error::Pass(PassError::NotDifferentiable {
                what: "anything this run differentiates".into(),
            }));
        }
        let gradients = catch(|| Dispatch::backward(scores.into_dispatch())).map_err(failure)?;
        let gradient = |&id: &TensorId| self.gradients.gradient(id, &gradients);
        Ok(Gradients {
            inputs: (self.input_gradients.iter())
                .map(|(&input, id)| (input, gradient(id)))
                .collect(),
            layers: (self.layer_gradients.iter())
                .map(|(layer, id)| (layer.clone(), gradient(id)))
                .collect(),
            layer_inputs: self.layer_inputs,
        })
    }
}

/// The gradients that one backward pass computed; `None` where nothing flowed.
#[derive(Debug)]
pub struct Gradients {
    inputs: HashMap<usize, Option<AnyTensor>>,
    layers: HashMap<String, Option<AnyTensor>>,
    layer_inputs: HashMap<usize, String>,
}

impl Gradients {
    /// The gradient with respect to an input, of the input's shape.
    ///
    /// # Errors
    ///
    /// [`PassError::NotProbed`] if it wasn't asked for or the input isn't float,
    /// [`PassError::NotDifferentiable`] if the scores don't depend on the input.
    pub fn input(&self, input: usize) -> Result<AnyTensor, Error> {
        let gradient = self.inputs.get(&input);
        let gradient = gradient.ok_or_else(|| not_probed("the gradient of input", input))?;
        let missing = || {
            Error::Pass(PassError::NotDifferentiable {
                what: match self.layer_inputs.get(&input) {
                    Some(layer) => format!("layer `{layer}`"),
                    None => format!("input {input}"),
                },
            })
        };
        gradient.clone().ok_or_else(missing)
    }

    /// The gradient with respect to a layer's output, of the output's shape.
    ///
    /// # Errors
    ///
    /// As for [`input`](Self::input).
    pub fn layer(&self, layer: &str) -> Result<AnyTensor, Error> {
        let gradient = self.layers.get(layer);
        let gradient = gradient.ok_or_else(|| not_probed("the gradient of layer", layer))?;
        let missing = || {
            Error::Pass(PassError::NotDifferentiable {
                what: format!("layer `{layer}`"),
            })
        };
        gradient.clone().ok_or_else(missing)
    }
}

/// What a panic in the backward pass means.
fn failure(panic: Panic) -> Error {
    Error::Pass(match panic.payload.downcast() {
        Ok(error) => *error,
        Err(_) => PassError::Backward {
            message: panic.message,
        },
    })
}

fn not_probed(what: &str, of: impl std::fmt::Display) -> Error {
    Error::Pass(PassError::NotProbed {
        what: format!("{what} `{of}`"),
    })
}
