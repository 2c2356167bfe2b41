//! Removes operations that no output needs.

use std::collections::HashSet;

use burn::backend::ir::TensorId;

use crate::graph::Graph;

pub(super) fn remove(graph: &mut Graph) {
    let mut needed: HashSet<TensorId> = graph.outputs.iter().copied().collect();
    let mut keep = vec![false; graph.nodes.len()];
    for (node, keep) in graph.nodes.iter().zip(&mut keep).rev() {
        if node.op.outputs().any(|tensor| needed.contains(&tensor.id)) {
            *keep = true;
            needed.extend(node.op.inputs().map(|tensor| tensor.id));
        }
    }
    let mut keep = keep.into_iter();
    graph.nodes.retain(|_| keep.next().unwrap_or(false));
    graph.constants.retain(|id, _| needed.contains(id));
}

#[cfg(test)]
mod tests {
    use crate::testing::record;
    use burn::tensor::Tensor;

    #[test]
    fn what_no_output_needs_is_gone() {
        let graph = record([1, 2], |x: Tensor<2>| {
            let _unused = x.clone().exp().log();
            x.sin()
        });
        let labels: Vec<String> = graph.nodes.iter().map(crate::graph::Node::label).collect();
        assert_eq!(labels, ["Sin"]);
    }
}
