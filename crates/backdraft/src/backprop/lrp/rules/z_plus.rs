//! The z-plus rule.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// LRP-z⁺: relevance goes to what raises the output.
///
/// ```text
/// R_i = Σ_j (x_i⁺ w_ij⁺ + x_i⁻ w_ij⁻) R_j / (z_j⁺ + ε),     z_j⁺ = Σ_i (x_i⁺ w_ij⁺ + x_i⁻ w_ij⁻) + b_j⁺
/// ```
///
/// Montavon et al., [*Explaining NonLinear Classification Decisions with Deep Taylor
/// Decomposition*](https://doi.org/10.1016/j.patcog.2016.11.008), 2017. Smooth, positive where the relevance of outputs is;
/// what speaks against the target isn't seen.
pub fn z_plus() -> LinearRule {
    LinearRule::new("z-plus", [Share::new(Of::All, raising())])
}

/// The terms that raise the output.
pub(super) fn raising() -> [Term; 2] {
    [
        Term::new(Part::Positive, Part::Positive).with_bias(Part::Positive),
        Term::new(Part::Negative, Part::Negative),
    ]
}
