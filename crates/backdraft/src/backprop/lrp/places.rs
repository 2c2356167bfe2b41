//! Layers with weights.

use backdraft_graph::{NodeView, OpKind};

/// Whether an operation is a layer with weights: a convolution or a dense layer.
pub fn is_weighted(node: &NodeView<'_>) -> bool {
    is_convolution(node) || is_dense(node)
}

/// Whether an operation is a convolution, transposed or not, whose weights depend on no input.
pub fn is_convolution(node: &NodeView<'_>) -> bool {
    let kinds = [OpKind::Convolution, OpKind::TransposedConvolution];
    kinds.contains(&node.kind()) && !node.depends_on_input(1)
}

/// Whether an operation is a dense layer, or a matrix product with weights that depend on no input.
pub fn is_dense(node: &NodeView<'_>) -> bool {
    match node.kind() {
        OpKind::Linear => !node.depends_on_input(1),
        OpKind::MatMul => !(node.depends_on_input(0) && node.depends_on_input(1)),
        _ => false,
    }
}
