//! What all checks of a method found.

use std::fmt;

use serde::Serialize;

use crate::evaluation::outcome::{Judgment, Outcome, Verdict};

/// The checks of one method on one problem, in the order of the suite's list.
///
/// It prints as a table and serializes to JSON with the names of its fields:
///
/// ```
/// use backdraft::evaluation::Suite;
/// use backdraft::{Baseline, Class, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[-2.0]], &Device::default());
/// let net = Network::capture(&Vec::new(), x.clone(), |_: &Vec<Linear>, x: Tensor<2>| relu(x))?;
/// let suite = Suite::new("falling", &net, x, Baseline::constant(2.0), Class(0))?;
/// let report = suite.run("saliency", |_| Saliency::new())?;
///
/// let table = report.to_string();
/// assert!(table.starts_with("saliency on falling"));
/// let json = serde_json::to_value(&report).unwrap();
/// assert_eq!(json["checks"][0]["axiom"], "sensitivity-a");
/// assert_eq!(json["checks"][0]["outcome"], "failed");
/// assert_eq!(json["checks"][0]["counterexample"]["input"], -2.0);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The method's name.
    pub method: String,
    /// The problem's name.
    pub problem: String,
    /// What each check found.
    pub checks: Vec<Outcome>,
}

impl Report {
    /// The outcome of the check with this name.
    pub fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.checks
            .iter()
            .find(|outcome| outcome.check.name() == name)
    }

    /// What the checks are: axioms, metrics, or both.
    fn kind(&self) -> &'static str {
        let mut kinds = self.checks.iter().map(|outcome| outcome.check.kind());
        match kinds.next() {
            Some(first) if kinds.all(|kind| kind == first) => first,
            _ => "check",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}", self.method, self.problem)?;
        writeln!(
            f,
            "{:<25}  {:<7}  {:>8}  {:>9}  counterexample",
            self.kind(),
            "outcome",
            "slack",
            "tolerance"
        )?;
        for outcome in &self.checks {
            write!(f, "{:<25}  ", outcome.check)?;
            match (&outcome.judgment, outcome.mean()) {
                (Some(judgment), _) => write_judgment(f, judgment)?,
                (None, Some(mean)) => writeln!(f, "measured  {mean:>6.1e}")?,
                (None, None) => writeln!(f, "no value")?,
            }
        }
        Ok(())
    }
}

fn write_judgment(f: &mut fmt::Formatter<'_>, judgment: &Judgment) -> fmt::Result {
    let Judgment {
        verdict,
        slack,
        tolerance,
        ..
    } = judgment;
    write!(f, "{verdict:<7}  ")?;
    match (verdict, &judgment.counterexample) {
        (Verdict::NotApplicable(reason), _) => {
            writeln!(f, "{:>8}  {:>9}  as {reason}", "", "")
        }
        (Verdict::Cancellation(reason), _) => {
            writeln!(f, "{slack:>8.1e}  {tolerance:>9.1e}  {reason}")
        }
        (_, Some(counterexample)) => {
            writeln!(f, "{slack:>8.1e}  {tolerance:>9.1e}  {counterexample}")
        }
        (_, None) => writeln!(f, "{slack:>8.1e}  {tolerance:>9.1e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::axioms;
    use crate::evaluation::testing::report;

    #[test]
    fn every_axiom_is_where_it_is_looked_up() {
        let report = report("m", &Verdict::Passed);
        for check in axioms::all() {
            let name = check.name();
            assert_eq!(report.outcome(name.name()).unwrap().check, name);
        }
        assert!(report.outcome("truth").is_none());
    }
}
