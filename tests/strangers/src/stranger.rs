//! A model by somebody else, captured.

use backdraft::graph::Probes;
use backdraft::{AnyTensor, Error, Inputs, Network, Neuron, Tensors};
use burn::module::Module;
use burn::tensor::Device;

use crate::numbers::{distance, values};

/// A captured model, an input, and the output that is explained.
pub struct Stranger {
    pub name: &'static str,
    pub net: Network,
    pub inputs: Vec<AnyTensor>,
    /// Which element of the first output.
    pub target: Neuron,
    /// How far the network's outputs are from the model's.
    pub forward: f64,
    own: Box<dyn Fn(Vec<AnyTensor>) -> Result<Vec<AnyTensor>, Error>>,
}

impl Stranger {
    /// Captures `forward(model, example)`, unchanged.
    pub fn new<M, I, O, F>(
        name: &'static str,
        model: M,
        example: I,
        forward: F,
        target: impl Into<Vec<usize>>,
    ) -> Result<Self, Error>
    where
        M: Module + 'static,
        I: Tensors + Clone + 'static,
        O: Tensors + 'static,
        F: Fn(&M, I) -> O + Clone + Send + Sync + 'static,
    {
        let net = Network::capture(&model, example.clone(), forward.clone())?;
        Self::captured(name, model, net, example, forward, target.into())
    }

    /// The same for a model that keeps a device: `build` makes it on another one.
    #[cfg(feature = "onnx")]
    pub fn built<M, I, O, F>(
        name: &'static str,
        model: M,
        build: fn(&Device) -> M,
        example: I,
        forward: F,
        target: impl Into<Vec<usize>>,
    ) -> Result<Self, Error>
    where
        M: Module + 'static,
        I: Tensors + Clone + 'static,
        O: Tensors + 'static,
        F: Fn(&M, I) -> O + Clone + Send + Sync + 'static,
    {
        let net = Network::capture_built(&model, build, example.clone(), forward.clone())?;
        Self::captured(name, model, net, example, forward, target.into())
    }

    fn captured<M, I, O, F>(
        name: &'static str,
        model: M,
        net: Network,
        example: I,
        forward: F,
        target: Vec<usize>,
    ) -> Result<Self, Error>
    where
        M: 'static,
        I: Tensors + 'static,
        O: Tensors,
        F: Fn(&M, I) -> O + 'static,
    {
        let own = move |inputs: Vec<AnyTensor>| {
            let inputs = I::from_tensors(inputs)?;
            Ok(forward(&model, inputs).into_tensors())
        };
        let inputs = example.into_tensors();
        let replayed = net.forward(inputs.clone())?.outputs().to_vec();
        let forward = (own(inputs.clone())?.iter().zip(&replayed))
            .map(|(own, replayed)| distance(&values(replayed), &values(own)))
            .fold(0.0, f64::max);
        Ok(Self {
            name,
            net,
            inputs,
            target: Neuron::new(target),
            forward,
            own: Box::new(own),
        })
    }

    /// The same from a layer on: tokens have no gradient, and what embeds them has.
    pub fn from_layer(self, layer: &str) -> Result<Self, Error> {
        let pass = self
            .net
            .run(self.inputs.clone(), &Probes::new().with_activation(layer))?;
        let embedded = pass.activation(layer)?;
        let net = self.net.with_input_at(layer)?;
        let own = net.clone();
        let inputs = self.inputs.into_iter().chain([embedded]).collect();
        Ok(Self {
            net,
            inputs,
            own: Box::new(move |inputs| Ok(own.forward(inputs)?.outputs().to_vec())),
            ..self
        })
    }

    /// What the model itself computes for the target.
    pub fn score(&self, inputs: Vec<AnyTensor>) -> Result<f64, Error> {
        let batch = self.net.batch(inputs.clone())?;
        let rows = Inputs::new(inputs.clone()).with_batch(batch)?;
        let explained = rows.scores(&self.target, &(self.own)(inputs)?)?;
        Ok(values(&explained.scores.into())[0])
    }
}

/// Where everything runs; weights are random, and the same every time.
pub fn device() -> Device {
    let device = Device::default();
    device.seed(7);
    device
}
