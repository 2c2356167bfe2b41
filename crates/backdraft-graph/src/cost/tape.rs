//! What Burn's autodiff keeps of an operation until its backward step.

use burn::backend::ir::{ModuleOperationIr as Module, OperationIr};

use crate::OperandRole;
use crate::cost::cost::{bytes, elements};
use crate::cost::flops::attention_scores;
use crate::ir::node::Node;
use crate::ir::semantics::row::{Hidden, KeptOperands};

/// Bytes of an element of a mask, and of an index.
const MASK: u64 = 1;
const INDEX: u64 = 8;

/// What the tape keeps.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// Positions of operands.
    pub(super) operands: Vec<usize>,
    /// Bytes of what isn't a tensor of the graph: masks, indices, results between the steps of an operation that
    /// Burn differentiates in several.
    pub(super) hidden: u64,
}

/// What the tape keeps of an operation with such operands, one of them tracked.
pub(super) fn kept(node: &Node, roles: &[OperandRole]) -> Kept {
    let tape = node.semantics().tape;
    Kept {
        operands: operands(tape.operands, roles),
        hidden: hidden(tape.hidden, node),
    }
}

fn operands(kept: KeptOperands, roles: &[OperandRole]) -> Vec<usize> {
    let tracked = |position: usize| roles.get(position) == Some(&OperandRole::Tracked);
    match kept {
        KeptOperands::At(positions) => positions.to_vec(),
        KeptOperands::Factors => {
            let factors = [(0, tracked(1)), (1, tracked(0))].into_iter();
            factors.filter(|factor| factor.1).map(|f| f.0).collect()
        }
        KeptOperands::Quotient if tracked(1) => vec![0, 1],
        KeptOperands::Quotient => vec![1],
        KeptOperands::All => (0..roles.len()).collect(),
    }
}

fn hidden(kept: Hidden, node: &Node) -> u64 {
    match kept {
        Hidden::Nothing => 0,
        Hidden::Masks(masks) => masks * MASK * node.output().map_or(0, elements),
        Hidden::Indices => INDEX * node.output().map_or(0, elements),
        Hidden::Results(results) => results * node.output().map_or(0, bytes),
        Hidden::Scores(tensors) => tensors * scores(node),
    }
}

/// Bytes of an attention's scores.
fn scores(node: &Node) -> u64 {
    match &node.op {
        OperationIr::Module(Module::Attention(op)) => {
            attention_scores(&op.query, &op.key) * op.query.dtype.size() as u64
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::Tensor;
    use burn::tensor::activation::{relu, softmax};

    const TRACKED: OperandRole = OperandRole::Tracked;
    const CONSTANT: OperandRole = OperandRole::Constant;

    fn operands(positions: impl Into<Vec<usize>>) -> Kept {
        Kept {
            operands: positions.into(),
            hidden: 0,
        }
    }

    fn hidden(bytes: u64) -> Kept {
        Kept {
            operands: Vec::new(),
            hidden: bytes,
        }
    }

    /// What is kept of the last operation.
    fn of(roles: &[OperandRole], forward: fn(Tensor<2>) -> Tensor<2>) -> Kept {
        kept(record([2, 3], forward).nodes.last().unwrap(), roles)
    }

    #[test]
    fn sums_keep_nothing_and_products_the_other_factor() {
        let sum = |x: Tensor<2>| x.clone() + x;
        assert_eq!(of(&[TRACKED; 2], sum), Kept::default());
        let product = |x: Tensor<2>| x.clone() * x;
        assert_eq!(of(&[TRACKED; 2], product), operands([0, 1]));
        assert_eq!(of(&[TRACKED, CONSTANT], product), operands([1]));
        let quotient = |x: Tensor<2>| x.clone() / x;
        assert_eq!(of(&[TRACKED, CONSTANT], quotient), operands([1]));
    }

    #[test]
    fn activations_keep_their_operand_or_what_lies_between_their_steps() {
        assert_eq!(of(&[TRACKED], relu), operands([0]));
        // Two masks of one byte for each of six elements.
        assert_eq!(of(&[TRACKED], |x| x.clamp(0.0, 6.0)), hidden(12));
        assert_eq!(of(&[TRACKED], |x| softmax(x, 1)), hidden(2 * 6 * 4));
        assert_eq!(of(&[TRACKED], |x| x.sum_dim(1)), Kept::default());
    }
}
