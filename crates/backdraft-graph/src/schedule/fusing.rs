//! What one run computes together: what nobody looks at alone, and no rule treats alone.

use std::sync::Arc;

use crate::OperandRole;
use crate::ir::graph::index;
use crate::rules::Rule;
use crate::schedule::compiler::Compiler;
use crate::schedule::fused_op::FusedOp;

impl<'g> Compiler<'g> {
    /// What is computed together with the layer at a position: what nobody looks at alone, and no rule treats alone.
    pub(super) fn fused(&self, position: usize) -> Option<FusedOp<'g>> {
        let fusion = self.graph.fusion(position)?;
        let node = &self.graph.nodes[position];
        let roles = self.roles(&node.op);
        if roles[1..].contains(&OperandRole::Tracked) {
            return None;
        }
        let is_tracked = roles[0] == OperandRole::Tracked;
        let mut fused = FusedOp::layer(position, &node.op);
        if is_tracked && let Some(rule) = self.replacement(position, &roles) {
            if let Some(norm) = &fusion.norm
                && rule.folds_normalization()
                && !self.asked(node).replaced
            {
                fused.take_in_norm(norm);
            }
            return Some(fused);
        }
        if is_tracked && (self.remembers || self.has_say(position)) {
            return Some(fused);
        }
        if let Some(norm) = &fusion.norm {
            if !(norm.is_precise && self.takes_in(position, norm.position, is_tracked)) {
                return Some(fused);
            }
            fused.take_in_norm(norm);
        }
        if let Some(next) = &fusion.activation {
            let (last, next_at) = (fused.last(), next.position);
            let sees_output = !self.is_seen(last) && self.rule_of_output(next_at).is_some();
            if sees_output || self.takes_in(last, next_at, is_tracked) {
                fused.take_in_activation(next);
            }
        }
        Some(fused)
    }

    /// Whether somebody looks at what an operation computes.
    fn is_seen(&self, position: usize) -> bool {
        self.asked(&self.graph.nodes[position]).anything()
    }

    /// The rule of a rectifier that needs nothing but the output.
    pub(super) fn rule_of_output(&self, position: usize) -> Option<Arc<dyn Rule>> {
        self.rule_of_first(position)
            .filter(|rule| !(rule.needs_input() || rule.needs_reference()))
    }

    /// Whether nobody sees the tensor between two operations, and a gradient flows through the second of them, if it
    /// does, by its derivative.
    fn takes_in(&self, last: usize, next: usize, is_tracked: bool) -> bool {
        !(self.is_seen(last) || is_tracked && self.has_say(next))
    }

    /// Whether the rules have something to say of an operation through whose first operand a gradient flows.
    fn has_say(&self, position: usize) -> bool {
        let is_left_out = self.request.rules.is_strict() && self.rule(position).is_none();
        is_left_out || self.rule_of_first(position).is_some()
    }

    /// The rule that takes the place of an operation's derivative by its first operand.
    fn rule_of_first(&self, position: usize) -> Option<Arc<dyn Rule>> {
        let mut roles = self.roles(&self.graph.nodes[position].op);
        roles[0] = OperandRole::Tracked;
        self.replacement(position, &roles)
    }

    /// Where a rule folds a normalization and the gradient of the layer's own output is asked for, that of the
    /// normalized values is given.
    pub(super) fn differentiate_folded(&mut self) {
        for (layer, fusion) in self.graph.fusions() {
            let node = &self.graph.nodes[layer];
            let asked = self.asked(node);
            let Some(norm) = &fusion.norm else {
                continue;
            };
            if !asked.differentiated || asked.replaced || !self.folds(layer) {
                continue;
            }
            let norm = &self.graph.nodes[norm.position];
            if let (Some(own), Some(normalized)) = (node.output(), norm.output()) {
                self.tensors[index(own.id)].differentiate(false);
                self.tensors[index(normalized.id)].differentiate(true);
                self.same_gradient.push((own.id, normalized.id));
            }
        }
    }

    /// Whether the rule for a layer folds the normalization after it.
    fn folds(&self, layer: usize) -> bool {
        self.rule_of_first(layer)
            .is_some_and(|rule| rule.folds_normalization())
    }
}
