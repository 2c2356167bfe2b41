//! Layers of a network whose output has positions itself.

use std::collections::{BTreeMap, HashSet};

use burn::backend::ir::TensorId;

use crate::OpKind;
use crate::analysis::map_layer::positions::Positions;
use crate::ir::node::Node;

/// How many layers are named.
const NAMED: usize = 3;

/// Of the layers with each number of positions the last one with several channels, fewest positions first.
pub(super) fn by_resolution<'a>(positions: &Positions<'a>) -> Vec<&'a Node> {
    let mut last: BTreeMap<usize, &Node> = BTreeMap::new();
    let program = positions.program;
    let outputs = as_good_as(&program.outputs, positions, only_changes_elements);
    let candidates = program.nodes.iter().filter(|node| {
        !node.computes_one_of(&outputs) && node.kind != OpKind::Shape && !node.name.is_empty()
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
    tensors: &[TensorId],
    positions: &Positions<'_>,
    pass: fn(&Node) -> bool,
) -> HashSet<TensorId> {
    let begins = |tensor| !positions.producer(tensor).is_some_and(pass);
    positions.program.needed(tensors, begins).tensors
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
