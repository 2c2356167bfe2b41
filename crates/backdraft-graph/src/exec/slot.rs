//! A tensor during a run: outside the backward pass, or part of it.

use burn::backend::Dispatch;
use burn::backend::tensor::FloatTensor;

use crate::AnyTensor;
use crate::exec::{Engine, Value};

/// A tensor during a run.
#[derive(Clone, Debug)]
pub(crate) enum Slot<B: Engine> {
    /// Needs no gradient: it lives on the plain backend.
    Plain(Value<B::InnerBackend>),
    /// Part of the backward pass.
    Tracked(FloatTensor<B>),
}

impl<B: Engine> Slot<B> {
    /// What the autodiff backend computed: floats are part of the backward pass, integers aren't.
    pub(super) fn from_autodiff(value: Value<B>) -> Self {
        match value {
            Value::Float(tensor) => Self::Tracked(tensor),
            Value::Int(tensor) => Self::Plain(Value::Int(B::int_inner(tensor))),
            Value::Bool(tensor) => Self::Plain(Value::Bool(B::bool_inner(tensor))),
        }
    }

    /// The value on the autodiff backend; one outside the backward pass becomes a constant of it.
    pub(crate) fn into_autodiff(self) -> Value<B> {
        match self {
            Self::Plain(Value::Float(tensor)) => Value::Float(B::from_inner(tensor)),
            Self::Plain(Value::Int(tensor)) => Value::Int(B::int_from_inner(tensor)),
            Self::Plain(Value::Bool(tensor)) => Value::Bool(B::bool_from_inner(tensor)),
            Self::Tracked(tensor) => Value::Float(tensor),
        }
    }

    /// The value on the plain backend.
    pub(super) fn into_plain(self) -> Value<B::InnerBackend> {
        match self {
            Self::Plain(value) => value,
            Self::Tracked(tensor) => Value::Float(B::inner(tensor)),
        }
    }

    /// The value, outside the backward pass.
    pub(crate) fn value(&self) -> AnyTensor {
        B::any(self.clone().into_plain())
    }
}

impl Slot<Dispatch> {
    /// The value, as part of the backward pass if it belongs to it.
    pub(crate) fn live(&self) -> AnyTensor {
        match self {
            Self::Plain(value) => Dispatch::any(value.clone()),
            Self::Tracked(tensor) => AnyTensor::from_dispatch(tensor.clone()),
        }
    }
}
