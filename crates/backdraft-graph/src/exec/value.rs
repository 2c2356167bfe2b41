//! A value on a concrete backend, and the backends that can run a graph.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::tensor::{BoolTensor, FloatTensor, IntTensor};
use burn::backend::{
    Autodiff, AutodiffBackend, Backend, BackendTensor, Dispatch, DispatchKindConversion,
    DispatchTensor,
};
use burn::tensor::kind::Kind;

use crate::AnyTensor;
use crate::backend::convolution::Convolution;
use crate::backend::max_pool::MaxPooling;
use crate::backend::reroute::GradientRules;

/// A float, int or bool tensor of backend `B`.
#[derive(Clone, Debug)]
pub(crate) enum Value<B: Backend> {
    Float(FloatTensor<B>),
    Int(IntTensor<B>),
    Bool(BoolTensor<B>),
}

/// A backend with autodiff on which graphs can run: Burn's run-time backend, or `Autodiff` over any
/// backend that the run-time backend knows.
pub(crate) trait Engine:
    AutodiffBackend<InnerBackend: Convolution + MaxPooling> + Convolution + MaxPooling + GradientRules
{
    /// A tensor of the run-time backend as a value of the plain backend.
    ///
    /// # Panics
    ///
    /// If the tensor lives on another backend.
    fn value(tensor: AnyTensor) -> Value<Self::InnerBackend>;

    /// A value of the plain backend as a tensor of the run-time backend.
    fn any(value: Value<Self::InnerBackend>) -> AnyTensor;
}

impl Engine for Dispatch {
    fn value(tensor: AnyTensor) -> Value<Self> {
        match tensor.kind() {
            Some(Kind::Int) => Value::Int(tensor.into_dispatch()),
            Some(Kind::Bool) => Value::Bool(tensor.into_dispatch()),
            _ => Value::Float(tensor.into_dispatch()),
        }
    }

    fn any(value: Value<Self>) -> AnyTensor {
        match value {
            Value::Float(tensor) | Value::Int(tensor) | Value::Bool(tensor) => {
                AnyTensor::from_dispatch(tensor)
            }
        }
    }
}

impl<B, C> Engine for Autodiff<B, C>
where
    B: Convolution + MaxPooling,
    C: CheckpointStrategy,
    DispatchTensor: DispatchKindConversion<B>,
{
    fn value(tensor: AnyTensor) -> Value<B> {
        let tensor = DispatchTensor::try_into_backend(tensor.into_dispatch());
        match tensor.expect("the tensor lives on the backend of the run") {
            BackendTensor::Int(tensor) => Value::Int(tensor),
            BackendTensor::Bool(tensor) => Value::Bool(tensor),
            tensor => Value::Float(tensor.float()),
        }
    }

    fn any(value: Value<B>) -> AnyTensor {
        AnyTensor::from_dispatch(DispatchTensor::from_backend(match value {
            Value::Float(tensor) => BackendTensor::Float(tensor),
            Value::Int(tensor) => BackendTensor::Int(tensor),
            Value::Bool(tensor) => BackendTensor::Bool(tensor),
        }))
    }
}
