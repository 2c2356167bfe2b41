//! What composites do with operations that aren't layers with weights.

use backdraft_graph::{Derivative, NodeView, OpKind, RuleMap};
use burn::backend::ir::{BaseOperationIr as Base, NumericOperationIr as Numeric, OperationIr};

use crate::backprop::lrp::attending::attending;
use crate::backprop::lrp::rules::{Pass, Product, WinnerTakesAll, norm};

/// The rules of the operations that a composite doesn't name.
pub(super) fn rest() -> RuleMap {
    attending(1e-6)
        .rectifiers(Pass)
        .by_kind(OpKind::Activation, Pass)
        .by(is_function, Pass)
        .by(is_fill, Derivative)
        .by(is_scaling, Pass)
        .by_kind(OpKind::BatchNorm, Pass)
        .by_kinds([OpKind::Add, OpKind::Affine], norm())
        .by_kinds([OpKind::AveragePool, OpKind::Reduction], norm())
        .by_kinds([OpKind::MaxPool, OpKind::Maximum], WinnerTakesAll)
        .by_kinds([OpKind::Shape, OpKind::Choice], Derivative)
        .by_kind(OpKind::Multiply, Product)
}

/// A function of every element of one tensor.
fn is_function(node: &NodeView<'_>) -> bool {
    node.kind() == OpKind::Elementwise && node.op().inputs().count() == 1
}

/// Constants in the place of some elements, which keep their relevance.
fn is_fill(node: &NodeView<'_>) -> bool {
    matches!(node.op(), OperationIr::BaseFloat(Base::MaskFill(_)))
}

/// Scaling and shifting by a number, change of sign or of float type.
fn is_scaling(node: &NodeView<'_>) -> bool {
    matches!(
        node.op(),
        OperationIr::BaseFloat(Base::Cast(_))
            | OperationIr::NumericFloat(
                _,
                Numeric::AddScalar(_)
                    | Numeric::SubScalar(_)
                    | Numeric::MulScalar(_)
                    | Numeric::DivScalar(_)
                    | Numeric::Neg(_)
            )
    )
}
