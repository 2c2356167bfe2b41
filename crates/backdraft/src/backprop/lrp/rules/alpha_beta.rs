//! The alpha-beta rule.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;
use crate::backprop::lrp::rules::z_plus::raising;

/// LRP-αβ: `α` times the relevance to what raises the output, minus `β` times the relevance to what lowers it.
///
/// ```text
/// R_i = Σ_j [ α (x_i⁺ w_ij⁺ + x_i⁻ w_ij⁻) / (z_j⁺ + ε) - β (x_i⁺ w_ij⁻ + x_i⁻ w_ij⁺) / (z_j⁻ - ε) ] R_j
/// z_j⁺ = Σ_i (x_i⁺ w_ij⁺ + x_i⁻ w_ij⁻) + b_j⁺,     z_j⁻ = Σ_i (x_i⁺ w_ij⁻ + x_i⁻ w_ij⁺) + b_j⁻
/// ```
///
/// Bach et al., 2015. `α - β` must be one for relevance to be conserved; 2 and 1 are usual.
pub fn alpha_beta(alpha: f64, beta: f64) -> LinearRule {
    let lowering = [
        Term::new(Part::Positive, Part::Negative).with_bias(Part::Negative),
        Term::new(Part::Negative, Part::Positive),
    ];
    let shares = [
        Share::new(Of::Times(alpha), raising()),
        Share::new(Of::Times(-beta), lowering),
    ];
    LinearRule::new("alpha-beta", shares)
}
