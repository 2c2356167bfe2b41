//! Operations that exist for integers only.

use burn::backend::Backend;
use burn::backend::ir::IntOperationIr as Op;

use crate::exec::frame::Frame;
use crate::exec::frame::{Outputs, float, int};

pub(super) fn evaluate<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        Op::IntoFloat(op) => float(B::int_into_float(frame.int(&op.input), op.out.dtype.into())),
        Op::Matmul(op) => {
            let lhs = frame.int(&op.lhs);
            int(B::int_matmul(lhs, frame.int(&op.rhs)))
        }
        Op::BitwiseAnd(op) => frame.int_zip(op, B::bitwise_and),
        Op::BitwiseAndScalar(op) => frame.int_scalar(op, B::bitwise_and_scalar),
        Op::BitwiseOr(op) => frame.int_zip(op, B::bitwise_or),
        Op::BitwiseOrScalar(op) => frame.int_scalar(op, B::bitwise_or_scalar),
        Op::BitwiseXor(op) => frame.int_zip(op, B::bitwise_xor),
        Op::BitwiseXorScalar(op) => frame.int_scalar(op, B::bitwise_xor_scalar),
        Op::BitwiseNot(op) => frame.int_map(op, B::bitwise_not),
        Op::BitwiseLeftShift(op) => frame.int_zip(op, B::bitwise_left_shift),
        Op::BitwiseLeftShiftScalar(op) => frame.int_scalar(op, B::bitwise_left_shift_scalar),
        Op::BitwiseRightShift(op) => frame.int_zip(op, B::bitwise_right_shift),
        Op::BitwiseRightShiftScalar(op) => frame.int_scalar(op, B::bitwise_right_shift_scalar),
    }
}
