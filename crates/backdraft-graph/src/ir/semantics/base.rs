//! Moving, choosing and comparing values of any type.

use burn::backend::ir::{BaseOperationIr as Op, ScatterNdOpIr, ScatterOpIr, SelectAssignOpIr};
use burn::backend::tensor::IndexingUpdateOp;

use crate::OpKind;
use crate::ir::semantics::refusal::UNDEFINED;
use crate::ir::semantics::row::{Flops, Placement, Semantics};

const MOVES: Semantics = Semantics::new(OpKind::Shape).counted(Flops::Nothing);

/// Of floats and integers.
pub(super) fn of(op: &Op) -> Semantics {
    match op {
        Op::Reshape(_) => MOVES.placed(Placement::View, Placement::View),
        Op::SwapDims(_) | Op::Permute(_) => MOVES.placed(Placement::StridedView, Placement::View),
        Op::Expand(_) | Op::Slice(_) => MOVES.placed(Placement::StridedView, Placement::New),
        Op::Flip(_)
        | Op::Unfold(_)
        | Op::SliceAssign(_)
        | Op::Select(_)
        | Op::Gather(_)
        | Op::GatherNd(_)
        | Op::RepeatDim(_)
        | Op::Cat(_) => MOVES,
        Op::Cast(_) => Semantics::new(OpKind::Affine).placed(Placement::New, Placement::Reuse),
        Op::Scatter(ScatterOpIr { update, .. })
        | Op::SelectAssign(SelectAssignOpIr { update, .. })
        | Op::ScatterNd(ScatterNdOpIr {
            reduction: update, ..
        }) => of_update(*update),
        Op::MaskFill(_) => Semantics::elementwise(OpKind::Elementwise).keeping(&[1]),
        Op::MaskWhere(_) => Semantics::elementwise(OpKind::Choice).keeping(&[1]),
        Op::Equal(_)
        | Op::EqualElem(_)
        | Op::NotEqual(_)
        | Op::NotEqualElem(_)
        | Op::All(_)
        | Op::Any(_)
        | Op::AllDim(_)
        | Op::AnyDim(_)
        | Op::Empty(_)
        | Op::Ones(_)
        | Op::Zeros(_) => Semantics::new(OpKind::Other),
    }
}

/// Of booleans, for which Burn lacks some.
pub(super) fn of_bool(op: &Op) -> Semantics {
    let is_defined = match op {
        Op::Cast(_) | Op::ScatterNd(_) | Op::GatherNd(_) => false,
        Op::Scatter(ScatterOpIr { update, .. })
        | Op::SelectAssign(SelectAssignOpIr { update, .. }) => *update == IndexingUpdateOp::Add,
        Op::Reshape(_)
        | Op::SwapDims(_)
        | Op::Permute(_)
        | Op::Flip(_)
        | Op::Expand(_)
        | Op::Unfold(_)
        | Op::Slice(_)
        | Op::SliceAssign(_)
        | Op::Select(_)
        | Op::MaskWhere(_)
        | Op::MaskFill(_)
        | Op::Gather(_)
        | Op::RepeatDim(_)
        | Op::Cat(_)
        | Op::Equal(_)
        | Op::EqualElem(_)
        | Op::NotEqual(_)
        | Op::NotEqualElem(_)
        | Op::All(_)
        | Op::Any(_)
        | Op::AllDim(_)
        | Op::AnyDim(_)
        | Op::Empty(_)
        | Op::Ones(_)
        | Op::Zeros(_) => true,
    };
    if is_defined {
        of(op)
    } else {
        of(op).refusing(UNDEFINED)
    }
}

/// Writing values at indices.
fn of_update(update: IndexingUpdateOp) -> Semantics {
    match update {
        IndexingUpdateOp::Assign => MOVES,
        IndexingUpdateOp::Add => {
            Semantics::new(OpKind::Affine).placed(Placement::New, Placement::Reuse)
        }
        IndexingUpdateOp::Mul | IndexingUpdateOp::Min | IndexingUpdateOp::Max => {
            Semantics::new(OpKind::Other)
        }
    }
}
