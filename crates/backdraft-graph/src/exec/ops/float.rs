//! Operations that exist for floats only, and activation functions.

use burn::backend::Backend;
use burn::backend::ir::{ActivationOperationIr, FloatOperationIr as Op};

use crate::exec::frame::Frame;
use crate::exec::frame::{Outputs, bool, float, int};
use crate::exec::ops::refused;

pub(super) fn evaluate<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        Op::Exp(op) => frame.map(op, B::float_exp),
        Op::Log(op) => frame.map(op, B::float_log),
        Op::Log1p(op) => frame.map(op, B::float_log1p),
        Op::Erf(op) => frame.map(op, B::float_erf),
        Op::Sqrt(op) => frame.map(op, B::float_sqrt),
        Op::Recip(op) => frame.map(op, B::float_recip),
        Op::Powf(op) => frame.zip(op, B::float_powf),
        Op::PowfScalar(op) => frame.scalar(op, B::float_powf_scalar),
        Op::Hypot(op) => frame.zip(op, B::float_hypot),
        Op::Matmul(op) => {
            let lhs = frame.float(&op.lhs);
            float(B::float_matmul(lhs, frame.float(&op.rhs)))
        }
        Op::Cross(op) => {
            let lhs = frame.float(&op.lhs);
            float(B::float_cross(lhs, frame.float(&op.rhs), op.dim))
        }
        Op::GridSample2d(op) => {
            let tensor = frame.float(&op.tensor);
            let grid = frame.float(&op.grid);
            float(B::float_grid_sample_2d(
                tensor,
                grid,
                op.options.clone().into(),
            ))
        }
        Op::IntoInt(op) => int(B::float_into_int(
            frame.float(&op.input),
            op.out.dtype.into(),
        )),
        Op::IsNan(op) => bool(B::float_is_nan(frame.float(&op.input), op.out.dtype.into())),
        Op::IsInf(op) => bool(B::float_is_inf(frame.float(&op.input), op.out.dtype.into())),
        Op::Round(op) => frame.map(op, B::float_round),
        Op::Floor(op) => frame.map(op, B::float_floor),
        Op::Ceil(op) => frame.map(op, B::float_ceil),
        Op::Trunc(op) => frame.map(op, B::float_trunc),
        Op::Random(_) | Op::Quantize(_) | Op::Dequantize(_) => refused(),
        Op::Cos(op) => frame.map(op, B::float_cos),
        Op::Cosh(op) => frame.map(op, B::float_cosh),
        Op::Sin(op) => frame.map(op, B::float_sin),
        Op::Sinh(op) => frame.map(op, B::float_sinh),
        Op::Tan(op) => frame.map(op, B::float_tan),
        Op::Tanh(op) => frame.map(op, B::float_tanh),
        Op::ArcCos(op) => frame.map(op, B::float_acos),
        Op::ArcCosh(op) => frame.map(op, B::float_acosh),
        Op::ArcSin(op) => frame.map(op, B::float_asin),
        Op::ArcSinh(op) => frame.map(op, B::float_asinh),
        Op::ArcTan(op) => frame.map(op, B::float_atan),
        Op::ArcTanh(op) => frame.map(op, B::float_atanh),
        Op::ArcTan2(op) => frame.zip(op, B::float_atan2),
    }
}

pub(super) fn activation<B: Backend>(
    op: &ActivationOperationIr,
    frame: &mut Frame<B>,
) -> Outputs<B> {
    use ActivationOperationIr as Op;
    match op {
        Op::Relu(op) => frame.map(op, B::relu),
        Op::LeakyRelu(op) => frame.scalar(op, B::leaky_relu),
        Op::PRelu(op) => frame.zip(op, B::prelu),
        Op::Gelu(op) => frame.map(op, B::gelu),
        Op::Sigmoid(op) => frame.map(op, B::sigmoid),
        Op::HardSigmoid(op) => {
            let tensor = frame.float(&op.tensor);
            float(B::hard_sigmoid(tensor, op.alpha.into(), op.beta.into()))
        }
        Op::LogSigmoid(op) => frame.map(op, B::log_sigmoid),
        Op::Softmax(op) => float(B::softmax(frame.float(&op.input), op.axis)),
        Op::LogSoftmax(op) => float(B::log_softmax(frame.float(&op.input), op.axis)),
        Op::Softmin(op) => float(B::softmin(frame.float(&op.input), op.axis)),
        Op::ReluBackward(_)
        | Op::GeluBackward(_)
        | Op::SigmoidBackward(_)
        | Op::LogSigmoidBackward(_) => refused(),
    }
}
