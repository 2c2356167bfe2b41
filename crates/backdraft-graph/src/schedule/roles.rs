//! What rules that reach through layers ask of an operation.

use burn::backend::ir::{ModuleOperationIr, OperationIr};

use crate::ir::node::Node;
use crate::{OpKind, OperandRole};

/// Whether a gradient flows to the first operand, and the others are constant.
pub(super) fn varies_first_only(roles: &[OperandRole]) -> bool {
    let constant = |role: &OperandRole| *role == OperandRole::Constant;
    matches!(roles, [OperandRole::Tracked, others @ ..] if others.iter().all(constant))
}

/// Whether the operation is linear in its first operand, and not merely affine in all of them together.
pub(super) fn is_linear_layer(node: &Node) -> bool {
    match node.kind {
        OpKind::Linear | OpKind::TransposedConvolution => true,
        OpKind::Convolution => !matches!(
            node.op,
            OperationIr::Module(ModuleOperationIr::DeformableConv2d(_))
        ),
        _ => false,
    }
}
