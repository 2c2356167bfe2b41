//! Layers of a network whose output has positions itself.

use std::collections::{BTreeMap, HashSet};

use burn::backend::ir::TensorId;

use crate::OpKind;
use crate::analysis::map_layer::positions::Positions;
use crate::ir::node::Node;
use crate::ir::program::Program;

/// How many layers are named.
const NAMED: usize = 3;

/// Of the layers with each number of positions the last one with several channels, fewest positions first.
pub(super) fn by_resolution<'a>(positions: &Positions<'a>) -> Vec<&'a Node> {
    let mut last: BTreeMap<usize, &Node> = BTreeMap::new();
    let program = positions.program;
    let outputs = as_good_as(program.outputs.clone(), program, only_changes_elements);
    let candidates = program.nodes.iter().filter(|node| {
        let is_output = node.op.outputs().any(|output| outputs.contains(&output.id));
        !is_output && node.kind != OpKind::Shape && !node.name.is_empty()
    });
    for node in candidates {
        if let Some(map) = positions.feature_map(node)
            && map.channels() > 1
            && map.space.iter().all(|space| space.places.len() > 1)
        {
            let count = map.space.iter().map(|space| space.places.len()).product();
            last.insert(count, node);
        }
    }
    last.into_values().take(NAMED).collect()
}

/// These tensors, and those that become one of them through nothing but operations that `pass`.
pub(super) fn as_good_as(
    tensors: impl IntoIterator<Item = TensorId>,
    program: &Program,
    pass: fn(&Node) -> bool,
) -> HashSet<TensorId> {
    let mut found: HashSet<TensorId> = tensors.into_iter().collect();
    for node in program.nodes.iter().rev() {
        if pass(node) && node.op.outputs().any(|it| found.contains(&it.id)) {
            found.extend(node.op.inputs().map(|operand| operand.id));
        }
    }
    found
}

/// Whether an operation changes one element at a time, or moves elements.
pub(super) fn only_changes_elements(node: &Node) -> bool {
    node.kind.is_rectifier()
        || matches!(
            node.kind,
            OpKind::Activation
                | OpKind::Elementwise
                | OpKind::Softmax
                | OpKind::Affine
                | OpKind::Shape
        )
}
