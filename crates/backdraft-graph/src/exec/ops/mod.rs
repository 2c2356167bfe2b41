//! What every recorded operation computes, family by family.

mod base;
mod float;
mod int;
mod module;
mod numeric;

use burn::backend::Backend;
use burn::backend::ir::{BoolOperationIr, OperationIr};

use crate::backend::max_pool::MaxPooling;
use crate::exec::frame::{Outputs, bool, float as float_out, int as int_out};

use crate::exec::frame::Frame;

/// Computes one operation on its operands.
pub(crate) fn evaluate<B: MaxPooling>(op: &OperationIr, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        OperationIr::BaseFloat(op) => base::on_floats(op, frame),
        OperationIr::BaseInt(op) => base::on_ints(op, frame),
        OperationIr::BaseBool(op) => base::on_bools(op, frame),
        OperationIr::NumericFloat(_, op) => numeric::on_floats(op, frame),
        OperationIr::NumericInt(_, op) => numeric::on_ints(op, frame),
        OperationIr::Float(_, op) => float::evaluate(op, frame),
        OperationIr::Activation(op) => float::activation(op, frame),
        OperationIr::Int(op) => int::evaluate(op, frame),
        OperationIr::Bool(op) => logic(op, frame),
        OperationIr::Module(op) => module::evaluate(op, frame),
        OperationIr::Init(_)
        | OperationIr::Custom(_)
        | OperationIr::Drop(_)
        | OperationIr::Distributed(_) => refused(),
    }
}

/// Operations that `support::check` keeps out of every graph.
pub(super) fn refused() -> ! {
    unreachable!("unsupported operations are refused when a network is captured")
}

fn logic<B: Backend>(op: &BoolOperationIr, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        BoolOperationIr::IntoFloat(op) => float_out(B::bool_into_float(
            frame.bool(&op.input),
            op.out.dtype.into(),
        )),
        BoolOperationIr::IntoInt(op) => {
            int_out(B::bool_into_int(frame.bool(&op.input), op.out.dtype.into()))
        }
        BoolOperationIr::Not(op) => bool(B::bool_not(frame.bool(&op.input))),
        BoolOperationIr::And(op) => {
            let lhs = frame.bool(&op.lhs);
            bool(B::bool_and(lhs, frame.bool(&op.rhs)))
        }
        BoolOperationIr::Or(op) => {
            let lhs = frame.bool(&op.lhs);
            bool(B::bool_or(lhs, frame.bool(&op.rhs)))
        }
        BoolOperationIr::Xor(op) => {
            let lhs = frame.bool(&op.lhs);
            bool(B::bool_xor(lhs, frame.bool(&op.rhs)))
        }
    }
}
