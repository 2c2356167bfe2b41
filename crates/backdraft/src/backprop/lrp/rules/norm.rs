//! Sums and means.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// The epsilon rule for linear operations without weights: sums of tensors (residual connections), sums and means over
/// dimensions or windows, interpolation.
///
/// ```text
/// R_x = x · ∂y/∂x [ R / (y + ε sign(y)) ]
/// ```
///
/// A term of a sum that no relevance flows to keeps its part, as a bias does, unless the rule is one
/// [without bias](LinearRule::without_bias).
pub fn norm() -> LinearRule {
    let whole = Term::new(Part::Whole, Part::Whole).with_bias(Part::Whole);
    LinearRule::new("norm", [Share::new(Of::All, [whole])])
}
