//! The gamma rule.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// LRP-γ: contributions of the output's own sign count `1 + γ` times.
///
/// ```text
/// where z_j ≥ 0:   R_i = Σ_j [ x_i⁺ (w_ij + γ w_ij⁺) + x_i⁻ (w_ij + γ w_ij⁻) ] R_j / (Σ_i [...] + b_j + γ b_j⁺)
/// where z_j < 0:   R_i = Σ_j [ x_i⁺ (w_ij + γ w_ij⁻) + x_i⁻ (w_ij + γ w_ij⁺) ] R_j / (Σ_i [...] + b_j + γ b_j⁻)
/// ```
///
/// Montavon et al., [*Layer-Wise Relevance Propagation: An
/// Overview*](https://doi.org/10.1007/978-3-030-28954-6_10), 2019; for outputs and inputs of both signs Andéol et al.,
/// 2021. Between `γ = 0`, the basic rule, and `γ = ∞`, which is [`z_plus`](crate::lrp::rules::z_plus) where outputs are
/// positive. 0.25 is usual.
pub fn gamma(gamma: f64) -> LinearRule {
    let (positive, negative) = (Part::MorePositive(gamma), Part::MoreNegative(gamma));
    let where_positive = [
        Term::new(Part::Positive, positive.clone()).with_bias(positive.clone()),
        Term::new(Part::Negative, negative.clone()),
    ];
    let where_negative = [
        Term::new(Part::Positive, negative.clone()).with_bias(negative),
        Term::new(Part::Negative, positive),
    ];
    let shares = [
        Share::new(Of::Positive, where_positive),
        Share::new(Of::Negative, where_negative),
    ];
    LinearRule::new("gamma", shares)
}
