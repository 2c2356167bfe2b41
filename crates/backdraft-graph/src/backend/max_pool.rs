//! Maxima over windows of images, on the fastest way that each backend has.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::ir::MaxPool2dOpIr;
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Autodiff, Backend, DispatchKindConversion, DispatchTensor, TensorMetadata, backend_extension,
    get_or_init_device_settings,
};

use crate::backend::list::by_default;

/// Backends that take the largest value of each window, and find its place again in the backward pass.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    LibTorch: cfg(feature = "tch"),
    Cube: cfg(feature = "_cube"),
    Autodiff
)]
pub trait MaxPooling: Backend {
    /// The maxima.
    fn maxima(x: FloatTensor<Self>, op: MaxPool2dOpIr) -> FloatTensor<Self> {
        by_burn::<Self>(x, &op)
    }

    /// The gradient of `x`, given that of the `output`.
    fn maxima_input_gradient(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        output: FloatTensor<Self>,
        op: MaxPool2dOpIr,
    ) -> FloatTensor<Self> {
        // Burn finds the places in the input alone.
        let _ = output;
        gradient_by_burn::<Self>(gradient, x, &op)
    }
}

fn by_burn<B: Backend>(x: FloatTensor<B>, op: &MaxPool2dOpIr) -> FloatTensor<B> {
    B::max_pool2d(
        x,
        op.kernel_size,
        op.stride,
        op.padding,
        op.dilation,
        op.ceil_mode,
    )
}

fn gradient_by_burn<B: Backend>(
    gradient: FloatTensor<B>,
    x: FloatTensor<B>,
    op: &MaxPool2dOpIr,
) -> FloatTensor<B> {
    let found = B::max_pool2d_with_indices(
        x.clone(),
        op.kernel_size,
        op.stride,
        op.padding,
        op.dilation,
        op.ceil_mode,
        get_or_init_device_settings::<B>(&x.device()).int_dtype,
    );
    B::max_pool2d_with_indices_backward(
        x,
        op.kernel_size,
        op.stride,
        op.padding,
        op.dilation,
        op.ceil_mode,
        gradient,
        found.indices,
    )
    .x_grad
}

#[cfg(feature = "flex")]
impl MaxPooling for burn::backend::Flex {
    fn maxima(x: FloatTensor<Self>, op: MaxPool2dOpIr) -> FloatTensor<Self> {
        let pool = on_flex(&op);
        if pool.is_supported(&x) {
            pool.forward(x)
        } else {
            by_burn::<Self>(x, &op)
        }
    }

    fn maxima_input_gradient(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        output: FloatTensor<Self>,
        op: MaxPool2dOpIr,
    ) -> FloatTensor<Self> {
        let pool = on_flex(&op);
        if pool.is_supported(&x) {
            pool.input_gradient(gradient, x, output)
        } else {
            gradient_by_burn::<Self>(gradient, x, &op)
        }
    }
}

#[cfg(feature = "flex")]
pub(super) fn on_flex(op: &MaxPool2dOpIr) -> backdraft_kernels::MaxPool2d {
    backdraft_kernels::MaxPool2d {
        kernel: op.kernel_size,
        stride: op.stride,
        padding: op.padding,
        dilation: op.dilation,
        ceil_mode: op.ceil_mode,
    }
}

by_default!(MaxPooling: NdArray, LibTorch, Cube);

impl<B, C> MaxPooling for Autodiff<B, C>
where
    B: MaxPooling,
    C: CheckpointStrategy,
    DispatchTensor: DispatchKindConversion<B>,
{
    fn maxima(x: FloatTensor<Self>, op: MaxPool2dOpIr) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let output = B::maxima(x.clone(), op.clone());
        match MaximaStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let state = State {
                    x,
                    output: output.clone(),
                    op,
                };
                step.finish(state, output)
            }
            OpsKind::UnTracked(step) => step.finish(output),
        }
    }
}

/// What the backward pass needs.
#[derive(Clone, Debug)]
struct State<B: Backend> {
    x: FloatTensor<B>,
    output: FloatTensor<B>,
    op: MaxPool2dOpIr,
}

#[derive(Debug)]
struct MaximaStep;

impl<B: MaxPooling> Backward<B, 1> for MaximaStep {
    type State = State<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let State { x, output, op } = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |gradient| {
            B::maxima_input_gradient(gradient, x, output, op)
        });
    }
}
