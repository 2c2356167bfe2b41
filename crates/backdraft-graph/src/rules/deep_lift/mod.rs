//! `DeepLIFT`: rules that share an output's difference from its reference among the operands.
//!
//! Shrikumar, Greenside & Kundaje, *Learning Important Features Through Propagating Activation Differences*,
//! 2017, give every input the contribution `multiplier · (x - reference)`, and multipliers obey a chain rule:
//! so they flow backward as gradients do, with another number in place of each operation's derivative. Here
//! that number follows one principle:
//!
//! > The multiplier of an operation is the mean of its derivative along the straight line from the
//! > operands at the reference to the actual ones.
//!
//! By the fundamental theorem of calculus, multipliers times the operands' differences then sum to the output's
//! difference, for one operand or several: this is the cost-sharing of Aumann & Shapley, *Values of Non-Atomic
//! Games*, 1974, at every operation, as Integrated Gradients (Sundararajan et al., 2017) is for a whole network.
//! For a function of each element the mean is `Δoutput / Δoperand`, the paper's Rescale rule; for a product it
//! is the mean of the other factor; and an affine operation keeps its derivative. What depends on one operand
//! here and on another there, such as a maximum or a choice by a mask, has a rule with the same sum, and so have
//! functions of two elements, such as `powf`. Where an operand doesn't move, the mean is the ordinary
//! derivative.

mod attention;
mod average;
mod choice;
mod layer_norm;
mod maximum;
mod product;
mod rescale;
mod reveal_cancel;
mod softmax;
#[cfg(test)]
mod tests;

use burn::tensor::Tensor;

use super::{OperandRole, RuleMap, Step};
use crate::{AnyTensor, OpKind};

impl RuleMap {
    /// The rules of `DeepLIFT` (Shrikumar et al., 2017, with the Rescale rule for nonlinearities), which need
    /// a [reference](crate::Probes::with_reference).
    ///
    /// The backward pass then gives multipliers, and `multiplier · (x - reference)`, summed over the inputs, is
    /// the difference between the score and the score at the reference. This holds for every operation that
    /// is continuous in its float operands, products of two computed tensors, normalization, softmax, attention and
    /// maxima included. For functions of several variables without a closed form it holds up to the error of a
    /// quadrature with 32 points: below that of the floats where they are smooth, visible where they have kinks
    /// (sorting, sampling at computed places). It can't hold where computed integers decide which value is read
    /// (`argmax`, then `gather`), or where what changes has no gradient: compare the sum with the difference of
    /// the scores to see what is missing.
    ///
    /// Where an operand differs by no more than `threshold` from its reference, the ordinary derivative takes
    /// the place of a quotient of two small differences; 1e-6 suits activations of order one. A negative or NaN
    /// threshold counts as zero.
    pub fn deep_lift(threshold: f64) -> Self {
        let threshold = threshold.max(0.0);
        let functions = [OpKind::Activation, OpKind::Elementwise];
        let bilinear = [
            OpKind::Convolution,
            OpKind::TransposedConvolution,
            OpKind::Linear,
            OpKind::MatMul,
        ];
        let maxima = [OpKind::MaxPool, OpKind::Maximum];
        Self::new()
            .rectifiers(rescale::Rescale { threshold })
            .by_kinds(functions, rescale::Rescale { threshold })
            .by_kinds(bilinear, product::Bilinear)
            .by_kinds(maxima, maximum::Maximum { threshold })
            .by_kind(OpKind::Multiply, product::Multiply { threshold })
            .by_kind(OpKind::Choice, choice::Choice { threshold })
            .by_kind(OpKind::Softmax, softmax::Softmax)
            .by_kind(OpKind::LayerNorm, layer_norm::LayerNorm)
            .by_kind(OpKind::Attention, attention::Attention { threshold })
            .by_kind(OpKind::Other, average::Average)
    }
}

/// The variant that keeps positive and negative contributions apart.
impl RuleMap {
    /// As [`deep_lift`](Self::deep_lift), with the `RevealCancel` rule at every nonlinearity behind a dense
    /// or convolutional layer (section 3.5.3 of the paper), a batch normalization between them included.
    ///
    /// Where the layer's positive and negative terms cancel, Rescale sees little change and hides both;
    /// `RevealCancel` gives each sign the change that it makes. At other nonlinearities, and behind layers whose
    /// own gradient is asked for, the Rescale rule applies.
    pub fn deep_lift_reveal_cancel(threshold: f64) -> Self {
        let threshold = threshold.max(0.0);
        let rule = || reveal_cancel::RevealCancel { threshold };
        Self::new()
            .rectifiers(rule())
            .by_kinds([OpKind::Activation, OpKind::Elementwise], rule())
            .or_else(Self::deep_lift(threshold))
    }
}

/// What the rules ask of an operation in a run with a reference.
impl Step {
    /// An operand at the reference.
    fn reference_operand(&self, position: usize) -> AnyTensor {
        self.reference(position).expect(WITH_REFERENCE)
    }

    /// Half way between an operand and its reference.
    fn mean_operand(&self, position: usize) -> AnyTensor {
        let operand = self.operand(position);
        let mean = (operand.flat() + self.reference_operand(position).flat()) / 2.0;
        AnyTensor::from(mean).reshape_to(operand.shape())
    }

    /// The output's difference from the reference.
    fn output_change(&self) -> Tensor<1> {
        let reference = self.reference_output().expect(WITH_REFERENCE);
        self.output().flat() - reference.flat()
    }

    /// An operand's difference from the reference.
    fn operand_change(&self, position: usize) -> Tensor<1> {
        self.operand(position).flat() - self.reference_operand(position).flat()
    }

    /// The float operands that differ from the reference.
    fn moving_floats(&self) -> impl Iterator<Item = usize> {
        (0..self.operand_count()).filter(|&position| {
            self.role(position) != OperandRole::Constant && self.operands[position].1.is_float()
        })
    }
}

const WITH_REFERENCE: &str = "these rules run with a reference";

/// Whether more than one operand differs from the reference.
fn several_vary(operands: &[OperandRole]) -> bool {
    let vary = |role: &&OperandRole| **role != OperandRole::Constant;
    operands.iter().filter(vary).count() > 1
}

/// `flowing / change` where an operand moves and the quotient exists, else the derivative.
fn per_change(
    flowing: Tensor<1>,
    change: Tensor<1>,
    derivative: Tensor<1>,
    threshold: f64,
) -> Tensor<1> {
    let quotient = flowing / change.clone();
    let moves = change.abs().greater_elem(threshold);
    let exists = moves.bool_and(quotient.clone().is_finite());
    derivative.mask_where(exists, quotient)
}

/// `value` where it is finite, else `fallback`.
fn finite_or<const D: usize>(value: Tensor<D>, fallback: Tensor<D>) -> Tensor<D> {
    let finite = value.clone().is_finite();
    fallback.mask_where(finite, value)
}

/// Zero where a slope is infinite or 0 / 0, as that of a square root at zero. It is used only where an operand
/// doesn't differ from its reference, and contributes nothing.
fn settled<const D: usize>(slope: Tensor<D>) -> Tensor<D> {
    let zeros = slope.zeros_like();
    finite_or(slope, zeros)
}

/// As [`settled`], for slopes times the `gradient` that arrived. If that was infinite or NaN already, so is the
/// result.
fn settled_for(multipliers: Tensor<1>, gradient: &AnyTensor) -> Tensor<1> {
    settled(multipliers) + gradient.flat().abs().max() * 0.0
}
