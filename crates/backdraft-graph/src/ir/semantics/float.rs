//! Functions of floats.

use burn::backend::ir::FloatOperationIr as Op;

use crate::OpKind;
use crate::ir::semantics::refusal::{QUANTIZED, RANDOM};
use crate::ir::semantics::row::{Flops, KeptOperands, Placement, Semantics};

pub(super) fn of(op: &Op) -> Semantics {
    match op {
        Op::Matmul(_) => Semantics::new(OpKind::MatMul)
            .keeping_operands(KeptOperands::Factors)
            .counted(Flops::Products),
        // Half a step of a product needs the gradient for the other half.
        Op::Cross(_) => Semantics::elementwise(OpKind::Multiply)
            .keeping_operands(KeptOperands::Factors)
            .placed(Placement::Reuse, Placement::New),
        Op::Tanh(_) | Op::Erf(_) => Semantics::elementwise(OpKind::Activation).keeping(&[0]),
        Op::Exp(_)
        | Op::Log(_)
        | Op::Log1p(_)
        | Op::Sqrt(_)
        | Op::Recip(_)
        | Op::PowfScalar(_)
        | Op::Cos(_)
        | Op::Cosh(_)
        | Op::Sin(_)
        | Op::Sinh(_)
        | Op::Tan(_)
        | Op::ArcCos(_)
        | Op::ArcCosh(_)
        | Op::ArcSin(_)
        | Op::ArcSinh(_)
        | Op::ArcTan(_)
        | Op::ArcTanh(_) => Semantics::elementwise(OpKind::Elementwise).keeping(&[0]),
        Op::Powf(_) | Op::Hypot(_) | Op::ArcTan2(_) => {
            Semantics::elementwise(OpKind::Elementwise).keeping(&[0, 1])
        }
        Op::Round(_) | Op::Floor(_) | Op::Ceil(_) | Op::Trunc(_) => {
            Semantics::elementwise(OpKind::Elementwise)
        }
        Op::GridSample2d(_) | Op::IntoInt(_) | Op::IsNan(_) | Op::IsInf(_) => {
            Semantics::new(OpKind::Other).keeping(&[0])
        }
        Op::Random(_) => Semantics::refused(RANDOM),
        Op::Quantize(_) | Op::Dequantize(_) => Semantics::refused(QUANTIZED),
    }
}
