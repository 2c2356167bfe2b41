//! Which operations a composite's entries are for.

use backdraft_graph::{NodeView, OpKind};

/// Whether an operation is a layer with weights: a convolution, transposed or not, or a dense layer.
pub fn is_weighted(node: &NodeView<'_>) -> bool {
    is_convolution(node) || is_dense(node)
}

/// Whether an operation is a convolution, transposed or not.
pub fn is_convolution(node: &NodeView<'_>) -> bool {
    matches!(
        node.kind(),
        OpKind::Convolution | OpKind::TransposedConvolution
    )
}

/// Whether an operation is a dense layer.
pub fn is_dense(node: &NodeView<'_>) -> bool {
    node.kind() == OpKind::Linear
}
