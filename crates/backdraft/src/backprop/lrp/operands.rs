//! Where a linear operation has its weights.

use backdraft_graph::{AnyTensor, OpKind, Step};
use burn::backend::ir::{ModuleOperationIr as Module, OperationIr};

use crate::backprop::lrp::part::Part;

/// The positions of a linear operation's weight and bias, seen from one of its operands.
pub(super) struct Weights {
    weight: usize,
    bias: Option<usize>,
}

impl Weights {
    /// The weights by which an operand is multiplied; `None` if the operation has none.
    pub(super) fn of(step: &Step, operand: usize) -> Option<Self> {
        let bias = |position| (position < step.operand_count()).then_some(position);
        match (step.kind(), step.op()) {
            (_, OperationIr::Module(Module::DeformableConv2d(_))) => None,
            (OpKind::Convolution | OpKind::TransposedConvolution | OpKind::Linear, _)
                if operand == 0 =>
            {
                Some(Self {
                    weight: 1,
                    bias: bias(2),
                })
            }
            (OpKind::MatMul, _) => Some(Self {
                weight: 1 - operand,
                bias: None,
            }),
            _ => None,
        }
    }

    /// The operands with parts of weight and bias in their place.
    pub(super) fn with(&self, step: &Step, weight: &Part, bias: &Part) -> Vec<(usize, AnyTensor)> {
        let weight = (self.weight, weight);
        let bias = self.bias.map(|position| (position, bias));
        [Some(weight), bias]
            .into_iter()
            .flatten()
            .filter(|(_, part)| !matches!(part, Part::Whole))
            .map(|(position, part)| (position, part.of(&step.operand(position))))
            .collect()
    }
}
