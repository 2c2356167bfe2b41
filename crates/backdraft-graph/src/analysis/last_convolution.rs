//! The last activation of the last convolution.

use crate::OpKind;
use crate::ir::graph::{Graph, index};
use crate::ir::node::Node;

/// The last activation with spatial extent before the head: the last operation that is computed from the
/// last convolution and has its shape, such as normalization, activation or a residual sum after it.
pub(crate) fn find(graph: &Graph) -> Option<&Node> {
    let start = graph.nodes.iter().rposition(is_spatial_convolution)?;
    let shape = &graph.nodes[start].output()?.shape;
    let mut reached = vec![false; graph.tensor_count()];
    let mut last = start;
    for (position, node) in graph.nodes.iter().enumerate().skip(start) {
        let follows = node.op.inputs().any(|tensor| reached[index(tensor.id)]);
        let Some(output) = node.output().filter(|_| follows || position == start) else {
            continue;
        };
        reached[index(output.id)] = true;
        let keeps_values = node.kind != OpKind::Shape && output.dtype.is_float();
        if output.shape == *shape && keeps_values {
            last = position;
        }
    }
    Some(&graph.nodes[last])
}

fn is_spatial_convolution(node: &Node) -> bool {
    let convolution = matches!(
        node.kind,
        OpKind::Convolution | OpKind::TransposedConvolution
    );
    let extent = node
        .output()
        .map_or(1, |output| output.shape.iter().skip(2).product());
    convolution && extent > 1
}
