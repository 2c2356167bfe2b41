//! Activation functions.

use burn::backend::ir::ActivationOperationIr as Op;

use crate::OpKind;
use crate::ir::semantics::refusal::GRADIENT;
use crate::ir::semantics::row::{Hidden, Semantics};

pub(super) fn of(op: &Op) -> Semantics {
    match op {
        Op::Relu(_) => Semantics::elementwise(OpKind::Relu).keeping(&[0]),
        Op::LeakyRelu(_) => Semantics::elementwise(OpKind::LeakyRelu).hiding(Hidden::Masks(1)),
        Op::PRelu(_) => Semantics::elementwise(OpKind::PRelu).hiding(Hidden::Masks(1)),
        Op::Gelu(_) | Op::Sigmoid(_) | Op::LogSigmoid(_) => {
            Semantics::elementwise(OpKind::Activation).keeping(&[0])
        }
        Op::HardSigmoid(_) => Semantics::elementwise(OpKind::Activation).hiding(Hidden::Masks(2)),
        Op::Softmax(_) | Op::Softmin(_) => {
            Semantics::new(OpKind::Softmax).hiding(Hidden::Results(2))
        }
        Op::LogSoftmax(_) => Semantics::new(OpKind::Softmax).hiding(Hidden::Results(1)),
        Op::ReluBackward(_)
        | Op::GeluBackward(_)
        | Op::SigmoidBackward(_)
        | Op::LogSigmoidBackward(_) => Semantics::refused(GRADIENT),
    }
}
