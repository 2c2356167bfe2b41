//! Runs of a network, and what they cost.

use std::collections::HashMap;
use std::sync::Arc;

use burn::backend::Dispatch;
use burn::backend::ir::TensorId;
use burn::tensor::Shape;

use crate::cost::simulate;
use crate::exec::{Given, execute};
use crate::ir::program::Program;
use crate::network::device;
use crate::network::input_spec::{check_finite, check_reference};
use crate::network::sites::Sites;
use crate::schedule::{Request, Schedule};
use crate::{AnyTensor, Cost, Error, InputError, Network, Pass, Probes, Supplied, Tensors};

/// Values by tensor of a graph.
type Values = HashMap<TensorId, AnyTensor>;

impl Network {
    /// The shapes of the outputs for inputs of these shapes. Nothing is computed.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run), without a look at the inputs' values.
    pub fn output_shapes(&self, inputs: impl Tensors) -> Result<Vec<Shape>, Error> {
        let inputs = self.fitting(inputs)?;
        let graph = self.graph_for(&inputs)?;
        let shape = |id: &TensorId| {
            let given = graph.inputs.iter().position(|input| input == id);
            graph.shape_of(*id).or_else(|| Some(inputs[given?].shape()))
        };
        Ok(graph.outputs.iter().filter_map(shape).collect())
    }

    /// Computes the outputs, without gradients.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run).
    pub fn forward(&self, inputs: impl Tensors) -> Result<Pass, Error> {
        self.run(inputs, &Probes::new())
    }

    /// Computes the outputs, with everything the probes ask for.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if an input has the wrong rank, type or device, is empty or isn't finite, if the
    /// model doesn't accept its shape, if a reference doesn't fit, or if a probe names an unknown layer or one
    /// without gradient, or if [strict](crate::RuleMap::strict) rules leave an operation out.
    pub fn run(&self, inputs: impl Tensors, probes: &Probes) -> Result<Pass, Error> {
        let inputs = self.checked(inputs)?;
        let graph = self.graph_for(&inputs)?;
        let reference = self.checked_reference(&inputs, probes)?;
        let sites = Sites::resolve(&graph, &self.0.inputs, probes, &self.0.device)?;
        let request = sites.request(&graph, probes);
        let schedule = Schedule::compile(&graph, &request)?;
        let given = sites.given(inputs, reference);
        let device = self.0.device.as_dispatch();
        let execution = execute::<Dispatch>(&schedule, given, &self.0.weights, device)?;
        let (kept, reference) = (execution.kept, execution.reference);
        let outputs = graph.outputs.iter();
        let activations = sites.activations.iter();
        Ok(Pass {
            outputs: (outputs.clone())
                .filter_map(|id| Some(kept.get(id)?.live()))
                .collect(),
            activations: (activations.clone())
                .filter_map(|(name, id)| Some((name.clone(), kept.get(id)?.value())))
                .collect(),
            reference_outputs: outputs
                .filter_map(|id| reference.get(id).cloned())
                .collect(),
            reference_activations: activations
                .filter_map(|(name, id)| Some((name.clone(), reference.get(id)?.clone())))
                .collect(),
            input_gradients: sites.inputs,
            layer_gradients: sites.gradients,
            layer_inputs: (graph.layer_inputs.iter().enumerate())
                .map(|(index, input)| (self.0.recorded + index, input.layer.clone()))
                .collect(),
            gradients: execution.gradients,
        })
    }

    /// What a [run](Self::run) with inputs of these shapes and with these probes takes, and the backward pass after
    /// it. Nothing is computed; the inputs' values don't matter.
    ///
    /// ```
    /// use backdraft_graph::{Network, Probes};
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let device = Device::default();
    /// let model: Linear = LinearConfig::new(3, 2).with_bias(false).init(&device);
    /// let x = Tensor::<2>::ones([1, 3], &device);
    /// let net = Network::capture(&model, x.clone(), |model, x: Tensor<2>| model.forward(x))?;
    ///
    /// let cost = net.cost(x, &Probes::new().with_input_gradients())?;
    /// // Two sums of three products, and as much for the backward pass.
    /// assert_eq!((cost.forward_flops(), cost.backward_flops()), (12, 12));
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run).
    pub fn cost(&self, inputs: impl Tensors, probes: &Probes) -> Result<Cost, Error> {
        let inputs = self.fitting(inputs)?;
        let graph = self.graph_for(&inputs)?;
        let sites = Sites::resolve(&graph, &self.0.inputs, probes, &self.0.device)?;
        let request = sites.request(&graph, probes);
        let schedule = Schedule::compile(&graph, &request)?;
        Ok(simulate(&schedule).with_parameters(self.0.weights.parameters()))
    }

    /// The graph for these inputs, and every value that leads to its outputs.
    pub(crate) fn values(&self, inputs: impl Tensors) -> Result<(Arc<Program>, Values), Error> {
        let inputs = self.checked(inputs)?;
        let graph = self.graph_for(&inputs)?;
        let needed = graph.needed(&graph.outputs, |_| false).tensors;
        let request = Request {
            keep: needed.into_iter().collect(),
            ..Request::default()
        };
        let given = Given {
            inputs,
            ..Given::default()
        };
        let schedule = Schedule::compile(&graph, &request)?;
        let device = self.0.device.as_dispatch();
        let kept = execute::<Dispatch>(&schedule, given, &self.0.weights, device)?.kept;
        let values = kept.iter().map(|(&id, slot)| (id, slot.value())).collect();
        Ok((graph, values))
    }

    pub(super) fn checked(&self, inputs: impl Tensors) -> Result<Vec<AnyTensor>, Error> {
        let inputs = self.fitting(inputs)?;
        for (index, input) in inputs.iter().enumerate() {
            check_finite(input, || self.supplied(index))?;
        }
        Ok(inputs)
    }

    /// The inputs, if their number, types, ranks and devices are right.
    pub(super) fn fitting(&self, inputs: impl Tensors) -> Result<Vec<AnyTensor>, Error> {
        let inputs: Vec<AnyTensor> = inputs
            .into_tensors()
            .into_iter()
            .map(AnyTensor::without_autodiff)
            .collect();
        if inputs.len() != self.0.inputs.len() {
            return Err(Error::Input(InputError::WrongCount {
                expected: self.0.inputs.len(),
                actual: inputs.len(),
            }));
        }
        for (index, (input, spec)) in inputs.iter().zip(&self.0.inputs).enumerate() {
            spec.check(index, input)?;
            device::check(|| format!("input {index}"), input, &self.0.device)?;
        }
        Ok(inputs)
    }

    /// The input at a position, or the layer where an input is one.
    fn supplied(&self, input: usize) -> Supplied {
        let at_layers = &self.0.example.layer_inputs;
        let layer = input
            .checked_sub(self.0.recorded)
            .and_then(|index| at_layers.get(index));
        match layer {
            Some(at_layer) => Supplied::Layer(at_layer.layer.clone()),
            None => Supplied::Input(input),
        }
    }

    fn checked_reference(
        &self,
        inputs: &[AnyTensor],
        probes: &Probes,
    ) -> Result<Option<Vec<AnyTensor>>, Error> {
        let Some(references) = &probes.reference else {
            let missing = probes.rules.needs_reference();
            return if missing {
                Err(Error::Input(InputError::NoReference))
            } else {
                Ok(None)
            };
        };
        let references = references.iter().cloned();
        let references: Vec<_> = references.map(AnyTensor::without_autodiff).collect();
        if references.len() != inputs.len() {
            return Err(Error::Input(InputError::WrongTensor {
                tensor: Supplied::References,
                expected: format!("{} tensors", inputs.len()),
                actual: format!("{} tensors", references.len()),
            }));
        }
        for (index, (input, reference)) in inputs.iter().zip(&references).enumerate() {
            check_reference(index, input, reference, &self.0.device)?;
        }
        Ok(Some(references))
    }
}
