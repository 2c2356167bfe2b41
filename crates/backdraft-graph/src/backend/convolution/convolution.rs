//! Convolutions of images with what follows them, on the fastest way that each backend has.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::ir::{ActivationOperationIr, NumericOperationIr, OperationIr};
use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Autodiff, Backend, DispatchKindConversion, DispatchTensor, ExtensionType, TensorMetadata,
    backend_extension, get_or_init_device_settings,
};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape};

use crate::backend::list::by_default;

/// What follows a convolution in the same step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, min), max)`
    Clamp { min: f32, max: f32 },
}

impl Activation {
    /// The rectifier that an operation is: a ReLU, or a clamp, but for one in double precision, where its ends are no
    /// single floats.
    pub(crate) fn of(op: &OperationIr) -> Option<Self> {
        match op {
            OperationIr::Activation(ActivationOperationIr::Relu(_)) => Some(Self::Relu),
            OperationIr::NumericFloat(_, NumericOperationIr::Clamp(clamp))
                if clamp.out.dtype != DType::F64 =>
            {
                Some(Self::Clamp {
                    min: clamp.min.elem(),
                    max: clamp.max.elem(),
                })
            }
            _ => None,
        }
    }
}

/// How a convolution is done.
#[derive(Clone, Debug)]
pub struct ConvParams {
    pub(crate) options: ConvOptions<2>,
    pub(crate) activation: Activation,
}

/// An optional tensor, as extensions of backends take it.
#[derive(ExtensionType)]
pub enum OptionalTensor<B: Backend> {
    Nothing,
    Tensor(FloatTensor<B>),
}

impl<B: Backend> From<Option<FloatTensor<B>>> for OptionalTensor<B> {
    fn from(tensor: Option<FloatTensor<B>>) -> Self {
        tensor.map_or(Self::Nothing, Self::Tensor)
    }
}

impl<B: Backend> OptionalTensor<B> {
    pub(in crate::backend) fn into_option(self) -> Option<FloatTensor<B>> {
        match self {
            Self::Nothing => None,
            Self::Tensor(tensor) => Some(tensor),
        }
    }
}

/// Backends that convolve images, `activation(conv2d(x, weight) + bias)`, and differentiate by the image alone.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    LibTorch: cfg(feature = "tch"),
    Cube: cfg(feature = "_cube"),
    Autodiff
)]
pub trait Convolution: Backend {
    /// The output. Weight and bias are constants, whatever they record.
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: OptionalTensor<Self>,
        form: ConvParams,
    ) -> FloatTensor<Self> {
        let output = Self::conv2d(x, weight, bias.into_option(), form.options);
        activate::<Self>(output, form.activation)
    }

    /// The activation of each element.
    fn activation(x: FloatTensor<Self>, activation: Activation) -> FloatTensor<Self> {
        activate::<Self>(x, activation)
    }

    /// The sums of two tensors' elements.
    fn sum(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_add(a, b)
    }

    /// The gradient below an activation, given that of its `output`.
    fn activation_gradient(
        gradient: FloatTensor<Self>,
        output: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        through_activation::<Self>(gradient, Some(output), activation)
    }

    /// The gradient of an image of the shape `input`, given that of the output; the `output` itself only where
    /// there is an activation.
    fn convolution_input_gradient(
        gradient: FloatTensor<Self>,
        #[extension_type] output: OptionalTensor<Self>,
        weight: FloatTensor<Self>,
        form: ConvParams,
        input: Shape,
    ) -> FloatTensor<Self> {
        let gradient = through_activation::<Self>(gradient, output.into_option(), form.activation);
        by_burn::<Self>(gradient, weight, form.options, input)
    }
}

/// The gradient of an image as Burn computes it.
pub(super) fn by_burn<B: Backend>(
    gradient: FloatTensor<B>,
    weight: FloatTensor<B>,
    options: ConvOptions<2>,
    input: Shape,
) -> FloatTensor<B> {
    let dtype = gradient.dtype().into();
    // Only its shape is read.
    let image = B::float_empty(input, &gradient.device(), dtype);
    B::conv2d_x_backward(image, weight, gradient, options)
}

/// The activation of a convolution's output.
pub(super) fn activate<B: Backend>(
    output: FloatTensor<B>,
    activation: Activation,
) -> FloatTensor<B> {
    match activation {
        Activation::Identity => output,
        Activation::Relu => B::relu(output),
        Activation::Clamp { min, max } => B::float_clamp(output, min.into(), max.into()),
    }
}

/// The gradient below the activation: zero where it holds its input back.
pub(super) fn through_activation<B: Backend>(
    gradient: FloatTensor<B>,
    output: Option<FloatTensor<B>>,
    activation: Activation,
) -> FloatTensor<B> {
    let Some(output) = output else {
        return gradient;
    };
    let stopped = |gradient, mask| B::float_mask_fill(gradient, mask, 0f32.into());
    match activation {
        Activation::Identity => gradient,
        Activation::Relu => B::relu_backward(output, gradient),
        Activation::Clamp { min, max } => {
            let dtype = get_or_init_device_settings::<B>(&gradient.device()).bool_dtype;
            let low = B::float_lower_equal_elem(output.clone(), min.into(), dtype);
            let high = B::float_greater_equal_elem(output, max.into(), dtype);
            stopped(stopped(gradient, low), high)
        }
    }
}

by_default!(Convolution: LibTorch, Cube);

impl<B, C> Convolution for Autodiff<B, C>
where
    B: Convolution,
    C: CheckpointStrategy,
    DispatchTensor: DispatchKindConversion<B>,
{
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: OptionalTensor<Self>,
        form: ConvParams,
    ) -> FloatTensor<Self> {
        let input = x.shape();
        let (x, node) = x.into_parts();
        let weight = weight.into_primitive();
        let bias = match bias {
            OptionalTensor::Nothing => OptionalTensor::Nothing,
            OptionalTensor::Tensor(bias) => OptionalTensor::Tensor(bias.into_primitive()),
        };
        let output = B::convolution(x, weight.clone(), bias, form.clone());
        match ConvolutionStep
            .prepare::<C>([node])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(step) => {
                let state = State {
                    output: (form.activation != Activation::Identity).then(|| output.clone()),
                    weight,
                    form,
                    input,
                };
                step.finish(state, output)
            }
            OpsKind::UnTracked(step) => step.finish(output),
        }
    }
}

/// What the backward pass needs of a convolution.
#[derive(Clone, Debug)]
struct State<B: Backend> {
    output: Option<FloatTensor<B>>,
    weight: FloatTensor<B>,
    form: ConvParams,
    input: Shape,
}

#[derive(Debug)]
struct ConvolutionStep;

impl<B: Convolution> Backward<B, 1> for ConvolutionStep {
    type State = State<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let State {
            output,
            weight,
            form,
            input,
        } = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |gradient| {
            B::convolution_input_gradient(gradient, output.into(), weight, form, input)
        });
    }
}
