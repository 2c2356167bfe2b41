//! What every operation does to its operands' dimensions: one small function for each family, and a decision for each
//! operation.

mod base;
mod elementwise;
mod float;
mod geometry;
mod layers;
mod mixing;
mod numeric;

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, BoolOperationIr as Bool,
    IntOperationIr as Int, OperationIr, TensorIr,
};

use crate::analysis::axes::trace::{Steps, Tracer};
use crate::ir::axes::axis::Origin;
use crate::ir::axes::dimension::Dimension;

/// What the dimensions of an operation's first output stand for.
pub(super) fn dimensions(tracer: &mut Tracer, op: &OperationIr) -> Vec<Dimension> {
    match op {
        OperationIr::BaseFloat(op) | OperationIr::BaseInt(op) | OperationIr::BaseBool(op) => {
            base::dimensions(tracer, op)
        }
        OperationIr::NumericFloat(_, op) | OperationIr::NumericInt(_, op) => {
            numeric::dimensions(tracer, op)
        }
        OperationIr::Float(_, op) => float::dimensions(tracer, op),
        OperationIr::Int(op) => int(tracer, op),
        OperationIr::Bool(op) => bool(tracer, op),
        OperationIr::Activation(op) => activation(tracer, op),
        OperationIr::Module(op) => layers::dimensions(tracer, op),
        // What can't be replayed isn't in a graph.
        OperationIr::Custom(_)
        | OperationIr::Distributed(_)
        | OperationIr::Init(_)
        | OperationIr::Drop(_) => Vec::new(),
    }
}

/// From which steps of a sequence an operation's outputs are computed.
pub(super) fn steps(tracer: &mut Tracer, op: &OperationIr) -> Vec<Steps> {
    let mut steps = tracer.steps(op.inputs());
    if let OperationIr::BaseFloat(Base::Slice(op)) | OperationIr::BaseInt(Base::Slice(op)) = op {
        steps.extend(base::taken(tracer, op));
    }
    steps
}

fn int(tracer: &mut Tracer, op: &Int) -> Vec<Dimension> {
    match op {
        Int::IntoFloat(op) => tracer.dimensions(&op.input),
        Int::BitwiseNot(op) => tracer.dimensions(&op.input),
        Int::BitwiseAnd(op)
        | Int::BitwiseOr(op)
        | Int::BitwiseXor(op)
        | Int::BitwiseLeftShift(op)
        | Int::BitwiseRightShift(op) => elementwise::met(tracer, &[&op.lhs, &op.rhs]),
        Int::BitwiseAndScalar(op)
        | Int::BitwiseOrScalar(op)
        | Int::BitwiseXorScalar(op)
        | Int::BitwiseLeftShiftScalar(op)
        | Int::BitwiseRightShiftScalar(op) => tracer.dimensions(&op.lhs),
        Int::Matmul(op) => mixing::product(tracer, &op.lhs, &op.rhs),
    }
}

fn bool(tracer: &mut Tracer, op: &Bool) -> Vec<Dimension> {
    match op {
        Bool::IntoFloat(op) | Bool::IntoInt(op) => tracer.dimensions(&op.input),
        Bool::Not(op) => tracer.dimensions(&op.input),
        Bool::And(op) | Bool::Or(op) | Bool::Xor(op) => {
            elementwise::met(tracer, &[&op.lhs, &op.rhs])
        }
    }
}

fn activation(tracer: &mut Tracer, op: &Activation) -> Vec<Dimension> {
    match op {
        Activation::Relu(op)
        | Activation::Gelu(op)
        | Activation::Sigmoid(op)
        | Activation::LogSigmoid(op) => tracer.dimensions(&op.input),
        Activation::LeakyRelu(op) => tracer.dimensions(&op.lhs),
        Activation::PRelu(op) => tracer.dimensions(&op.lhs),
        Activation::HardSigmoid(op) => tracer.dimensions(&op.tensor),
        Activation::Softmax(op) | Activation::LogSoftmax(op) | Activation::Softmin(op) => {
            mixing::mixed(tracer, &op.input, op.axis)
        }
        // Steps of a backward pass aren't in a graph.
        Activation::ReluBackward(_)
        | Activation::GeluBackward(_)
        | Activation::SigmoidBackward(_)
        | Activation::LogSigmoidBackward(_) => Vec::new(),
    }
}

/// Dimensions of a tensor whose elements are all the same.
fn blank(tracer: &mut Tracer, out: &TensorIr) -> Vec<Dimension> {
    let new = |&size| Dimension::new(Origin::Blank, size, &mut tracer.table);
    out.shape.iter().map(new).collect()
}

/// Dimensions of which nothing is known.
fn unknown(tracer: &mut Tracer, out: &TensorIr) -> Vec<Dimension> {
    let new = |&size| Dimension::new(Origin::Unknown, size, &mut tracer.table);
    out.shape.iter().map(new).collect()
}

/// The operand's dimensions, with another one at a position.
fn replaced(
    tracer: &mut Tracer,
    operand: &TensorIr,
    position: usize,
    origin: Origin,
    size: usize,
) -> Vec<Dimension> {
    let mut dimensions = tracer.dimensions(operand);
    dimensions[position] = Dimension::new(origin, size, &mut tracer.table);
    dimensions
}
