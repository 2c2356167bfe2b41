//! How a rule enters Burn's backward pass: a backend extension with a hand-written backward step.

use std::fmt;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, binary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Autodiff, Backend, BackendTensor, DispatchKindConversion, DispatchTensor, backend_extension,
};

use crate::AnyTensor;
use crate::backend::list::by_default;

/// The gradient that flows to one operand, as a function of the gradient that arrives.
#[derive(Clone)]
pub struct Reroute(Arc<dyn Fn(AnyTensor) -> AnyTensor + Send + Sync>);

impl Reroute {
    pub(crate) fn new(gradient: impl Fn(AnyTensor) -> AnyTensor + Send + Sync + 'static) -> Self {
        Self(Arc::new(gradient))
    }
}

impl fmt::Debug for Reroute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reroute")
    }
}

/// Backends whose backward pass can be rerouted. A plain backend has no backward pass.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    LibTorch: cfg(feature = "tch"),
    Cube: cfg(feature = "_cube"),
    Autodiff
)]
pub trait GradientRules: Backend {
    /// Returns `output`. Backward, the gradient flows to `output` unchanged and also, rerouted, to
    /// `operand`. With an `output` that records nothing, the rule is all that reaches the operand;
    /// calls can be chained for several operands.
    fn reroute(
        operand: FloatTensor<Self>,
        output: FloatTensor<Self>,
        rule: Reroute,
    ) -> FloatTensor<Self> {
        let _ = (operand, rule);
        output
    }
}

by_default!(GradientRules: Flex, NdArray, LibTorch, Cube);

impl<B, C> GradientRules for Autodiff<B, C>
where
    B: Backend,
    C: CheckpointStrategy,
    DispatchTensor: DispatchKindConversion<B>,
{
    fn reroute(
        operand: FloatTensor<Self>,
        output: FloatTensor<Self>,
        rule: Reroute,
    ) -> FloatTensor<Self> {
        let nodes = [operand.node(), output.node()];
        match RerouteStep.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(rule, output.into_primitive()),
            OpsKind::UnTracked(step) => step.finish(output.into_primitive()),
        }
    }
}

#[derive(Debug)]
struct RerouteStep;

impl<B> Backward<B, 2> for RerouteStep
where
    B: Backend,
    DispatchTensor: DispatchKindConversion<B>,
{
    type State = Reroute;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let Reroute(rule) = ops.state;
        let to_operand = |gradient| {
            let gradient = DispatchTensor::from_backend(BackendTensor::<B>::Float(gradient));
            let rerouted = rule(AnyTensor::from_dispatch(gradient)).into_dispatch();
            let rerouted = DispatchTensor::try_into_backend(rerouted);
            let rerouted: BackendTensor<B> = rerouted.expect("a rule stays on its backend");
            rerouted.float()
        };
        binary::<B, _, _>(ops.parents, ops.node, gradients, to_operand, |gradient| {
            gradient
        });
    }
}
