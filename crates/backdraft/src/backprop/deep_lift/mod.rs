//! `DeepLIFT`: every activation compared with its value at a reference input, by rules that share an output's
//! difference from its reference among the operands.
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
//! is the mean of the other factor; and an affine operation keeps its derivative. A normalization is a product with a
//! statistic of its operand, whose terms are shared in another way where the statistic degenerates at one end of the
//! line. What depends on one operand
//! here and on another there, such as a maximum or a choice by a mask, has a rule with the same sum, and so have
//! functions of two elements, such as `powf`. Where an operand doesn't move, the mean is the ordinary
//! derivative.

mod attention;
mod average;
mod choice;
mod deep_lift;
mod deep_lift_rule;
mod layer_norm;
mod maximum;
mod normalization;
mod product;
mod reference_step;
mod rescale;
mod reveal_cancel;
pub(crate) mod seeds;
mod slope;
mod softmax;
#[cfg(test)]
mod tests;

pub use deep_lift::DeepLift;
pub use deep_lift_rule::DeepLiftRule;
