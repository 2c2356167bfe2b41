//! The table of `docs/axioms.md`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use backdraft::IntegratedGradients;
use backdraft::evaluation::{Report, markdown};
use backdraft_tests::axioms::{methods, problems, with_baseline};
use burn::tensor::Device;

const BEGIN: &str = "<!-- The table is written by tests/tests/axioms/table.rs. -->\n\n";
const END: &str = "\n<!-- End of the table. -->";
const REWRITE: &str = "BACKDRAFT_REWRITE_DOCS";

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

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/axioms.md")
}

/// What comes before the table, the table, and what comes after.
fn parts(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (table, after) = rest.split_once(END)?;
    Some((before, table, after))
}

#[test]
fn the_page_has_the_table_that_the_suite_computes() {
    let table = markdown(&reports());
    println!("{table}");
    let page = page();
    let text = fs::read_to_string(&page).unwrap();
    let (before, documented, after) = parts(&text).expect("the page has marks around its table");
    if env::var_os(REWRITE).is_some() {
        fs::write(&page, [before, BEGIN, &table, END, after].concat()).unwrap();
        return;
    }
    assert!(
        documented == table,
        "docs/axioms.md has another table than the methods; if they are right, regenerate it with\n    \
         {REWRITE}=1 cargo test --release -p backdraft-tests --test axioms\ncomputed:\n{table}\n\
         documented:\n{documented}"
    );
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
