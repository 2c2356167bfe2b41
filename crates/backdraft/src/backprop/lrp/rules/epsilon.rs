//! The epsilon rule.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// LRP-ε: every input gets the part of the relevance that it has of the output.
///
/// ```text
/// R_i = x_i Σ_j w_ij R_j / (z_j + ε sign(z_j)),     z_j = Σ_i w_ij x_i + b_j
/// ```
///
/// Bach et al., [*On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance
/// Propagation*](https://doi.org/10.1371/journal.pone.0130140), 2015. A large `ε` absorbs relevance where contributions are
/// weak or contradict each other. It is faithful and noisy; used near the output.
pub fn epsilon(epsilon: f64) -> LinearRule {
    let whole = Term::new(Part::Whole, Part::Whole).with_bias(Part::Whole);
    let rule = LinearRule::new("epsilon", [Share::new(Of::All, [whole])]);
    rule.with_stabilizer(epsilon)
}
