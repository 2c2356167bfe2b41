//! A model or operation with its inputs, and the two ways of running it: directly and captured.

use std::sync::Arc;

use backdraft_graph::{AnyTensor, Error, Network, Tensors};
use burn::module::Module;
use burn::nn::Identity;
use burn::tensor::Device;

use super::inputs::{Input, with_spread_weights};

/// A module or operation of Burn's, with inputs.
pub struct Case {
    /// In words.
    pub name: String,
    /// As the model's forward function takes them.
    pub inputs: Vec<Input>,
    /// What is known of the gradient.
    pub gradient: Gradient,
    /// What Burn can't do on a backend, by the name of the backend or of its kernels (`cubecl`).
    pub limits: Vec<(&'static str, Limit)>,
    /// What runs.
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

/// What Burn can't do on a backend.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// It panics in the backward pass, for this reason.
    ForwardOnly(&'static str),
    /// It gives other numbers, for this reason.
    Wrong(&'static str),
    /// It panics, for this reason, at the latest when the values are read.
    Nothing(&'static str),
    /// It can't be run as Burn records it, for this reason.
    Recorded(&'static str),
    /// The model can't be moved there, for this reason.
    Unmovable(&'static str),
}

impl Limit {
    /// Why.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::ForwardOnly(reason)
            | Self::Wrong(reason)
            | Self::Nothing(reason)
            | Self::Recorded(reason)
            | Self::Unmovable(reason) => reason,
        }
    }
}

impl Case {
    /// A model, whose parameters are replaced by spread ones.
    ///
    /// # Panics
    ///
    /// When it runs, if the inputs aren't those that `forward` takes.
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
            limits: Vec::new(),
            subject: Box::new(Model {
                model: with_spread_weights(model),
                forward: Arc::new(erased),
            }),
        }
    }

    /// The derivative is zero wherever it exists.
    #[must_use]
    pub fn flat(mut self) -> Self {
        self.gradient = Gradient::Zero;
        self
    }

    /// The gradient is another one by rounding, for a reason.
    #[must_use]
    pub fn within(mut self, tolerance: f64, reason: &'static str) -> Self {
        self.gradient = Gradient::Within(tolerance, reason);
        self
    }

    /// Burn panics in the backward pass, on every backend.
    #[must_use]
    pub fn without_gradient(mut self, reason: &'static str) -> Self {
        self.gradient = Gradient::Undefined(reason);
        self
    }

    /// Burn has no derivative for it on a backend.
    #[must_use]
    pub fn forward_only_on(mut self, backend: &'static str, reason: &'static str) -> Self {
        self.limits.push((backend, Limit::ForwardOnly(reason)));
        self
    }

    /// Burn has other numbers for it on a backend, and so have we.
    #[must_use]
    pub fn wrong_on(mut self, backend: &'static str, reason: &'static str) -> Self {
        self.limits.push((backend, Limit::Wrong(reason)));
        self
    }

    /// Burn can't run it on a backend.
    #[must_use]
    pub fn not_on(mut self, backend: &'static str, reason: &'static str) -> Self {
        self.limits.push((backend, Limit::Nothing(reason)));
        self
    }

    /// A backend can't run what Burn records.
    #[must_use]
    pub fn not_as_recorded_on(mut self, backend: &'static str, reason: &'static str) -> Self {
        self.limits.push((backend, Limit::Recorded(reason)));
        self
    }

    /// Burn can't move the model to a backend.
    #[must_use]
    pub fn unmovable_to(mut self, backend: &'static str, reason: &'static str) -> Self {
        self.limits.push((backend, Limit::Unmovable(reason)));
        self
    }

    /// What Burn can't do on a backend that goes by several names; `None` if it can do everything.
    pub fn limit(&self, names: &[&str]) -> Option<Limit> {
        let limit = self.limits.iter().find(|(name, _)| names.contains(name));
        limit.map(|(_, limit)| *limit)
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
    /// A network of a frozen copy on the device.
    ///
    /// # Errors
    ///
    /// As [`Network::capture`].
    fn capture(&self, device: &Device, example: Vec<AnyTensor>) -> Result<Network, Error>;

    /// Runs a frozen copy on the device, as Burn's users do.
    fn direct(&self, device: &Device, inputs: Vec<AnyTensor>) -> Vec<AnyTensor>;
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
}
