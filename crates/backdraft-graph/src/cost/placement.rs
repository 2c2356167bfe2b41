//! Where the result of an operation, or of its backward step, is put.

use burn::backend::ir::{BaseOperationIr as Base, ModuleOperationIr as Module, OperationIr};

use crate::OpKind;
use crate::ir::node::Node;

/// Where a result is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// It is what was there, seen in another way.
    View,
    /// It overwrites a value of its size that nothing else needs, if there is one.
    Reuse,
    /// It gets memory of its own.
    New,
}

/// Where an operation's outputs are put.
pub(super) fn of_outputs(node: &Node) -> Placement {
    match (&node.op, node.kind) {
        (OperationIr::BaseFloat(op) | OperationIr::BaseInt(op) | OperationIr::BaseBool(op), _) => {
            match op {
                Base::Reshape(_)
                | Base::SwapDims(_)
                | Base::Permute(_)
                | Base::Expand(_)
                | Base::Slice(_) => Placement::View,
                Base::MaskFill(_) | Base::MaskWhere(_) => Placement::Reuse,
                _ => Placement::New,
            }
        }
        (OperationIr::Module(Module::Interpolate(_)), _) => Placement::New,
        (_, kind) if is_elementwise(kind) => Placement::Reuse,
        _ => Placement::New,
    }
}

/// Where the gradient of an operand is put.
pub(super) fn of_gradients(node: &Node) -> Placement {
    match (&node.op, node.kind) {
        (OperationIr::BaseFloat(Base::Reshape(_) | Base::SwapDims(_) | Base::Permute(_)), _)
        | (_, OpKind::Add) => Placement::View,
        // Half a step of a product needs the gradient for the other half.
        (_, OpKind::Multiply) | (OperationIr::Module(Module::Interpolate(_)), _) => Placement::New,
        (_, kind) if is_elementwise(kind) => Placement::Reuse,
        _ => Placement::New,
    }
}

/// Whether the output of a view lies in memory in another order than its operand.
pub(super) fn is_strided(node: &Node) -> bool {
    let reorders = |op: &Base| !matches!(op, Base::Reshape(_));
    match &node.op {
        OperationIr::BaseFloat(op) | OperationIr::BaseInt(op) | OperationIr::BaseBool(op) => {
            reorders(op)
        }
        _ => false,
    }
}

fn is_elementwise(kind: OpKind) -> bool {
    kind.is_rectifier()
        || matches!(
            kind,
            OpKind::Activation
                | OpKind::Elementwise
                | OpKind::Add
                | OpKind::Multiply
                | OpKind::Affine
                | OpKind::BatchNorm
                | OpKind::Choice
        )
}
