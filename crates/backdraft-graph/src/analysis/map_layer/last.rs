//! The last layer with positions.

use burn::backend::ir::{FloatOperationIr as Float, OperationIr, TensorId, TensorIr};

use crate::OpKind;
use crate::analysis::map_layer::positions::Positions;
use crate::ir::node::Node;

/// The layer whose positions the computation of `output` loses last.
pub(super) fn layer<'a>(positions: &Positions<'a>, output: TensorId) -> Option<&'a Node> {
    let program = positions.program;
    let needed = program.needed(&[output], |_| false).nodes;
    let mut nodes = program.nodes.iter().zip(needed).rev();
    nodes.find_map(|(node, needed)| {
        let operands = positions.operands(node).filter(|_| needed);
        let mut ends: Vec<&TensorIr> = operands.filter(|it| ends(positions, node, it)).collect();
        ends.sort_by_key(|operand| are_weights(positions, operand));
        ends.into_iter()
            .find_map(|operand| before(positions, node, operand))
    })
}

/// Whether an operation loses an operand's positions, of which the output is computed. What only takes out a class
/// token needs none of them.
fn ends(positions: &Positions<'_>, node: &Node, operand: &TensorIr) -> bool {
    let Some(output) = node.output() else {
        return false;
    };
    let mixes_tokens = match &node.op {
        OperationIr::Float(_, Float::Matmul(product)) => product.rhs.id == operand.id,
        _ => node.kind == OpKind::Attention && !is_first(node, operand),
    };
    let keeps = positions.are_in(output.id) && !mixes_tokens;
    let takes_out =
        node.kind == OpKind::Shape && output.shape.num_elements() < operand.shape.num_elements();
    !keeps && !takes_out
}

/// Whether an operand is the weights of an attention, which say how much of its values is read at each position:
/// the values are what is there.
fn are_weights(positions: &Positions<'_>, operand: &TensorIr) -> bool {
    let mut node = positions.producer(operand.id);
    while let Some(shaped) = node.filter(|node| node.kind == OpKind::Shape) {
        let before = shaped.op.inputs().next();
        node = before.and_then(|before| positions.producer(before.id));
    }
    node.is_some_and(|node| node.kind == OpKind::Softmax)
}

/// The layer of which an operand that loses its positions is a pooled or rearranged form, for attention also a
/// projected one.
fn before<'a>(positions: &Positions<'a>, end: &Node, operand: &TensorIr) -> Option<&'a Node> {
    let is_attention = matches!(end.kind, OpKind::Attention | OpKind::MatMul);
    let mut node = positions.producer(operand.id)?;
    loop {
        let passes = match node.kind {
            OpKind::Shape
            | OpKind::MaxPool
            | OpKind::AveragePool
            | OpKind::Reduction
            | OpKind::Maximum => true,
            OpKind::Linear | OpKind::Affine => is_attention,
            _ => false,
        };
        if !passes {
            break;
        }
        node = positions.producer(positions.operands(node).next()?.id)?;
    }
    positions.feature_map(node).map(|_| node)
}

fn is_first(node: &Node, operand: &TensorIr) -> bool {
    node.op
        .inputs()
        .next()
        .is_some_and(|first| first.id == operand.id)
}
