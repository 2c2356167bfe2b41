//! What all checks of a method found.

use std::fmt;

use serde::Serialize;

use crate::evaluation::axioms::{Axiom, Check, Outcome};

/// The checks of one method on one problem, in the order of [`Axiom::ALL`].
///
/// It prints as a table and serializes to JSON with the names of its fields:
///
/// ```
/// use backdraft::axioms::Suite;
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
    /// One check for each axiom.
    pub checks: Vec<Check>,
}

impl Report {
    /// The check of one axiom.
    pub fn check(&self, axiom: Axiom) -> &Check {
        &self.checks[axiom as usize]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} on {}", self.method, self.problem)?;
        writeln!(
            f,
            "{:<25}  {:<7}  {:>8}  {:>9}  counterexample",
            "axiom", "outcome", "slack", "tolerance"
        )?;
        for check in &self.checks {
            let Check {
                axiom,
                outcome,
                slack,
                tolerance,
                ..
            } = check;
            write!(f, "{axiom:<25}  {outcome:<7}  ")?;
            match (outcome, &check.counterexample) {
                (Outcome::NotApplicable(reason), _) => {
                    writeln!(f, "{:>8}  {:>9}  as {reason}", "", "")?;
                }
                (_, Some(counterexample)) => {
                    writeln!(f, "{slack:>8.1e}  {tolerance:>9.1e}  {counterexample}")?;
                }
                (_, None) => writeln!(f, "{slack:>8.1e}  {tolerance:>9.1e}")?,
            }
        }
        Ok(())
    }
}

/// A Markdown table of methods and axioms, from reports on any number of problems.
///
/// A cell is `no` if any problem has a counterexample, `yes` if the axiom holds on all problems where it
/// applies, and `n/a` if it applies to none. Methods have the order in which they first appear.
///
/// ```
/// use backdraft::axioms::{Suite, markdown};
/// use backdraft::{Baseline, Class, InputXGradient, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[3.0, 1.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.sum_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let suite = Suite::new("sum", &net, x, Baseline::zeros(), Class(0))?;
/// let report = suite.run("input-x-gradient", |_| InputXGradient::new())?;
///
/// let table = markdown(&[report]);
/// let row = "| input-x-gradient | yes | n/a | n/a | yes | n/a | yes | **no** |";
/// assert_eq!(table.lines().last(), Some(row));
/// # Ok::<(), backdraft::Error>(())
/// ```
pub fn markdown(reports: &[Report]) -> String {
    let mut table = format!(
        "| method | {} |\n|---{}|\n",
        Axiom::ALL.map(Axiom::name).join(" | "),
        "|---".repeat(Axiom::ALL.len())
    );
    let mut methods: Vec<&str> = Vec::new();
    for Report { method, .. } in reports {
        if !methods.contains(&method.as_str()) {
            methods.push(method);
        }
    }
    for method in methods {
        let cells = Axiom::ALL.map(|axiom| {
            let reports = reports.iter().filter(|report| report.method == method);
            cell(reports.map(|report| report.check(axiom)))
        });
        table.extend(["| ", method, " | ", &cells.join(" | "), " |\n"]);
    }
    table
}

fn cell<'a>(checks: impl Iterator<Item = &'a Check> + Clone) -> &'static str {
    if checks.clone().any(Check::failed) {
        "**no**"
    } else if checks.clone().any(Check::passed) {
        "yes"
    } else {
        "n/a"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(method: &str, outcome: &Outcome) -> Report {
        let check = |axiom| Check {
            axiom,
            outcome: outcome.clone(),
            cases: 1,
            slack: 0.5,
            tolerance: 0.1,
            counterexample: None,
        };
        Report {
            method: method.into(),
            problem: "made up".into(),
            checks: Axiom::ALL.map(check).into(),
        }
    }

    fn cells(outcomes: &[&Outcome]) -> String {
        let reports: Vec<Report> = outcomes
            .iter()
            .map(|outcome| report("m", outcome))
            .collect();
        let table = markdown(&reports);
        let row = table.lines().last().unwrap();
        row.split(" | ").nth(1).unwrap().into()
    }

    #[test]
    fn one_counterexample_fails_and_what_never_applies_says_so() {
        let (passed, failed) = (Outcome::Passed, Outcome::Failed);
        let without = Outcome::NotApplicable("no reason".into());
        assert_eq!(cells(&[&passed, &failed, &passed]), "**no**");
        assert_eq!(cells(&[&without, &passed]), "yes");
        assert_eq!(cells(&[&without, &without]), "n/a");
    }

    #[test]
    fn methods_stay_in_order_and_apart() {
        let reports = ["b", "a", "b"].map(|method| report(method, &Outcome::Passed));
        let table = markdown(&reports);
        let methods: Vec<&str> = (table.lines().skip(2))
            .map(|line| line.split('|').nth(1).unwrap().trim())
            .collect();
        assert_eq!(methods, ["b", "a"]);
    }

    #[test]
    fn every_axiom_is_where_it_is_looked_up() {
        let report = report("m", &Outcome::Passed);
        for axiom in Axiom::ALL {
            assert_eq!(report.check(axiom).axiom, axiom);
        }
    }
}
