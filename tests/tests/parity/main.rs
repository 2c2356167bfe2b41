//! Our numbers next to those of Captum and pytorch-grad-cam, on every fixture network.
//!
//! A method is added in `methods.rs`.
//!
//! `cargo test --release -p backdraft-tests --test parity -- --nocapture` prints a row for each case, and a
//! summary of all of them.

mod compare;
mod conductance;
mod inputs;
mod kinks;
mod methods;
mod per_step;
mod references;
mod summary;
mod sums;
mod targets;
mod tolerance;

use backdraft_tests::Table;
use burn::tensor::Device;

use crate::references::{NAMES, Reference};
use crate::summary::Summary;

/// The methods of the fixtures' cases that nothing is computed for, as `methods::name` has them.
const MISSING: &[&str] = &[
    "AblationCAM",
    "EigenCAM",
    "EigenCAM on tokens",
    "EpsilonAlpha2Beta1",
    "EpsilonGammaBox",
    "EpsilonPlus",
    "EpsilonPlusFlat",
    "EpsilonPlus_nobias",
    "ExcitationBackprop",
    "FeatureAblation",
    "FullGrad",
    "LRP",
    "Occlusion",
    "ScoreCAM",
    "ScoreCAM on tokens",
    "ShapleyValues",
    "alpha2beta1",
    "epsilon",
    "epsilon0.1",
    "epsilon_nobias",
    "flat_first",
    "gamma0.25",
    "wsquare_first",
    "zbox_first",
    "zplus",
];

#[test]
fn parity() {
    let mut table = Table::default();
    let mut summary = Summary::default();
    for name in NAMES {
        let reference = Reference::open(name, &Device::flex());
        reference.compare_logits(&mut table, &mut summary);
        reference.compare_cases(&mut table, &mut summary);
    }
    println!("{table}\n{summary}");
    println!("{}", table.summary("parity"));
    assert_eq!(summary.missing(), MISSING, "methods without a counterpart");
    table.assert_ok();
}
