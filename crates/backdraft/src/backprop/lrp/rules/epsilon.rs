//! The epsilon rule.

use crate::backprop::lrp::{LinearRule, Of, Part, Share, Term};

/// LRP-ε: every input gets the part of the relevance that it has of the output.
///
/// ```text
/// R_i = x_i Σ_j w_ij R_j / (z_j + ε sign(z_j)),     z_j = Σ_i w_ij x_i + b_j
/// ```
///
/// Bach et al., [*On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance
/// Propagation*](https://doi.org/10.1371/journal.pone.0130140), 2015. Relevance leaks into biases, and into a large `ε`.
pub fn epsilon(epsilon: f64) -> LinearRule {
    let whole = Term::new(Part::Whole, Part::Whole).with_bias(Part::Whole);
    let rule = LinearRule::new("epsilon", [Share::new(Of::All, [whole])]);
    rule.with_stabilizer(epsilon)
}
