//! Removes operations that no output needs.

use crate::ir::graph::Graph;

pub(crate) fn remove(graph: &mut Graph) {
    let needed = graph.needed(&graph.outputs, |_| false);
    let mut keep = needed.nodes.into_iter();
    graph.nodes.retain(|_| keep.next().unwrap_or(false));
    graph.constants.retain(|id, _| needed.tensors.contains(id));
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
        let labels: Vec<String> = graph
            .nodes
            .iter()
            .map(crate::ir::node::Node::label)
            .collect();
        assert_eq!(labels, ["Sin"]);
    }
}
