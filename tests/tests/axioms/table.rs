//! The table of `docs/axioms.md`.

use backdraft::IntegratedGradients;
use backdraft::evaluation::{Report, markdown};
use backdraft_tests::Page;
use backdraft_tests::axioms::{methods, problems, with_baseline};
use burn::tensor::Device;

fn reports() -> Vec<Report> {
    let problems = problems(&Device::flex());
    let suites: Vec<_> = problems.iter().map(|problem| problem.suite()).collect();
    let runs = methods().flat_map(|entry| suites.iter().map(move |suite| (entry, suite)));
    runs.map(|(entry, suite)| {
        let method = |baseline| with_baseline(entry, baseline);
        let report = suite.run(entry.name, method).unwrap();
        println!("{report}");
        report
    })
    .collect()
}

#[test]
fn the_page_has_the_table_that_the_suite_computes() {
    let table = markdown(&reports());
    println!("{table}");
    Page::open("docs/axioms.md").assert_parts(&[("methods", table)]);
}

#[test]
fn fifty_steps_leave_a_gap_on_the_resnet() {
    let problems = problems(&Device::flex());
    let resnet = problems.last().unwrap().suite();
    let default = |baseline| IntegratedGradients::new().with_baseline(baseline);
    let report = resnet.run("integrated-gradients", default).unwrap();
    let slack = report.outcome("completeness").unwrap().slack().unwrap();
    assert!((0.0155..0.0165).contains(&slack), "{slack}");
}
