//! How far every axiom is from holding, for every method on the small problems.

use backdraft::evaluation::{Outcome, Report};
use backdraft_tests::axioms::{methods, small_problems, with_baseline};
use burn::tensor::Device;

use crate::backend::Backend;
use crate::table::Table;
use crate::tolerance::Part;

pub fn compare(backends: &[Backend], table: &mut Table) {
    let expected = reports(&Device::flex());
    for Backend { name, device } in backends {
        for (actual, expected) in reports(device).iter().zip(&expected) {
            let at = format!("{} on {}", expected.method, expected.problem);
            for (actual, expected) in actual.checks.iter().zip(&expected.checks) {
                let error = difference(actual, expected);
                table.add(Part::Axiom, expected.check.name(), name, &at, error);
            }
        }
    }
}

fn reports(device: &Device) -> Vec<Report> {
    let problems = small_problems(device);
    let suites: Vec<_> = problems.iter().map(|problem| problem.suite()).collect();
    let runs = methods().flat_map(|entry| suites.iter().map(move |suite| (entry, suite)));
    runs.map(|(entry, suite)| {
        let method = |baseline| with_baseline(entry, baseline);
        suite.run(entry.name, method).unwrap()
    })
    .collect()
}

/// Another verdict is infinitely far.
fn difference(actual: &Outcome, expected: &Outcome) -> f64 {
    let [actual, expected] =
        [actual, expected].map(|outcome| outcome.judgment.as_ref().expect("every axiom judges"));
    if actual.verdict != expected.verdict {
        return f64::INFINITY;
    }
    // What should be zero and isn't is infinitely far from it, on every backend.
    let same_sign = actual.slack.is_sign_negative() == expected.slack.is_sign_negative();
    if actual.slack.is_infinite() && expected.slack.is_infinite() && same_sign {
        return 0.0;
    }
    (actual.slack - expected.slack).abs()
}
