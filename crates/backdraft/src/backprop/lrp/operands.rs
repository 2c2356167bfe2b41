//! Where a linear operation has its weights and its bias.

use backdraft_graph::{AnyTensor, OpKind, Step};
use burn::backend::ir::{BatchNormOpIr, ModuleOperationIr as Module, OperationIr};

use crate::backprop::lrp::part::Part;

/// A linear operation's weight and bias, seen from one of its operands.
pub(super) enum Weights {
    /// By position; an operation without weights has those of its derivative.
    At {
        weight: Option<usize>,
        bias: Option<usize>,
    },
    /// Scale and shift of a batch normalization, with what is added to its variance.
    Normalization { epsilon: f64 },
}

/// Whether an operand says where or how much a deformable convolution reads, and not what.
pub(super) fn is_setting(step: &Step, operand: usize) -> bool {
    let op = step.op();
    operand > 0 && matches!(op, OperationIr::Module(Module::DeformableConv2d(_)))
}

impl Weights {
    /// Those by which an operand is multiplied.
    pub(super) fn of(step: &Step, operand: usize) -> Self {
        let at = |weight, bias: Option<usize>| Self::At {
            weight: Some(weight),
            bias: bias.filter(|&position| position < step.operand_count()),
        };
        match (step.kind(), step.op()) {
            (_, OperationIr::Module(Module::BatchNorm(BatchNormOpIr { epsilon, .. }))) => {
                let epsilon = epsilon.elem();
                Self::Normalization { epsilon }
            }
            (_, OperationIr::Module(Module::DeformableConv2d(op))) => {
                let last = step.operand_count() - 1;
                at(2, op.bias.as_ref().map(|_| last))
            }
            (OpKind::Convolution | OpKind::TransposedConvolution | OpKind::Linear, _) => {
                at(1, Some(2))
            }
            (OpKind::MatMul, _) => at(1 - operand, None),
            (OpKind::Add, _) => Self::At {
                weight: None,
                bias: Some(1 - operand).filter(|&other| !step.is_tracked(other)),
            },
            _ => Self::At {
                weight: None,
                bias: None,
            },
        }
    }

    /// The operands with which the operation has parts of its weight and bias.
    ///
    /// # Panics
    ///
    /// If it has no weights to take a part of.
    pub(super) fn with(&self, step: &Step, weight: &Part, bias: &Part) -> Vec<(usize, AnyTensor)> {
        match self {
            Self::Normalization { epsilon } => normalization(step, *epsilon, weight, bias),
            Self::At {
                weight: weight_at,
                bias: bias_at,
            } => {
                assert!(
                    weight_at.is_some() || *weight == Part::Whole,
                    "it takes a part of the weights, and the operation has none"
                );
                let parts = [(weight_at, weight), (bias_at, bias)].into_iter();
                parts
                    .filter(|(_, part)| **part != Part::Whole)
                    .filter_map(|(position, part)| Some(((*position)?, part)))
                    .map(|(position, part)| (position, part.of(&step.operand(position), 0)))
                    .collect()
            }
        }
    }
}

/// `γ (x - μ) / √(σ² + ε) + β` is `s x + t` with `s = γ / √(σ² + ε)` and `t = β - s μ`.
fn normalization(step: &Step, epsilon: f64, weight: &Part, bias: &Part) -> Vec<(usize, AnyTensor)> {
    if [weight, bias] == [&Part::Whole; 2] {
        return Vec::new();
    }
    let [gamma, beta, mean, variance] = [1, 2, 3, 4].map(|at| step.operand(at).flat());
    let deviation = (variance + epsilon).sqrt();
    let scale = gamma / deviation.clone();
    let shift = beta - scale.clone() * mean.clone();
    let scale = weight.of(&scale.into(), 0).flat();
    let zeros = mean.zeros_like();
    vec![
        (1, (scale * deviation).into()),
        (2, bias.of(&shift.into(), 0)),
        (3, zeros.into()),
    ]
}
