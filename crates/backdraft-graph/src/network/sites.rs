//! The places that probes name, in the graph of one run.

use std::collections::HashMap;
use std::sync::Arc;

use burn::backend::ir::TensorId;
use burn::tensor::Device;

use crate::backend::gelu::ExactGelu;
use crate::backend::list::has_exact_gelu;
use crate::exec::Given;
use crate::ir::program::Program;
use crate::network::input_spec::InputSpec;
use crate::network::probes::InputGradients;
use crate::network::{device, layer};
use crate::schedule::Request;
use crate::{AnyTensor, Error, InputError, LookupError, PassError, Probes, Rule, Supplied};

/// The tensors that a run reads, differentiates and replaces.
pub(crate) struct Sites {
    pub(crate) activations: HashMap<String, TensorId>,
    pub(crate) gradients: HashMap<String, TensorId>,
    /// The float inputs by position, where their gradients are asked for.
    pub(crate) inputs: HashMap<usize, TensorId>,
    replacements: Vec<(TensorId, AnyTensor)>,
    exact_gelu: bool,
}

impl Sites {
    pub(crate) fn resolve(
        graph: &Program,
        inputs: &[InputSpec],
        probes: &Probes,
        device: &Device,
    ) -> Result<Self, Error> {
        for name in probes.rules.layer_names() {
            layer::find(graph, name)?;
        }
        let read = probes.activations.iter();
        let read = read.map(|name| Ok((name.clone(), layer::find(graph, name)?.1.id)));
        let gradients = probes.layer_gradients.iter();
        let gradients = gradients.map(|name| Ok((name.clone(), float_layer(graph, name)?)));
        let replaced = probes.replacements.iter();
        let replaced = replaced.map(|(name, value)| replacement(graph, name, value, device));
        Ok(Self {
            activations: read.collect::<Result<_, Error>>()?,
            gradients: gradients.collect::<Result<_, Error>>()?,
            inputs: match &probes.input_gradients {
                InputGradients::All => float_inputs(graph, inputs)?,
                InputGradients::Of(positions) => (positions.iter())
                    .map(|&position| float_input(graph, inputs, position))
                    .collect::<Result<_, _>>()?,
            },
            replacements: replaced.collect::<Result<_, Error>>()?,
            exact_gelu: !has_exact_gelu(device),
        })
    }

    /// What a run is asked.
    pub(crate) fn request(&self, graph: &Program, probes: &Probes) -> Request {
        let read = self.activations.values();
        let gradients = self.gradients.values();
        Request {
            keep: read.chain(&graph.outputs).copied().collect(),
            differentiate: gradients.chain(self.inputs.values()).copied().collect(),
            replace: self.replacements.iter().map(|(id, _)| *id).collect(),
            rules: probes.rules.clone(),
            reference: probes.has_reference(),
            gelu: self
                .exact_gelu
                .then(|| Arc::new(ExactGelu) as Arc<dyn Rule>),
        }
    }

    /// The values with which a run begins.
    pub(crate) fn given(&self, inputs: Vec<AnyTensor>, reference: Option<Vec<AnyTensor>>) -> Given {
        Given {
            inputs,
            replacements: self.replacements.clone(),
            reference,
        }
    }
}

fn float_layer(graph: &Program, name: &str) -> Result<TensorId, Error> {
    let (_, output) = layer::find(graph, name)?;
    if !output.dtype.is_float() {
        return Err(Error::Pass(PassError::NoGradientForKind {
            what: format!("layer `{name}`"),
            kind: output.dtype.name(),
        }));
    }
    Ok(output.id)
}

fn float_input(
    graph: &Program,
    specs: &[InputSpec],
    input: usize,
) -> Result<(usize, TensorId), Error> {
    let spec = specs
        .get(input)
        .ok_or(Error::Lookup(LookupError::UnknownInput {
            input,
            inputs: specs.len(),
        }))?;
    if !spec.is_float() {
        return Err(Error::Pass(PassError::NoGradientForKind {
            what: format!("input {input}"),
            kind: "int or bool",
        }));
    }
    Ok((input, graph.inputs[input]))
}

fn float_inputs(graph: &Program, specs: &[InputSpec]) -> Result<HashMap<usize, TensorId>, Error> {
    let inputs: HashMap<usize, TensorId> = (graph.inputs.iter().copied().zip(specs).enumerate())
        .filter(|(_, (_, spec))| spec.is_float())
        .map(|(position, (id, _))| (position, id))
        .collect();
    if inputs.is_empty() {
        return Err(Error::Pass(PassError::NoGradientForKind {
            what: "every input".into(),
            kind: "int or bool",
        }));
    }
    Ok(inputs)
}

fn replacement(
    graph: &Program,
    name: &str,
    value: &AnyTensor,
    device: &Device,
) -> Result<(TensorId, AnyTensor), Error> {
    let (_, output) = layer::find(graph, name)?;
    let value = value.clone().without_autodiff();
    if value.shape() != output.shape || value.dtype() != output.dtype {
        return Err(Error::Input(InputError::WrongTensor {
            tensor: Supplied::Replacement(name.into()),
            expected: format!("{} {:?}", output.dtype.name(), output.shape.as_slice()),
            actual: format!("{} {:?}", value.dtype().name(), value.shape().as_slice()),
        }));
    }
    device::check(|| format!("the replacement for `{name}`"), &value, device)?;
    Ok((output.id, value))
}
