//! The rule for pixels.

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// LRP-zᴮ: for a first layer whose inputs lie in a box, such as pixels.
///
/// ```text
/// R_i = Σ_j (x_i w_ij - l_i w_ij⁺ - h_i w_ij⁻) R_j / Σ_i (x_i w_ij - l_i w_ij⁺ - h_i w_ij⁻)
/// ```
///
/// Montavon et al., 2017 (Deep Taylor decomposition). `low` and `high` are the least and the largest value that an input can
/// have: one number, or one for each channel. There is no bias in it.
///
/// Of an image normalized by `(p - mean) / std` the bounds are `-mean / std` and `(1 - mean) / std`:
/// [`z_box_of`] computes them.
pub fn z_box(low: impl Into<Vec<f32>>, high: impl Into<Vec<f32>>) -> LinearRule {
    let terms = [
        Term::new(Part::Whole, Part::Whole),
        Term::new(Part::Given(low.into()), Part::Positive).subtracted(),
        Term::new(Part::Given(high.into()), Part::Negative).subtracted(),
    ];
    LinearRule::new("z-box", [Share::new(Of::All, terms)])
}

/// [`z_box`] for pixels between zero and one that were normalized by these means and deviations of the channels.
pub fn z_box_of(mean: &[f32], std: &[f32]) -> LinearRule {
    let bound = |pixel: f32| -> Vec<f32> {
        let channels = mean.iter().zip(std);
        channels.map(|(mean, std)| (pixel - mean) / std).collect()
    };
    z_box(bound(0.0), bound(1.0))
}
