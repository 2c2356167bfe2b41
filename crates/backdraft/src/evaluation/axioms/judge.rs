//! From comparisons to a judgment.

use crate::backprop::BackpropError;
use crate::evaluation::EvaluationError;
use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::counterexample::Counterexample;
use crate::evaluation::layout::Rows;
use crate::evaluation::outcome::{Judgment, Outcome, Verdict};
use crate::evaluation::problem::Problem;
use crate::{Differentiable, Error};

/// Comparisons of what a method gave with what it should have given, and the worst of them.
#[derive(Default)]
pub(super) struct Comparisons {
    /// The largest slack of each sample that was compared.
    samples: Vec<Option<f64>>,
    cases: usize,
    slack: f64,
    worst: Option<Counterexample>,
    nothing: String,
    /// Where rounding decides, if it does.
    cancellation: Option<String>,
}

/// The outcome of these comparisons for a batch of `samples`. To a method that is undefined on the problem the axiom
/// isn't applicable.
pub(super) fn judge(
    axiom: Axiom,
    samples: usize,
    tolerance: f64,
    compare: impl FnOnce(&mut Comparisons) -> Result<(), Error>,
) -> Result<Outcome, Error> {
    if !(tolerance.is_finite() && tolerance >= 0.0) {
        return Err(Error::InvalidOption {
            option: "tolerance",
            value: tolerance.to_string(),
            requirement: "it must be a finite number that isn't negative",
        });
    }
    let mut comparisons = Comparisons::of(samples);
    if let Err(error) = compare(&mut comparisons) {
        if !is_undefined(&error) {
            return Err(error);
        }
        comparisons = Comparisons::of(samples);
        comparisons.nothing_to_compare(error.to_string());
    }
    Ok(comparisons.outcome(axiom, tolerance))
}

/// Whether the method has nothing to say on the problem.
pub(super) fn is_undefined(error: &Error) -> bool {
    matches!(
        error,
        Error::Backprop(BackpropError::NoRectifier { .. })
            | Error::Evaluation(EvaluationError::NotPerFeature { .. })
    )
}

impl Comparisons {
    fn of(samples: usize) -> Self {
        Self {
            samples: vec![None; samples],
            ..Self::default()
        }
    }

    fn outcome(self, axiom: Axiom, tolerance: f64) -> Outcome {
        let Self {
            samples,
            cases,
            slack,
            worst,
            nothing,
            cancellation,
        } = self;
        let failed = cases > 0 && slack > tolerance;
        let judgment = Judgment {
            verdict: match (cases, failed, cancellation) {
                (0, ..) => Verdict::NotApplicable(nothing),
                (_, true, _) => Verdict::Failed,
                (_, false, Some(reason)) => Verdict::Cancellation(reason),
                (_, false, None) => Verdict::Passed,
            },
            cases,
            slack,
            tolerance,
            counterexample: worst.filter(|_| failed),
        };
        Outcome::judged(axiom.name(), judgment, samples)
    }

    /// Why the axiom doesn't apply, should there be no comparison.
    pub(super) fn nothing_to_compare(&mut self, reason: impl Into<String>) {
        self.nothing = reason.into();
    }

    /// Says that rounding decides a comparison, and where: the axiom doesn't count as kept. The first one is reported.
    pub(super) fn cancelled(&mut self, reason: String) {
        self.cancellation.get_or_insert(reason);
    }

    /// Counts a comparison; what isn't a number violates the axiom infinitely.
    pub(super) fn compare(
        &mut self,
        sample: usize,
        slack: f64,
        counterexample: impl FnOnce() -> Counterexample,
    ) {
        let slack = if slack.is_nan() { f64::INFINITY } else { slack };
        self.cases += 1;
        if let Some(largest) = self.samples.get_mut(sample) {
            *largest = Some(largest.map_or(slack, |largest| largest.max(slack)));
        }
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
                self.compare(sample, relative(difference, scale), || Counterexample {
                    found: found[sample][position],
                    expected: expected[sample][position],
                    ..Counterexample::at(problem, sample, position, circumstance)
                });
            }
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
    use crate::evaluation::feature::Feature;

    const AXIOM: Axiom = Axiom::new("linearity", 4);

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

    fn check(slacks: &[f64]) -> Outcome {
        let check = judge(AXIOM, 2, 0.1, |comparisons| {
            comparisons.nothing_to_compare("there is nothing");
            for &slack in slacks {
                comparisons.compare(1, slack, || counterexample(slack));
            }
            Ok(())
        });
        check.unwrap()
    }

    #[test]
    fn the_worst_violation_is_the_counterexample() {
        let check = check(&[0.05, 0.5, 0.2]);
        assert!(check.failed());
        assert_eq!(check.values, [None, Some(0.5)]);
        let judgment = check.judgment.as_ref().unwrap();
        assert_eq!((judgment.cases, judgment.slack), (3, 0.5));
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
        let judgment = check.judgment.unwrap();
        assert_eq!((judgment.slack, judgment.counterexample), (0.1, None));
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
        let error = judge(AXIOM, 1, f64::NAN, |_| Ok(())).unwrap_err();
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
