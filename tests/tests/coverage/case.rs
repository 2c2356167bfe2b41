//! A model or operation with its inputs, and the three ways of running it: directly, frozen for
//! gradients, and captured.

use std::sync::Arc;

use backdraft_graph::{AnyTensor, Error, Network, Tensors};
use burn::module::Module;
use burn::nn::Identity;
use burn::tensor::Device;

use crate::inputs::{Input, with_spread_weights};
use crate::recording::{Variants, record};

/// One row of the table.
pub struct Case {
    pub name: String,
    pub inputs: Vec<Input>,
    pub gradient: Gradient,
    pub ndarray: OnNdArray,
    pub subject: Box<dyn Subject>,
}

/// Why the gradients of quiet softmax agree up to rounding only.
pub const DETACHED: &str =
    "Burn detaches the maximum, recordings don't: the gradients through it add up to zero";

/// What the gradient of the inputs is compared with.
pub enum Gradient {
    /// The gradient by Burn, which isn't zero everywhere.
    Informative,
    /// The gradient by Burn, which is zero wherever it exists.
    Zero,
    /// The gradient by Burn, up to a tolerance relative to the largest value, for this reason.
    Within(f64, &'static str),
    /// Nothing, for this reason: Burn can't differentiate it.
    Undefined(&'static str),
}

/// What NdArray can do, of which Burn advises against the use.
pub enum OnNdArray {
    Everything,
    /// It panics in the backward pass, for this reason.
    Forward(&'static str),
    /// It panics, for this reason.
    Nothing(&'static str),
}

impl Case {
    pub fn new<M, I, O>(
        name: impl Into<String>,
        model: M,
        inputs: impl Into<Vec<Input>>,
        forward: impl Fn(&M, I) -> O + Send + Sync + 'static,
    ) -> Self
    where
        M: Module + 'static,
        I: Tensors,
        O: Tensors,
    {
        let erased = move |model: &M, inputs| {
            let inputs = I::from_tensors(inputs).expect("inputs are declared as they are used");
            forward(model, inputs).into_tensors()
        };
        Self {
            name: name.into(),
            inputs: inputs.into(),
            gradient: Gradient::Informative,
            ndarray: OnNdArray::Everything,
            subject: Box::new(Model {
                model: with_spread_weights(model),
                forward: Arc::new(erased),
            }),
        }
    }

    /// The derivative is zero wherever it exists.
    pub fn flat(mut self) -> Self {
        self.gradient = Gradient::Zero;
        self
    }

    /// The gradient is another one by rounding, for a reason.
    pub fn within(mut self, tolerance: f64, reason: &'static str) -> Self {
        self.gradient = Gradient::Within(tolerance, reason);
        self
    }

    /// Burn panics in the backward pass, on every backend.
    pub fn without_gradient(mut self, reason: &'static str) -> Self {
        self.gradient = Gradient::Undefined(reason);
        self
    }

    /// NdArray has no derivative for it.
    pub fn forward_on_ndarray(mut self, reason: &'static str) -> Self {
        self.ndarray = OnNdArray::Forward(reason);
        self
    }

    /// NdArray can't run it.
    pub fn not_on_ndarray(mut self, reason: &'static str) -> Self {
        self.ndarray = OnNdArray::Nothing(reason);
        self
    }

    /// The inputs, with `more` samples than declared.
    pub fn tensors(&self, more: usize, device: &Device) -> Vec<AnyTensor> {
        let inputs = self.inputs.iter().zip(11..);
        inputs
            .map(|(input, seed)| input.tensor(seed, more, device))
            .collect()
    }
}

/// An operation without weights.
pub fn op<I: Tensors, O: Tensors>(
    name: impl Into<String>,
    inputs: impl Into<Vec<Input>>,
    forward: impl Fn(I) -> O + Send + Sync + 'static,
) -> Case {
    Case::new(name, Identity::new(), inputs, move |_, input| {
        forward(input)
    })
}

/// A model whose type is erased.
pub trait Subject {
    fn capture(&self, device: &Device, example: Vec<AnyTensor>) -> Result<Network, Error>;

    /// Runs a frozen copy on the device, as Burn's users do.
    fn direct(&self, device: &Device, inputs: Vec<AnyTensor>) -> Vec<AnyTensor>;

    /// The operations that Burn records and the outputs need.
    fn variants(&self, inputs: Vec<AnyTensor>) -> Variants;
}

struct Model<M> {
    model: M,
    forward: Arc<Forward<M>>,
}

type Forward<M> = dyn Fn(&M, Vec<AnyTensor>) -> Vec<AnyTensor> + Send + Sync;

impl<M: Module> Model<M> {
    /// `valid` doesn't share running statistics, so the model stays where it is.
    fn on(&self, device: &Device) -> M {
        self.model.valid().to_device(device).freeze()
    }
}

impl<M: Module + 'static> Subject for Model<M> {
    fn capture(&self, device: &Device, example: Vec<AnyTensor>) -> Result<Network, Error> {
        let forward = Arc::clone(&self.forward);
        Network::capture(&self.on(device), example, move |model, x| forward(model, x))
    }

    fn direct(&self, device: &Device, inputs: Vec<AnyTensor>) -> Vec<AnyTensor> {
        (self.forward)(&self.on(device), inputs)
    }

    fn variants(&self, inputs: Vec<AnyTensor>) -> Variants {
        record(|device| {
            let inputs = inputs.iter().map(|input| input.to_device(device)).collect();
            self.direct(device, inputs)
        })
    }
}
