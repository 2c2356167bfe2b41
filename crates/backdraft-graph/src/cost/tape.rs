//! What Burn's autodiff keeps of an operation until its backward step.

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, FloatOperationIr as Float,
    ModuleOperationIr as Module, NumericOperationIr as Numeric, OperationIr,
};

use crate::cost::cost::{bytes, elements};
use crate::cost::flops::attention_scores;
use crate::ir::node::Node;
use crate::{OpKind, OperandRole};

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

impl Kept {
    fn operands(operands: impl IntoIterator<Item = usize>) -> Self {
        Self {
            operands: operands.into_iter().collect(),
            hidden: 0,
        }
    }

    fn hidden(bytes: u64) -> Self {
        Self {
            operands: Vec::new(),
            hidden: bytes,
        }
    }
}

/// What the tape keeps of an operation with such operands, one of them tracked.
pub(super) fn kept(node: &Node, roles: &[OperandRole]) -> Kept {
    let tracked = |position: usize| roles.get(position) == Some(&OperandRole::Tracked);
    let size = node.output().map_or(0, bytes);
    let count = node.output().map_or(0, elements);
    let only_first = || Kept::operands([0]);
    // Each factor for the gradient of the other.
    let factors = || {
        Kept::operands(
            [(0, tracked(1)), (1, tracked(0))]
                .into_iter()
                .filter(|f| f.1)
                .map(|f| f.0),
        )
    };
    match (&node.op, node.kind) {
        (OperationIr::NumericFloat(_, op), _) => match op {
            Numeric::Clamp(_) => Kept::hidden(2 * MASK * count),
            Numeric::ClampMin(_) | Numeric::ClampMax(_) => Kept::hidden(MASK * count),
            Numeric::Mul(_) => factors(),
            Numeric::Div(_) => Kept::operands(if tracked(1) { vec![0, 1] } else { vec![1] }),
            Numeric::PowiScalar(_)
            | Numeric::Abs(_)
            | Numeric::Prod(_)
            | Numeric::ProdDim(_)
            | Numeric::CumProd(_)
            | Numeric::CumMax(_)
            | Numeric::CumMin(_) => only_first(),
            Numeric::Powi(_) | Numeric::Rem(_) => Kept::operands([0, 1]),
            _ => of_kind(node.kind, count),
        },
        (OperationIr::Activation(op), _) => match op {
            Activation::LeakyRelu(_) | Activation::PRelu(_) => Kept::hidden(MASK * count),
            Activation::HardSigmoid(_) => Kept::hidden(2 * MASK * count),
            Activation::Softmax(_) | Activation::Softmin(_) => Kept::hidden(2 * size),
            Activation::LogSoftmax(_) => Kept::hidden(size),
            _ => only_first(),
        },
        (OperationIr::Float(_, op), _) => match op {
            Float::Matmul(_) | Float::Cross(_) => factors(),
            Float::Round(_) | Float::Floor(_) | Float::Ceil(_) | Float::Trunc(_) => Kept::default(),
            Float::Powf(_) | Float::Hypot(_) | Float::ArcTan2(_) => Kept::operands([0, 1]),
            _ => only_first(),
        },
        (OperationIr::Module(op), _) => match op {
            Module::Linear(_) => factors(),
            Module::BatchNorm(_) | Module::Embedding(_) | Module::Unfold4d(_) => Kept::default(),
            Module::LayerNorm(_) => Kept::hidden(size),
            Module::Attention(op) => {
                let scores = attention_scores(&op.query, &op.key) * op.query.dtype.size() as u64;
                Kept {
                    operands: vec![0, 1, 2],
                    hidden: 3 * scores,
                }
            }
            Module::MaxPool1d(_) => Kept {
                operands: vec![0],
                hidden: INDEX * count,
            },
            // Its output.
            Module::MaxPool2d(_) => Kept {
                operands: vec![0],
                hidden: size,
            },
            // The convolutions keep their input even where only its shape matters.
            _ => Kept::operands(0..roles.len()),
        },
        (OperationIr::BaseFloat(Base::MaskWhere(_) | Base::MaskFill(_)), _) => Kept::operands([1]),
        (_, kind) => of_kind(kind, count),
    }
}

fn of_kind(kind: OpKind, elements: u64) -> Kept {
    match kind {
        OpKind::Maximum => Kept::hidden(INDEX * elements),
        _ => Kept::default(),
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

    /// What is kept of the last operation.
    fn of(roles: &[OperandRole], forward: fn(Tensor<2>) -> Tensor<2>) -> Kept {
        kept(record([2, 3], forward).nodes.last().unwrap(), roles)
    }

    #[test]
    fn sums_keep_nothing_and_products_the_other_factor() {
        let sum = |x: Tensor<2>| x.clone() + x;
        assert_eq!(of(&[TRACKED; 2], sum), Kept::default());
        let product = |x: Tensor<2>| x.clone() * x;
        assert_eq!(of(&[TRACKED; 2], product), Kept::operands([0, 1]));
        assert_eq!(of(&[TRACKED, CONSTANT], product), Kept::operands([1]));
        let quotient = |x: Tensor<2>| x.clone() / x;
        assert_eq!(of(&[TRACKED, CONSTANT], quotient), Kept::operands([1]));
    }

    #[test]
    fn activations_keep_their_operand_or_what_lies_between_their_steps() {
        assert_eq!(of(&[TRACKED], relu), Kept::operands([0]));
        // Two masks of one byte for each of six elements.
        assert_eq!(of(&[TRACKED], |x| x.clamp(0.0, 6.0)), Kept::hidden(12));
        assert_eq!(of(&[TRACKED], |x| softmax(x, 1)), Kept::hidden(2 * 6 * 4));
        assert_eq!(of(&[TRACKED], |x| x.sum_dim(1)), Kept::default());
    }
}
