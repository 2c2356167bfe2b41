//! Neural-network operations: layers, pooling, normalization, attention.

use burn::backend::Backend;
use burn::backend::ir::ModuleOperationIr as Op;
use burn::backend::ops::UnfoldOptions;

use crate::backend::max_pool::MaxPooling;
use crate::exec::frame::Frame;
use crate::exec::frame::{Outputs, float};
use crate::exec::ops::refused;
use crate::exec::value::Value;

// A table: one entry for each operation.
#[allow(clippy::too_many_lines)]
pub(super) fn evaluate<B: MaxPooling>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        Op::Linear(op) => {
            let x = frame.float(&op.x);
            let weight = frame.float(&op.weight);
            float(B::linear(x, weight, frame.optional_float(op.bias.as_ref())))
        }
        Op::Embedding(op) => {
            let weights = frame.float(&op.weights);
            float(B::embedding(weights, frame.int(&op.indices)))
        }
        Op::BatchNorm(op) => {
            let x = frame.float(&op.x);
            let gamma = frame.float(&op.gamma);
            let beta = frame.float(&op.beta);
            let mean = frame.float(&op.mean);
            let variance = frame.float(&op.variance);
            float(B::batch_norm(
                x,
                gamma,
                beta,
                mean,
                variance,
                op.epsilon.elem(),
            ))
        }
        Op::LayerNorm(op) => {
            let input = frame.float(&op.input);
            let gamma = frame.float(&op.gamma);
            let beta = frame.optional_float(op.beta.as_ref());
            float(B::layer_norm(input, gamma, beta, op.epsilon.elem()))
        }
        Op::Attention(op) => {
            let query = frame.float(&op.query);
            let key = frame.float(&op.key);
            let value = frame.float(&op.value);
            let mask = op.mask.as_ref().map(|mask| frame.bool(mask));
            let bias = frame.optional_float(op.attn_bias.as_ref());
            float(B::attention(
                query,
                key,
                value,
                mask,
                bias,
                op.options.clone().into(),
            ))
        }
        Op::Interpolate(op) => {
            let x = frame.float(&op.x);
            float(B::interpolate(x, op.output_size, op.options.clone().into()))
        }
        Op::Unfold4d(op) => {
            let options = &op.options;
            let options = UnfoldOptions::new(options.stride, options.padding, options.dilation);
            float(B::unfold4d(frame.float(&op.x), op.kernel_size, options))
        }
        Op::CtcLoss(op) => {
            let log_probs = frame.float(&op.log_probs);
            let targets = frame.int(&op.targets);
            let input_lengths = frame.int(&op.input_lengths);
            let target_lengths = frame.int(&op.target_lengths);
            float(B::ctc_loss(
                log_probs,
                targets,
                input_lengths,
                target_lengths,
                op.blank,
            ))
        }
        Op::Conv1d(_)
        | Op::Conv2d(_)
        | Op::Conv3d(_)
        | Op::ConvTranspose1d(_)
        | Op::ConvTranspose2d(_)
        | Op::ConvTranspose3d(_)
        | Op::DeformableConv2d(_) => convolution(op, frame),
        Op::AvgPool1d(_)
        | Op::AvgPool2d(_)
        | Op::AdaptiveAvgPool1d(_)
        | Op::AdaptiveAvgPool2d(_)
        | Op::AdaptiveAvgPool3d(_)
        | Op::MaxPool1d(_)
        | Op::MaxPool2d(_)
        | Op::MaxPool1dWithIndices(_)
        | Op::MaxPool2dWithIndices(_) => pooling(op, frame),
        Op::EmbeddingBackward(_)
        | Op::LinearXBackward(_)
        | Op::LinearWeightBackward(_)
        | Op::LinearBiasBackward(_)
        | Op::Conv1dXBackward(_)
        | Op::Conv1dWeightBackward(_)
        | Op::Conv1dBiasBackward(_)
        | Op::Conv2dXBackward(_)
        | Op::Conv2dWeightBackward(_)
        | Op::Conv2dBiasBackward(_)
        | Op::Conv3dXBackward(_)
        | Op::Conv3dWeightBackward(_)
        | Op::Conv3dBiasBackward(_)
        | Op::DeformableConv2dBackward(_)
        | Op::AvgPool1dBackward(_)
        | Op::AvgPool2dBackward(_)
        | Op::AdaptiveAvgPool1dBackward(_)
        | Op::AdaptiveAvgPool2dBackward(_)
        | Op::AdaptiveAvgPool3dBackward(_)
        | Op::MaxPool1dWithIndicesBackward(_)
        | Op::MaxPool2dWithIndicesBackward(_)
        | Op::InterpolateBackward(_)
        | Op::CtcLossBackward(_)
        | Op::ConvTranspose1dWeightBackward(_)
        | Op::ConvTranspose1dBiasBackward(_)
        | Op::ConvTranspose2dWeightBackward(_)
        | Op::ConvTranspose2dBiasBackward(_)
        | Op::ConvTranspose3dWeightBackward(_)
        | Op::ConvTranspose3dBiasBackward(_) => refused(),
    }
}

fn convolution<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    macro_rules! convolve {
        ($op:expr, $function:path) => {{
            let x = frame.float(&$op.x);
            let weight = frame.float(&$op.weight);
            let bias = frame.optional_float($op.bias.as_ref());
            float($function(x, weight, bias, $op.options.clone().into()))
        }};
    }
    match op {
        Op::Conv1d(op) => convolve!(op, B::conv1d),
        Op::Conv2d(op) => convolve!(op, B::conv2d),
        Op::Conv3d(op) => convolve!(op, B::conv3d),
        Op::ConvTranspose1d(op) => convolve!(op, B::conv_transpose1d),
        Op::ConvTranspose2d(op) => convolve!(op, B::conv_transpose2d),
        Op::ConvTranspose3d(op) => convolve!(op, B::conv_transpose3d),
        Op::DeformableConv2d(op) => {
            let x = frame.float(&op.x);
            let offset = frame.float(&op.offset);
            let weight = frame.float(&op.weight);
            let mask = frame.optional_float(op.mask.as_ref());
            let bias = frame.optional_float(op.bias.as_ref());
            float(B::deform_conv2d(
                x,
                offset,
                weight,
                mask,
                bias,
                op.options.clone().into(),
            ))
        }
        _ => unreachable!("not a convolution"),
    }
}

fn pooling<B: MaxPooling>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    macro_rules! average {
        ($op:expr, $function:path) => {
            float($function(
                frame.float(&$op.x),
                $op.kernel_size,
                $op.stride,
                $op.padding,
                $op.count_include_pad,
                $op.ceil_mode,
            ))
        };
    }
    macro_rules! maximum {
        ($op:expr, $function:path $(, $indices_dtype:expr)?) => {
            $function(
                frame.float(&$op.x),
                $op.kernel_size,
                $op.stride,
                $op.padding,
                $op.dilation,
                $op.ceil_mode,
                $($indices_dtype)?
            )
        };
    }
    match op {
        Op::AvgPool1d(op) => average!(op, B::avg_pool1d),
        Op::AvgPool2d(op) => average!(op, B::avg_pool2d),
        Op::AdaptiveAvgPool1d(op) => {
            float(B::adaptive_avg_pool1d(frame.float(&op.x), op.output_size))
        }
        Op::AdaptiveAvgPool2d(op) => {
            float(B::adaptive_avg_pool2d(frame.float(&op.x), op.output_size))
        }
        Op::AdaptiveAvgPool3d(op) => {
            float(B::adaptive_avg_pool3d(frame.float(&op.x), op.output_size))
        }
        Op::MaxPool1d(op) => float(maximum!(op, B::max_pool1d)),
        Op::MaxPool2d(op) => float(B::maxima(frame.float(&op.x), op.clone())),
        Op::MaxPool1dWithIndices(op) => {
            let dtype = op.out_indices.dtype.into();
            let pooled = maximum!(op, B::max_pool1d_with_indices, dtype);
            vec![Value::Float(pooled.output), Value::Int(pooled.indices)]
        }
        Op::MaxPool2dWithIndices(op) => {
            let dtype = op.out_indices.dtype.into();
            let pooled = maximum!(op, B::max_pool2d_with_indices, dtype);
            vec![Value::Float(pooled.output), Value::Int(pooled.indices)]
        }
        _ => unreachable!("not a pooling operation"),
    }
}
