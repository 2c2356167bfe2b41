//! Attributions that cancel so far that rounding decides what they sum to.

use std::fmt;

/// What single precision may round away of a sum, as a part of the sum of absolute values.
const ROUNDING: f64 = 1e-6;

/// The part of the target's change below which rounding is small.
const SMALL: f64 = 0.01;

/// The part of the scores below which a change is itself mostly rounding.
const NEGLIGIBLE: f64 = 1e-3;

/// Attributions so much larger than the target's change that rounding decides what they sum to: neither single values
/// nor a small gap say anything then.
///
/// With `S = sum |A|`, a millionth of `S` may be lost in single precision. That is too much if it is more than a hundredth
/// of the change `|F(x) - F(b)|`; where the change is less than a thousandth of the larger score, of that thousandth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cancellation {
    /// What the absolute values of the attributions sum to.
    pub absolute_sum: f64,
    /// By how much the target changes from the baseline to the input.
    pub change: f64,
}

impl Cancellation {
    /// The cancellation of attributions whose absolute values sum to `absolute_sum`, for a target worth `score` at the
    /// input and `baseline_score` at the baseline; `None` if enough digits are left.
    ///
    /// ```
    /// use backdraft::attribution::Cancellation;
    ///
    /// assert_eq!(Cancellation::of(20.0, 3.0, 1.0), None);
    /// let cancellation = Cancellation::of(5e7, 3.0, 1.0).unwrap();
    /// assert_eq!(cancellation.change, 2.0);
    /// ```
    pub fn of(absolute_sum: f64, score: f64, baseline_score: f64) -> Option<Self> {
        let change = score - baseline_score;
        let size = score.abs().max(baseline_score.abs());
        let scale = change.abs().max(NEGLIGIBLE * size);
        // Where the target is nothing at both ends there is nothing to compare with.
        let lost = scale > 0.0 && ROUNDING * absolute_sum > SMALL * scale;
        lost.then_some(Self {
            absolute_sum,
            change,
        })
    }
}

impl fmt::Display for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            absolute_sum,
            change,
        } = self;
        write!(
            f,
            "cancellation: the absolute attributions sum to {absolute_sum:.1e} where the target changes by {change:.1e}, so \
             that rounding decides what is left of them"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_lost_from_ten_thousand_times_the_change_on() {
        assert_eq!(Cancellation::of(1.9e4, 3.0, 1.0), None);
        let lost = Cancellation::of(2.1e4, 3.0, 1.0).unwrap();
        assert_eq!(
            lost.to_string(),
            "cancellation: the absolute attributions sum to 2.1e4 where the target changes by 2.0e0, so that rounding \
             decides what is left of them"
        );
    }

    #[test]
    fn a_change_that_is_mostly_rounding_is_not_asked_for_digits() {
        // A thousandth of the score is 1.
        assert_eq!(Cancellation::of(9e3, 1000.0, 1000.0), None);
        assert!(Cancellation::of(1.1e4, 1000.0, 1000.0).is_some());
        assert_eq!(Cancellation::of(4.0, 0.0, 0.0), None);
    }
}
