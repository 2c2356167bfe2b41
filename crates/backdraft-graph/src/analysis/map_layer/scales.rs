//! The layers of a detector, one for each of its scales.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use burn::backend::ir::TensorId;

use crate::OpKind;
use crate::analysis::map_layer::dense::{as_good_as, only_changes_elements};
use crate::analysis::map_layer::positions::Positions;
use crate::ir::node::Node;

/// For each scale whose boxes the outputs list, the last layer of which they all are computed; none if the outputs list
/// no scales.
pub(super) fn layers<'a>(positions: &Positions<'a>) -> Option<Vec<&'a Node>> {
    let scales = listed(positions);
    let layers: Option<Vec<&Node>> = scales.into_iter().map(|it| common(positions, it)).collect();
    let layers = layers?;
    let is_one = |node: &&Node| layers.iter().any(|layer| std::ptr::eq(*layer, *node));
    let in_order: Vec<&Node> = positions.program.nodes.iter().filter(is_one).collect();
    (in_order.len() > 1).then_some(in_order)
}

/// The tensors that outputs list one after the other, by their number of positions.
fn listed(positions: &Positions<'_>) -> Vec<Vec<TensorId>> {
    let program = positions.program;
    let outputs = as_good_as(&program.outputs, positions, |node| {
        only_changes_elements(node) || matches!(node.kind, OpKind::Add | OpKind::Multiply)
    });
    let mut scales: BTreeMap<usize, Vec<TensorId>> = BTreeMap::new();
    for node in &program.nodes {
        if node.kind != OpKind::Shape || !node.computes_one_of(&outputs) {
            continue;
        }
        let parts = positions
            .operands(node)
            .map(|it| (positions.count(it.id), it.id));
        let parts: Vec<(usize, TensorId)> = parts.collect();
        let counts: BTreeSet<usize> = parts.iter().map(|&(count, _)| count).collect();
        if counts.len() > 1 {
            for (count, part) in parts {
                scales.entry(count).or_default().push(part);
            }
        }
    }
    scales.into_values().collect()
}

/// The last map of several channels, before the layers that predict, through which everything goes of which these
/// tensors are computed.
fn common<'a>(positions: &Positions<'a>, tensors: Vec<TensorId>) -> Option<&'a Node> {
    let program = positions.program;
    let predicted = as_good_as(&tensors, positions, only_changes_elements);
    let mut open: HashSet<TensorId> = tensors.into_iter().collect();
    for node in program.nodes.iter().rev() {
        if !node.computes_one_of(&open) {
            continue;
        }
        for output in node.op.outputs() {
            open.remove(&output.id);
        }
        let map = positions.feature_map(node).filter(|_| open.is_empty());
        if map.is_some_and(|map| map.channels() > 1) && !node.computes_one_of(&predicted) {
            return Some(node);
        }
        open.extend(positions.operands(node).map(|operand| operand.id));
    }
    None
}
