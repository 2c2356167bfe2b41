//! Operations that exist for tensors of every kind: moving, choosing, comparing and creating values.

use burn::backend::Backend;
use burn::backend::ir::BaseOperationIr as Op;

use crate::exec::frame::Frame;
use crate::exec::frame::{Outputs, bool, float, int};
use crate::exec::ops::refused;

/// The operations that Burn has once for each kind, alike but for their prefix.
macro_rules! moves {
    () => {
        Op::Reshape(_)
            | Op::SwapDims(_)
            | Op::Permute(_)
            | Op::Flip(_)
            | Op::Expand(_)
            | Op::Unfold(_)
            | Op::Slice(_)
            | Op::SliceAssign(_)
            | Op::Gather(_)
            | Op::Select(_)
            | Op::MaskWhere(_)
            | Op::MaskFill(_)
            | Op::RepeatDim(_)
            | Op::Cat(_)
    };
}

macro_rules! move_values {
    ($name:ident, $kind:ident, $reshape:ident, $swap_dims:ident, $permute:ident, $flip:ident,
     $expand:ident, $unfold:ident, $slice:ident, $slice_assign:ident, $gather:ident,
     $select:ident, $mask_where:ident, $mask_fill:ident, $repeat_dim:ident, $cat:ident) => {
        fn $name<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
            $kind(match op {
                Op::Reshape(op) => B::$reshape(frame.$kind(&op.input), op.out.shape.clone()),
                Op::SwapDims(op) => B::$swap_dims(frame.$kind(&op.input), op.dim1, op.dim2),
                Op::Permute(op) => B::$permute(frame.$kind(&op.input), &op.axes),
                Op::Flip(op) => B::$flip(frame.$kind(&op.input), &op.axes),
                Op::Expand(op) => B::$expand(frame.$kind(&op.input), op.out.shape.clone()),
                Op::Unfold(op) => B::$unfold(frame.$kind(&op.input), op.dim, op.size, op.step),
                Op::Slice(op) => B::$slice(frame.$kind(&op.tensor), &op.ranges),
                Op::SliceAssign(op) => {
                    let tensor = frame.$kind(&op.tensor);
                    B::$slice_assign(tensor, &op.ranges, frame.$kind(&op.value))
                }
                Op::Gather(op) => {
                    let tensor = frame.$kind(&op.tensor);
                    B::$gather(op.dim, tensor, frame.int(&op.indices))
                }
                Op::Select(op) => {
                    let tensor = frame.$kind(&op.tensor);
                    B::$select(tensor, op.dim, frame.int(&op.indices))
                }
                Op::MaskWhere(op) => {
                    let tensor = frame.$kind(&op.tensor);
                    let mask = frame.bool(&op.mask);
                    B::$mask_where(tensor, mask, frame.$kind(&op.value))
                }
                Op::MaskFill(op) => {
                    let tensor = frame.$kind(&op.tensor);
                    B::$mask_fill(tensor, frame.bool(&op.mask), op.value.into())
                }
                Op::RepeatDim(op) => B::$repeat_dim(frame.$kind(&op.tensor), op.dim, op.times),
                Op::Cat(op) => {
                    let tensors = op
                        .tensors
                        .iter()
                        .map(|tensor| frame.$kind(tensor))
                        .collect();
                    B::$cat(tensors, op.dim)
                }
                _ => unreachable!("`moves!` lists these operations"),
            })
        }
    };
}

move_values!(
    move_floats,
    float,
    float_reshape,
    float_swap_dims,
    float_permute,
    float_flip,
    float_expand,
    float_unfold,
    float_slice,
    float_slice_assign,
    float_gather,
    float_select,
    float_mask_where,
    float_mask_fill,
    float_repeat_dim,
    float_cat
);
move_values!(
    move_ints,
    int,
    int_reshape,
    int_swap_dims,
    int_permute,
    int_flip,
    int_expand,
    int_unfold,
    int_slice,
    int_slice_assign,
    int_gather,
    int_select,
    int_mask_where,
    int_mask_fill,
    int_repeat_dim,
    int_cat
);
move_values!(
    move_bools,
    bool,
    bool_reshape,
    bool_swap_dims,
    bool_permute,
    bool_flip,
    bool_expand,
    bool_unfold,
    bool_slice,
    bool_slice_assign,
    bool_gather,
    bool_select,
    bool_mask_where,
    bool_mask_fill,
    bool_repeat_dim,
    bool_cat
);

pub(super) fn on_floats<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        moves!() => move_floats(op, frame),
        Op::Cast(op) => float(B::float_cast(frame.float(&op.input), op.out.dtype.into())),
        Op::Scatter(op) => {
            let tensor = frame.float(&op.tensor);
            let indices = frame.int(&op.indices);
            float(B::float_scatter(
                op.dim,
                tensor,
                indices,
                frame.float(&op.value),
                op.update,
            ))
        }
        Op::ScatterNd(op) => {
            let data = frame.float(&op.data);
            let indices = frame.int(&op.indices);
            float(B::float_scatter_nd(
                data,
                indices,
                frame.float(&op.values),
                op.reduction,
            ))
        }
        Op::GatherNd(op) => {
            let data = frame.float(&op.data);
            float(B::float_gather_nd(data, frame.int(&op.indices)))
        }
        Op::SelectAssign(op) => {
            let tensor = frame.float(&op.tensor);
            let indices = frame.int(&op.indices);
            let value = frame.float(&op.value);
            float(B::float_select_assign(
                tensor, op.dim, indices, value, op.update,
            ))
        }
        Op::Equal(op) => frame.compare(op, B::float_equal),
        Op::EqualElem(op) => frame.compare_scalar(op, B::float_equal_elem),
        Op::NotEqual(op) => frame.compare(op, B::float_not_equal),
        Op::NotEqualElem(op) => frame.compare_scalar(op, B::float_not_equal_elem),
        Op::All(op) => bool(B::float_all(frame.float(&op.input), op.out.dtype.into())),
        Op::Any(op) => bool(B::float_any(frame.float(&op.input), op.out.dtype.into())),
        Op::AllDim(op) => bool(B::float_all_dim(
            frame.float(&op.input),
            op.axis,
            op.out.dtype.into(),
        )),
        Op::AnyDim(op) => bool(B::float_any_dim(
            frame.float(&op.input),
            op.axis,
            op.out.dtype.into(),
        )),
        Op::Zeros(op) | Op::Empty(op) => float(B::float_zeros(
            op.out.shape.clone(),
            frame.device(),
            op.out.dtype.into(),
        )),
        Op::Ones(op) => float(B::float_ones(
            op.out.shape.clone(),
            frame.device(),
            op.out.dtype.into(),
        )),
    }
}

pub(super) fn on_ints<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    match op {
        moves!() => move_ints(op, frame),
        Op::Cast(op) => int(B::int_cast(frame.int(&op.input), op.out.dtype.into())),
        Op::Scatter(op) => {
            let tensor = frame.int(&op.tensor);
            let indices = frame.int(&op.indices);
            int(B::int_scatter(
                op.dim,
                tensor,
                indices,
                frame.int(&op.value),
                op.update,
            ))
        }
        Op::ScatterNd(op) => {
            let data = frame.int(&op.data);
            let indices = frame.int(&op.indices);
            int(B::int_scatter_nd(
                data,
                indices,
                frame.int(&op.values),
                op.reduction,
            ))
        }
        Op::GatherNd(op) => {
            let data = frame.int(&op.data);
            int(B::int_gather_nd(data, frame.int(&op.indices)))
        }
        Op::SelectAssign(op) => {
            let tensor = frame.int(&op.tensor);
            let indices = frame.int(&op.indices);
            let value = frame.int(&op.value);
            int(B::int_select_assign(
                tensor, op.dim, indices, value, op.update,
            ))
        }
        Op::Equal(op) => frame.int_compare(op, B::int_equal),
        Op::EqualElem(op) => frame.int_compare_scalar(op, B::int_equal_elem),
        Op::NotEqual(op) => frame.int_compare(op, B::int_not_equal),
        Op::NotEqualElem(op) => frame.int_compare_scalar(op, B::int_not_equal_elem),
        Op::All(op) => bool(B::int_all(frame.int(&op.input), op.out.dtype.into())),
        Op::Any(op) => bool(B::int_any(frame.int(&op.input), op.out.dtype.into())),
        Op::AllDim(op) => bool(B::int_all_dim(
            frame.int(&op.input),
            op.axis,
            op.out.dtype.into(),
        )),
        Op::AnyDim(op) => bool(B::int_any_dim(
            frame.int(&op.input),
            op.axis,
            op.out.dtype.into(),
        )),
        Op::Zeros(op) | Op::Empty(op) => int(B::int_zeros(
            op.out.shape.clone(),
            frame.device(),
            op.out.dtype.into(),
        )),
        Op::Ones(op) => int(B::int_ones(
            op.out.shape.clone(),
            frame.device(),
            op.out.dtype.into(),
        )),
    }
}

pub(super) fn on_bools<B: Backend>(op: &Op, frame: &mut Frame<B>) -> Outputs<B> {
    bool(match op {
        moves!() => return move_bools(op, frame),
        Op::Scatter(op) => {
            let tensor = frame.bool(&op.tensor);
            let indices = frame.int(&op.indices);
            B::bool_scatter_or(op.dim, tensor, indices, frame.bool(&op.value))
        }
        Op::SelectAssign(op) => {
            let tensor = frame.bool(&op.tensor);
            let indices = frame.int(&op.indices);
            B::bool_select_or(tensor, op.dim, indices, frame.bool(&op.value))
        }
        Op::Equal(op) => {
            let lhs = frame.bool(&op.lhs);
            B::bool_equal(lhs, frame.bool(&op.rhs))
        }
        Op::NotEqual(op) => {
            let lhs = frame.bool(&op.lhs);
            B::bool_not_equal(lhs, frame.bool(&op.rhs))
        }
        Op::EqualElem(op) => B::bool_equal_elem(frame.bool(&op.lhs), op.rhs.into()),
        Op::NotEqualElem(op) => B::bool_not_equal_elem(frame.bool(&op.lhs), op.rhs.into()),
        Op::All(op) => B::bool_all(frame.bool(&op.input)),
        Op::Any(op) => B::bool_any(frame.bool(&op.input)),
        Op::AllDim(op) => B::bool_all_dim(frame.bool(&op.input), op.axis),
        Op::AnyDim(op) => B::bool_any_dim(frame.bool(&op.input), op.axis),
        Op::Zeros(op) | Op::Empty(op) => {
            B::bool_zeros(op.out.shape.clone(), frame.device(), op.out.dtype.into())
        }
        Op::Ones(op) => B::bool_ones(op.out.shape.clone(), frame.device(), op.out.dtype.into()),
        Op::Cast(_) | Op::ScatterNd(_) | Op::GatherNd(_) => refused(),
    })
}
