//! What composites do with operations that aren't layers with weights.

use backdraft_graph::{Derivative, OpKind, RuleMap};

use crate::backprop::lrp::rules::{Norm, Pass};

/// The rules of the operations that a composite doesn't name.
pub(super) fn rest() -> RuleMap {
    RuleMap::new()
        .rectifiers(Pass)
        .by_kind(OpKind::Activation, Pass)
        .by_kind(OpKind::Affine, Pass)
        .by_kind(OpKind::BatchNorm, Pass)
        .by_kinds([OpKind::Add, OpKind::AveragePool, OpKind::Reduction], Norm)
        .by_kinds(
            [OpKind::MaxPool, OpKind::Maximum, OpKind::Shape],
            Derivative,
        )
}
