//! The w-square rule.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// LRP-w²: relevance in proportion to squared weights, whatever the input is.
///
/// ```text
/// R_i = Σ_j w_ij² R_j / (Σ_i w_ij² + b_j²)
/// ```
///
/// Montavon et al., 2017 (Deep Taylor decomposition), for a first layer whose inputs may be any numbers.
pub fn w_square() -> LinearRule {
    let term = Term::new(Part::One, Part::Square).with_bias(Part::Square);
    LinearRule::new("w-square", [Share::new(Of::All, [term])])
}
