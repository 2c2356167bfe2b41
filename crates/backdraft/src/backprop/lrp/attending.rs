//! What composites do with attention, normalizations and gates.

use backdraft_graph::{Fact, NodeView, OpKind, RuleMap};

use crate::backprop::lrp::rules::{
    Attention, Halves, LayerNorm, Only, Pass, Softmax, epsilon, norm,
};

/// The rules of attention, of normalizations and of gates, with what is added to denominators.
pub(super) fn attending(stabilizer: f64) -> RuleMap {
    signals()
        .by_kind(OpKind::LayerNorm, LayerNorm::new(stabilizer))
        .by_kind(OpKind::Softmax, Softmax)
        .by_kind(OpKind::MatMul, Halves::new(stabilizer))
        .by_kind(OpKind::Attention, Attention::new(stabilizer))
}

/// The same with attention weights as constants.
pub(super) fn attending_with_constant_weights(stabilizer: f64) -> RuleMap {
    let applies_weights = |node: &NodeView<'_>| node.has_fact(0, Fact::AttentionWeights);
    RuleMap::new()
        .by(applies_weights, Only::operand(1, epsilon(stabilizer)))
        .by_kind(
            OpKind::Attention,
            Attention::new(stabilizer).with_constant_weights(),
        )
        .or_else(attending(stabilizer))
}

/// Sums by the epsilon rule with another stabilizer than the usual one.
pub(super) fn sums(stabilizer: f64) -> RuleMap {
    let kinds = [OpKind::Add, OpKind::Reduction, OpKind::AveragePool];
    RuleMap::new().by_kinds(kinds, norm().with_stabilizer(stabilizer))
}

/// Products of a signal with a gate, or with a statistic of itself: all to the signal.
fn signals() -> RuleMap {
    let facts = [Fact::Gate, Fact::NormalizationStatistic];
    let is_scale = move |node: &NodeView<'_>, operand: usize| {
        facts.into_iter().any(|fact| node.has_fact(operand, fact))
    };
    RuleMap::new()
        .by(move |node| is_scale(node, 0), Only::operand(1, Pass))
        .by(move |node| is_scale(node, 1), Only::operand(0, Pass))
}
