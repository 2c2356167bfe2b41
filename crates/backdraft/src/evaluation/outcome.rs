//! What a check found.

use std::fmt;

use serde::Serialize;

use crate::evaluation::counterexample::Counterexample;
use crate::evaluation::name::CheckName;

/// What a check found out about a method on a problem: a value for each sample, and for an axiom the judgment.
///
/// It serializes to JSON with the names of its fields, those of the judgment among them. An infinite slack, which is
/// that of values that aren't numbers, becomes `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// What was checked.
    #[serde(flatten)]
    pub check: CheckName,
    /// Whether the axiom holds; `None` for a metric, which only measures.
    #[serde(flatten)]
    pub judgment: Option<Judgment>,
    /// The value of each sample: for an axiom its largest slack. `None` where there was nothing to compare.
    pub values: Vec<Option<f64>>,
    /// Which values are better.
    pub direction: Direction,
}

/// Which values of a check are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Higher ones.
    Higher,
    /// Lower ones.
    Lower,
}

/// Whether a method has a property on a problem, and by how much it misses it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Judgment {
    /// Whether it holds.
    #[serde(rename = "outcome")]
    pub verdict: Verdict,
    /// How many comparisons were made.
    pub cases: usize,
    /// The largest violation, relative to what the check says; 0 where nothing was compared.
    pub slack: f64,
    /// The largest slack with which the axiom counts as kept.
    pub tolerance: f64,
    /// The largest violation, where the axiom doesn't hold.
    pub counterexample: Option<Counterexample>,
}

/// The answer of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No violation was found.
    Passed,
    /// There is a counterexample.
    Failed,
    /// There is nothing to compare, for this reason.
    NotApplicable(String),
    /// No violation was found, but values cancel so far that rounding decides, as this says.
    Cancellation(String),
}

impl Outcome {
    /// Values without a judgment.
    pub fn measured(check: CheckName, direction: Direction, values: Vec<Option<f64>>) -> Self {
        Self {
            check,
            judgment: None,
            values,
            direction,
        }
    }

    /// Slacks, of which lower ones are better, and what they mean for the axiom.
    pub(super) fn judged(check: CheckName, judgment: Judgment, values: Vec<Option<f64>>) -> Self {
        Self {
            check,
            judgment: Some(judgment),
            values,
            direction: Direction::Lower,
        }
    }

    /// Whether the axiom applies and holds.
    pub fn passed(&self) -> bool {
        self.has(&Verdict::Passed)
    }

    /// Whether there is a counterexample.
    pub fn failed(&self) -> bool {
        self.has(&Verdict::Failed)
    }

    /// Whether no violation was found, but rounding decides.
    pub fn is_cancelled(&self) -> bool {
        let judgment = self.judgment.as_ref();
        judgment.is_some_and(|judgment| matches!(judgment.verdict, Verdict::Cancellation(_)))
    }

    /// How many comparisons were made, or how many samples have a value.
    pub fn cases(&self) -> usize {
        let measured = self.values.iter().flatten().count();
        self.judgment
            .as_ref()
            .map_or(measured, |judgment| judgment.cases)
    }

    /// The largest violation of the axiom, relative to what the check says; `None` for a metric.
    pub fn slack(&self) -> Option<f64> {
        self.judgment.as_ref().map(|judgment| judgment.slack)
    }

    /// Where the violation is the largest, if the axiom doesn't hold.
    pub fn counterexample(&self) -> Option<&Counterexample> {
        self.judgment.as_ref()?.counterexample.as_ref()
    }

    /// The mean over the samples that have a value.
    pub fn mean(&self) -> Option<f64> {
        let values: Vec<f64> = self.values.iter().copied().flatten().collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    fn has(&self, verdict: &Verdict) -> bool {
        let judgment = self.judgment.as_ref();
        judgment.is_some_and(|judgment| judgment.verdict == *verdict)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable(_) => "n/a",
            Self::Cancellation(_) => "cancellation",
        })
    }
}

/// One line: `completeness: failed with slack 1.0e0 (tolerance 1.0e-2): sample 0: ...`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.check)?;
        match (&self.judgment, self.mean()) {
            (Some(judgment), _) => write!(f, "{judgment}"),
            (None, Some(mean)) => write!(f, "{mean:.1e} on average"),
            (None, None) => write!(f, "no value"),
        }
    }
}

/// The line of an outcome without the name.
impl fmt::Display for Judgment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            verdict,
            slack,
            tolerance,
            ..
        } = self;
        if let Verdict::NotApplicable(reason) = verdict {
            return write!(f, "not applicable, as {reason}");
        }
        write!(
            f,
            "{verdict} with slack {slack:.1e} (tolerance {tolerance:.1e})"
        )?;
        match (&self.counterexample, verdict) {
            (Some(counterexample), _) => write!(f, ": {counterexample}"),
            (None, Verdict::Cancellation(reason)) => write!(f, ": {reason}"),
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_outcome_is_neither_passed_nor_failed() {
        let outcome = |values| {
            let name = CheckName::Metric("deletion");
            Outcome::measured(name, Direction::Higher, values)
        };
        let measured = outcome(vec![Some(0.5), None, Some(0.25)]);
        assert!(!measured.passed() && !measured.failed());
        assert_eq!(measured.mean(), Some(0.375));
        assert_eq!(measured.to_string(), "deletion: 3.8e-1 on average");
        let json = serde_json::to_value(&measured).unwrap();
        assert_eq!(json["metric"], "deletion");
        assert_eq!(json["direction"], "higher");
        assert_eq!(json["values"][0], 0.5);
        assert_eq!(json.get("outcome"), None);
        assert_eq!(outcome(vec![None]).to_string(), "deletion: no value");
    }
}
