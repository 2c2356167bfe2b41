//! The basic rule.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// LRP-0: [`epsilon`](crate::lrp::rules::epsilon) without a stabilizer; an output of exactly zero hands nothing on.
///
/// ```text
/// R_i = x_i Σ_j w_ij R_j / z_j,     z_j = Σ_i w_ij x_i + b_j
/// ```
///
/// With it everywhere in a network of rectifiers without biases, relevance is the gradient times the input.
pub fn zero() -> LinearRule {
    let whole = Term::new(Part::Whole, Part::Whole).with_bias(Part::Whole);
    let rule = LinearRule::new("zero", [Share::new(Of::All, [whole])]);
    rule.with_stabilizer(0.0)
}
