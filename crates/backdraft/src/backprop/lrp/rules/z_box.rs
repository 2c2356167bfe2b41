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
    within("z-box", Part::Given(low.into()), Part::Given(high.into()))
}

/// [`z_box`] for pixels between zero and one that were normalized by these means and deviations of the channels.
pub fn z_box_of(mean: &[f32], std: &[f32]) -> LinearRule {
    let bound = |pixel: f32| -> Vec<f32> {
        let channels = mean.iter().zip(std);
        channels.map(|(mean, std)| (pixel - mean) / std).collect()
    };
    z_box(bound(0.0), bound(1.0))
}

/// [`z_box`] between the least and the greatest value that a layer reads, and zero: of the sample for a convolution, of the
/// row for a dense layer.
///
/// For inputs whose bounds aren't known. Where they are, as those of pixels, say them: a box that depends on the sample
/// makes samples less comparable.
pub fn z_box_of_data() -> LinearRule {
    within("z-box of data", Part::Least, Part::Greatest)
}

/// The rule for inputs between two parts.
fn within(name: &str, low: Part, high: Part) -> LinearRule {
    let terms = [
        Term::new(Part::Whole, Part::Whole),
        Term::new(low, Part::Positive).subtracted(),
        Term::new(high, Part::Negative).subtracted(),
    ];
    LinearRule::new(name, [Share::new(Of::All, terms)])
}
