//! What a check found.

use std::fmt;

use serde::Serialize;

use crate::evaluation::axioms::feature::Rows;
use crate::evaluation::axioms::{Axiom, Feature, Problem};
use crate::{Differentiable, Error};

/// Whether a method has a property on a problem, and by how much it misses it.
///
/// It serializes to JSON with the names of its fields. An infinite slack, which is that of values that aren't
/// numbers, becomes `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub axiom: Axiom,
    /// Whether it holds.
    pub outcome: Outcome,
    /// How many comparisons were made.
    pub cases: usize,
    /// The largest violation, relative to what the check says; 0 where nothing was compared.
    pub slack: f64,
    /// The largest slack with which the axiom counts as constant.
    pub tolerance: f64,
    /// The largest violation, where the axiom doesn't hold.
    pub counterexample: Option<Counterexample>,
}

/// The answer of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// No violation was found.
    Passed,
    /// There is a counterexample.
    Failed,
    /// There is nothing to compare, for this reason.
    NotApplicable(String),
}

/// Where a method violates an axiom.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counterexample {
    /// The sample of the batch.
    pub sample: usize,
    /// The feature, unless it is about the sum of all.
    pub feature: Option<Feature>,
    /// The feature's value in the input.
    pub input: Option<f64>,
    /// The feature's value in the baseline.
    pub baseline: Option<f64>,
    /// The attribution that the method gave; not a number if it gave none.
    pub found: f64,
    /// What it should have been.
    pub expected: f64,
    /// Under which circumstances.
    pub circumstance: String,
}

impl Check {
    /// Whether the axiom applies and holds.
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }

    /// Whether there is a counterexample.
    pub fn failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable(_) => "n/a",
        })
    }
}

/// One line: `completeness: failed with slack 1.0e0 (tolerance 1.0e-2): sample 0: ...`.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.axiom)?;
        if let Outcome::NotApplicable(reason) = &self.outcome {
            return write!(f, "not applicable, as {reason}");
        }
        let Self {
            outcome,
            slack,
            tolerance,
            ..
        } = self;
        write!(
            f,
            "{outcome} with slack {slack:.1e} (tolerance {tolerance:.1e})"
        )?;
        match &self.counterexample {
            Some(counterexample) => write!(f, ": {counterexample}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sample {}", self.sample)?;
        if let Some(feature) = &self.feature {
            write!(f, ", {feature}")?;
        }
        if let (Some(input), Some(baseline)) = (self.input, self.baseline) {
            let [input, baseline] = [input, baseline].map(short);
            write!(f, " (input {input}, baseline {baseline})")?;
        }
        let [found, expected] = [self.found, self.expected].map(short);
        let circumstance = &self.circumstance;
        write!(f, ": found {found}, expected {expected}: {circumstance}")
    }
}

/// A number with the digits that float32 has, for messages.
pub(super) fn short(value: f64) -> f32 {
    value as f32
}

/// Collects comparisons for a [`Check`] and keeps the worst.
#[derive(Default)]
pub(super) struct Verdict {
    cases: usize,
    slack: f64,
    worst: Option<Counterexample>,
    nothing: String,
}

/// The check that these comparisons make. A method that is undefined on the problem is not applicable.
pub(super) fn judge(
    axiom: Axiom,
    tolerance: f64,
    compare: impl FnOnce(&mut Verdict) -> Result<(), Error>,
) -> Result<Check, Error> {
    if !(tolerance.is_finite() && tolerance >= 0.0) {
        return Err(Error::InvalidOption {
            option: "tolerance",
            value: tolerance.to_string(),
            requirement: "it must be a finite number that isn't negative",
        });
    }
    let mut verdict = Verdict::default();
    if let Err(error) = compare(&mut verdict) {
        if !is_undefined(&error) {
            return Err(error);
        }
        verdict = Verdict::default();
        verdict.nothing_to_compare(error.to_string());
    }
    let Verdict {
        cases,
        slack,
        worst,
        nothing,
    } = verdict;
    let failed = cases > 0 && slack > tolerance;
    Ok(Check {
        axiom,
        outcome: match (cases, failed) {
            (0, _) => Outcome::NotApplicable(nothing),
            (_, true) => Outcome::Failed,
            (_, false) => Outcome::Passed,
        },
        cases,
        slack,
        tolerance,
        counterexample: worst.filter(|_| failed),
    })
}

/// Whether the method has nothing to say on the problem.
pub(super) fn is_undefined(error: &Error) -> bool {
    matches!(
        error,
        Error::NoRectifier { .. } | Error::NotPerFeature { .. }
    )
}

impl Verdict {
    /// Why the axiom doesn't apply, should there be no comparison.
    pub(super) fn nothing_to_compare(&mut self, reason: impl Into<String>) {
        self.nothing = reason.into();
    }

    /// Counts a comparison; what isn't a number violates the axiom infinitely.
    pub(super) fn compare(&mut self, slack: f64, counterexample: impl FnOnce() -> Counterexample) {
        let slack = if slack.is_nan() { f64::INFINITY } else { slack };
        self.cases += 1;
        if self.worst.is_none() || slack > self.slack {
            self.slack = slack;
            self.worst = Some(counterexample());
        }
    }

    /// Compares all attributions with what they should be, relative to `scales`, one for each sample.
    pub(super) fn compare_all<M: Differentiable + ?Sized>(
        &mut self,
        problem: &Problem<'_, M>,
        [found, expected]: [&Rows; 2],
        scales: &[f64],
        circumstance: &str,
    ) {
        for (sample, &scale) in scales.iter().enumerate() {
            let pairs = found[sample].iter().zip(&expected[sample]);
            let differences = pairs.map(|(found, expected)| {
                let difference = (found - expected).abs();
                if difference.is_nan() {
                    f64::INFINITY
                } else {
                    difference
                }
            });
            let worst = (differences.enumerate()).max_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((position, difference)) = worst {
                self.compare(relative(difference, scale), || Counterexample {
                    found: found[sample][position],
                    expected: expected[sample][position],
                    ..Counterexample::at(problem, sample, position, circumstance)
                });
            }
        }
    }
}

impl Counterexample {
    /// At a feature; the attributions are still to be filled in.
    pub(super) fn at<M: Differentiable + ?Sized>(
        problem: &Problem<'_, M>,
        sample: usize,
        position: usize,
        circumstance: impl Into<String>,
    ) -> Self {
        Self {
            sample,
            feature: Some(problem.feature(position)),
            input: Some(problem.input()[sample][position]),
            baseline: Some(problem.baseline()[sample][position]),
            found: 0.0,
            expected: 0.0,
            circumstance: circumstance.into(),
        }
    }
}

/// A difference as a part of a scale. No difference is none, whatever the scale.
pub(super) fn relative(difference: f64, scale: f64) -> f64 {
    if difference == 0.0 {
        0.0
    } else {
        difference / scale
    }
}

/// The largest absolute value of each sample among all of these.
pub(super) fn largest(rows: &[&Rows]) -> Vec<f64> {
    let samples = rows[0].len();
    let values = |sample: usize| rows.iter().flat_map(move |rows| &rows[sample]);
    (0..samples)
        .map(|sample| values(sample).fold(0.0, |largest: f64, value| largest.max(value.abs())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counterexample(found: f64) -> Counterexample {
        Counterexample {
            sample: 1,
            feature: Some(Feature::at([2])),
            input: Some(2.0),
            baseline: Some(0.0),
            found,
            expected: 1.0,
            circumstance: "made up".into(),
        }
    }

    fn check(slacks: &[f64]) -> Check {
        let check = judge(Axiom::Linearity, 0.1, |verdict| {
            verdict.nothing_to_compare("there is nothing");
            for &slack in slacks {
                verdict.compare(slack, || counterexample(slack));
            }
            Ok(())
        });
        check.unwrap()
    }

    #[test]
    fn the_worst_violation_is_the_counterexample() {
        let check = check(&[0.05, 0.5, 0.2]);
        assert!(check.failed());
        assert_eq!((check.cases, check.slack), (3, 0.5));
        assert_eq!(
            check.to_string(),
            "linearity: failed with slack 5.0e-1 (tolerance 1.0e-1): sample 1, feature [2] of input 0 \
             (input 2, baseline 0): found 0.5, expected 1: made up"
        );
    }

    #[test]
    fn what_is_within_the_tolerance_passes_without_counterexample() {
        let check = check(&[0.05, 0.1]);
        assert!(check.passed());
        assert_eq!((check.slack, check.counterexample), (0.1, None));
    }

    #[test]
    fn what_is_not_a_number_fails() {
        assert!(check(&[f64::NAN, 0.0]).failed());
    }

    #[test]
    fn without_comparison_the_axiom_is_not_applicable() {
        let check = check(&[]);
        assert!(!check.passed() && !check.failed());
        assert_eq!(
            check.to_string(),
            "linearity: not applicable, as there is nothing"
        );
    }

    #[test]
    fn a_tolerance_must_be_a_number() {
        let error = judge(Axiom::Symmetry, f64::NAN, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("tolerance can't be NaN"));
    }

    #[test]
    fn it_serializes_with_its_reason() {
        let json = serde_json::to_value(check(&[])).unwrap();
        assert_eq!(json["axiom"], "linearity");
        assert_eq!(json["outcome"]["not-applicable"], "there is nothing");
        let json = serde_json::to_value(check(&[0.5])).unwrap();
        assert_eq!(json["outcome"], "failed");
        assert_eq!(json["counterexample"]["feature"]["index"][0], 2);
    }
}
