//! The flat rule.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// LRP-♭: relevance in equal parts to everything that a unit sees.
///
/// ```text
/// R_i = Σ_j R_j / n_j,     n_j: the number of inputs of unit j
/// ```
///
/// Lapuschkin et al., [*Unmasking Clever Hans Predictors*](https://doi.org/10.1038/s41467-019-08987-4), 2019. For a first
/// layer: the picture is as coarse as the layer's windows, and doesn't depend on single pixels or on how they are normalized.
pub fn flat() -> LinearRule {
    LinearRule::new(
        "flat",
        [Share::new(Of::All, [Term::new(Part::One, Part::One)])],
    )
}
