//! Our numbers next to those of Captum and pytorch-grad-cam, on every fixture network.
//!
//! A method that the catalog knows by a library's name is compared with all cases of that name; one that needs more
//! than the catalog's options has its own line in `methods.rs`.
//!
//! `cargo test --release -p backdraft-tests --test parity -- --nocapture` prints a row for each case, and a
//! summary of all of them. `BACKDRAFT_FIXTURES=<folder>` compares with another folder of fixtures. More methods are
//! compared in `second`, with the folder `fixtures/second`.

mod ablation;
mod catalogued;
mod compare;
mod conductance;
mod full_grad;
mod inputs;
mod kinks;
mod layers;
mod methods;
mod other_folders;
mod per_step;
mod references;
mod relevance;
mod second;
mod signs;
mod summary;
mod sums;
mod targets;
mod tolerance;

use backdraft_tests::{Folder, Table};

use crate::references::Reference;
use crate::summary::Summary;

/// The methods of the built-in fixtures' cases that nothing is computed for, as `methods::name` has them, unless the
/// catalog has come to know them.
const MISSING: &[&str] = &[
    "AblationCAM",
    "EigenCAM",
    "EigenCAM on tokens",
    "FeatureAblation",
    "Occlusion",
    "ScoreCAM",
    "ScoreCAM on tokens",
    "ShapleyValues",
];

/// Compares all cases of a folder.
fn compared(folder: &Folder) -> (Table, Summary) {
    let mut table = Table::default();
    let mut summary = Summary::default();
    for name in folder.names() {
        let reference = Reference::open(folder, &name);
        reference.compare_logits(&mut table, &mut summary);
        reference.compare_cases(&mut table, &mut summary);
    }
    (table, summary)
}

#[test]
fn parity() {
    let folder = Folder::chosen();
    let (table, summary) = compared(&folder);
    println!("{table}\n{summary}");
    println!("{}", table.summary("parity"));
    if folder.is_built_in() {
        let mut missing = MISSING.to_vec();
        missing.retain(|name| !catalogued::is_known(name));
        assert_eq!(summary.missing(), missing, "methods without a counterpart");
        assert!(summary.skipped().is_empty(), "{:?}", summary.skipped());
    }
    table.assert_ok();
}
