//! Linear operations as rules ask for them: on the fastest way, and differentiated without a tape.

use burn::backend::ir::{
    Conv2dOpIr, FloatOperationIr, ModuleOperationIr as Module, OperationIr, TensorId,
};
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::Shape;

use crate::AnyTensor;
use crate::backend::convolution::{Activation, ConvParams, Convolution, OptionalTensor};
use crate::backend::max_pool::MaxPooling;
use crate::exec::{Frame, Value, evaluate};

/// What an operation computes outside the backward pass, and of an image's convolution what follows it.
pub(crate) fn compute<B: Convolution + MaxPooling>(
    op: &OperationIr,
    activation: Activation,
    frame: &mut Frame<B>,
) -> Vec<Value<B>> {
    let OperationIr::Module(Module::Conv2d(op)) = op else {
        return evaluate(op, frame);
    };
    let x = frame.float(&op.x);
    let weight = frame.float(&op.weight);
    let bias = frame.optional_float(op.bias.as_ref());
    let form = ConvParams {
        options: op.options.clone().into(),
        activation,
    };
    vec![Value::Float(B::convolution(x, weight, bias.into(), form))]
}

/// The gradient of an operand in which the operation is linear, whatever the operand is; `None` where the operation
/// isn't a layer with weights, a matrix product or a mean over windows.
pub(crate) fn operand_gradient(
    op: &OperationIr,
    operands: &[(TensorId, AnyTensor)],
    operand: usize,
    gradient: &AnyTensor,
) -> Option<AnyTensor> {
    let tensor = |position: usize| operands[position].1.clone().into_dispatch();
    let gradient = gradient.clone().into_dispatch();
    match op {
        OperationIr::Float(_, FloatOperationIr::Matmul(_)) => {
            let gradient = through_product(operand, tensor(1 - operand), gradient);
            Some(AnyTensor::from_dispatch(gradient).sum_to(&operands[operand].1.shape()))
        }
        OperationIr::Module(op) if operand == 0 => {
            through_layer(op, tensor, gradient).map(AnyTensor::from_dispatch)
        }
        _ => None,
    }
}

/// Before it is summed over dimensions in which the operand is repeated.
fn through_product(
    operand: usize,
    other: DispatchTensor,
    gradient: DispatchTensor,
) -> DispatchTensor {
    let rank = other.shape().num_dims();
    let other = Dispatch::float_swap_dims(other, rank - 2, rank - 1);
    match operand {
        0 => Dispatch::float_matmul(gradient, other),
        _ => Dispatch::float_matmul(other, gradient),
    }
}

/// The gradient of a convolution's image of this shape.
pub(crate) fn image_gradient(
    op: &Conv2dOpIr,
    weight: DispatchTensor,
    image: Shape,
    gradient: DispatchTensor,
) -> DispatchTensor {
    let form = ConvParams {
        options: op.options.clone().into(),
        activation: Activation::Identity,
    };
    Dispatch::convolution_input_gradient(gradient, OptionalTensor::Nothing, weight, form, image)
}

fn through_layer(
    op: &Module,
    tensor: impl Fn(usize) -> DispatchTensor,
    gradient: DispatchTensor,
) -> Option<DispatchTensor> {
    type B = Dispatch;
    // Of the input only the shape is read.
    let x = || tensor(0);
    let weight = || tensor(1);
    macro_rules! convolution {
        ($op:expr, $function:path) => {
            $function(x(), weight(), gradient, $op.options.clone().into())
        };
    }
    macro_rules! transposed {
        ($op:expr, $function:path) => {
            $function(weight(), gradient, $op.options.clone().into())
        };
    }
    macro_rules! mean {
        ($op:expr, $function:path) => {
            $function(
                x(),
                gradient,
                $op.kernel_size,
                $op.stride,
                $op.padding,
                $op.count_include_pad,
                $op.ceil_mode,
            )
        };
    }
    Some(match op {
        Module::Linear(_) => B::linear_x_backward(weight(), gradient),
        Module::Conv2d(op) => image_gradient(op, weight(), x().shape(), gradient),
        Module::Conv1d(op) => convolution!(op, B::conv1d_x_backward),
        Module::Conv3d(op) => convolution!(op, B::conv3d_x_backward),
        Module::ConvTranspose1d(op) => transposed!(op, B::conv_transpose1d_x_backward),
        Module::ConvTranspose2d(op) => transposed!(op, B::conv_transpose2d_x_backward),
        Module::ConvTranspose3d(op) => transposed!(op, B::conv_transpose3d_x_backward),
        Module::AvgPool1d(op) => mean!(op, B::avg_pool1d_backward),
        Module::AvgPool2d(op) => mean!(op, B::avg_pool2d_backward),
        Module::AdaptiveAvgPool1d(_) => B::adaptive_avg_pool1d_backward(x(), gradient),
        Module::AdaptiveAvgPool2d(_) => B::adaptive_avg_pool2d_backward(x(), gradient),
        Module::AdaptiveAvgPool3d(_) => B::adaptive_avg_pool3d_backward(x(), gradient),
        _ => return None,
    })
}
