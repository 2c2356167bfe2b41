//! How far an attribution is from completeness.

use crate::attribution::cancellation::Cancellation;

/// The completeness gap of one sample: `sum(attribution) - (F(x) - F(baseline))`.
///
/// A method that is complete distributes the difference between the target's value at the input and at
/// the baseline over the features, so its gap is zero up to rounding and, for path methods, to the number
/// of steps (Sundararajan et al., *Axiomatic Attribution for Deep Networks*, 2017).
#[doc(alias = "convergence_delta")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The gap in units of the target.
    pub absolute: f64,
    /// The gap as a fraction of `|F(x) - F(baseline)|`; `None` where that difference is too small to
    /// divide by (less than a millionth of the larger of both values).
    pub relative: Option<f64>,
    /// That the attributions cancel so far that the gap says nothing, if they do.
    pub cancellation: Option<Cancellation>,
}

impl Gap {
    /// The gap of an attribution that sums to `sum`, for a target worth `score` at the input and
    /// `baseline_score` at the baseline.
    pub fn new(sum: f64, score: f64, baseline_score: f64) -> Self {
        let difference = score - baseline_score;
        let absolute = sum - difference;
        let negligible = 1e-6 * score.abs().max(baseline_score.abs());
        let relative = (difference.abs() > negligible).then(|| absolute / difference.abs());
        Self {
            absolute,
            relative,
            cancellation: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gap;

    #[test]
    fn the_gap_is_relative_to_the_change_of_the_target() {
        let gap = Gap::new(2.2, 3.0, 1.0);
        assert!((gap.absolute - 0.2).abs() < 1e-12);
        assert!((gap.relative.unwrap() - 0.1).abs() < 1e-12);
    }

    #[test]
    fn no_change_is_not_divided_by() {
        assert_eq!(Gap::new(0.5, 1.0, 1.0).relative, None);
        assert_eq!(Gap::new(0.0, 0.0, 0.0).relative, None);
    }
}
