//! Tables of methods and checks.

use crate::evaluation::outcome::Outcome;
use crate::evaluation::report::Report;

/// A Markdown table of methods and checks, from reports on any number of problems.
///
/// The columns are the checks of the reports, each where it first appears. A cell is `no` if any problem has a counterexample, `cancellation` if
/// rounding decides on any, `yes` if the axiom holds on all problems where it applies, and `n/a` if it applies to none; for a metric it is the mean over
/// all problems. Methods have the order in which they first appear.
///
/// ```
/// use backdraft::evaluation::{Suite, markdown};
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
    let outcomes = reports.iter().flat_map(|report| &report.checks);
    let checks = distinct(outcomes.map(|outcome| outcome.check.name()));
    let mut table = format!(
        "| method | {} |\n|---{}|\n",
        checks.join(" | "),
        "|---".repeat(checks.len())
    );
    for method in distinct(reports.iter().map(|report| report.method.as_str())) {
        let cells = checks.iter().map(|check| {
            let reports = reports.iter().filter(|report| report.method == method);
            cell(
                &reports
                    .filter_map(|report| report.outcome(check))
                    .collect::<Vec<_>>(),
            )
        });
        let cells: Vec<String> = cells.collect();
        table.extend(["| ", method, " | ", &cells.join(" | "), " |\n"]);
    }
    table
}

/// Each name where it first appears.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

fn cell(outcomes: &[&Outcome]) -> String {
    if outcomes.iter().any(|outcome| outcome.failed()) {
        return "**no**".into();
    }
    if outcomes.iter().any(|outcome| outcome.is_cancelled()) {
        return "cancellation".into();
    }
    if outcomes.iter().any(|outcome| outcome.passed()) {
        return "yes".into();
    }
    let measured = outcomes.iter().filter(|outcome| outcome.judgment.is_none());
    let means: Vec<f64> = measured.filter_map(|outcome| outcome.mean()).collect();
    match means.len() {
        0 => "n/a".into(),
        problems => format!("{:.3}", means.iter().sum::<f64>() / problems as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::outcome::Verdict;
    use crate::evaluation::testing::report;

    fn cells(outcomes: &[&Verdict]) -> String {
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
        let (passed, failed) = (Verdict::Passed, Verdict::Failed);
        let without = Verdict::NotApplicable("no reason".into());
        assert_eq!(cells(&[&passed, &failed, &passed]), "**no**");
        assert_eq!(cells(&[&without, &passed]), "yes");
        assert_eq!(cells(&[&without, &without]), "n/a");
        let cancelled = Verdict::Cancellation("digits are lost".into());
        assert_eq!(cells(&[&passed, &cancelled]), "cancellation");
        assert_eq!(cells(&[&cancelled, &failed]), "**no**");
    }

    #[test]
    fn methods_stay_in_order_and_apart() {
        let reports = ["b", "a", "b"].map(|method| report(method, &Verdict::Passed));
        let table = markdown(&reports);
        let methods: Vec<&str> = (table.lines().skip(2))
            .map(|line| line.split('|').nth(1).unwrap().trim())
            .collect();
        assert_eq!(methods, ["b", "a"]);
    }
}
