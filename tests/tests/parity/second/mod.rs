//! Our numbers next to those of the second folder, family by family.
//!
//! A family of methods is a file with a function from a case to our values for it, and a row of [`FAMILIES`].

mod attention_rollout;
mod attnlrp;
mod blur_ig;
mod chefer;
mod dff;
mod eigengradcam;
mod expected_gradients;
mod feature_ablation;
mod feature_permutation;
mod finercam;
mod game;
mod gradcam;
mod guided_ig;
mod hsic;
mod idgi;
mod kernel_shap;
mod lime;
mod lstm_lrp;
mod lxt;
mod maps;
mod network;
mod occlusion;
mod rise;
mod rule;
mod segeigencam;
mod shapley_sampling;
mod shapleycam;
mod smoothgradcampp;
mod sobol;
mod xrai;

use std::collections::BTreeMap;

use backdraft_tests::{Row, SecondCase, SecondFixture, Table, relative_l2};

use network::Second;

/// Our values for a case, in the order in which it stores them.
type Compute = fn(&Second, &SecondCase) -> Vec<f32>;

/// The families that are compared.
const FAMILIES: &[(&str, Compute)] = &[
    ("attention_rollout", attention_rollout::values),
    ("attnlrp", attnlrp::values),
    ("blur_ig", blur_ig::values),
    ("chefer", chefer::values),
    ("cplrp", attnlrp::values),
    ("dff", dff::values),
    ("eigengradcam", eigengradcam::values),
    ("expected_gradients", expected_gradients::values),
    ("feature_ablation", feature_ablation::values),
    ("feature_permutation", feature_permutation::values),
    ("finercam", finercam::values),
    ("game", game::values),
    ("gradcam", gradcam::values),
    ("guided_ig", guided_ig::values),
    ("hsic", hsic::values),
    ("idgi", idgi::values),
    ("kernel_shap", kernel_shap::values),
    ("lime", lime::values),
    ("lstm_lrp", lstm_lrp::values),
    ("occlusion", occlusion::values),
    ("rise", rise::values),
    ("rule", rule::values),
    ("segeigencam", segeigencam::values),
    ("shapley_sampling", shapley_sampling::values),
    ("shapleycam", shapleycam::values),
    ("smoothgradcampp", smoothgradcampp::values),
    ("sobol", sobol::values),
    ("xrai", xrai::values),
];

/// The families that nothing is computed for.
const WITHOUT_COUNTERPART: &[&str] = &["metric", "similarity"];

fn compute(family: &str) -> Option<Compute> {
    let mut families = FAMILIES.iter();
    families.find_map(|&(name, compute)| (name == family).then_some(compute))
}

#[test]
fn parity_with_the_second_folder() {
    let mut table = Table::default();
    let mut without: BTreeMap<String, usize> = BTreeMap::new();
    let mut compared: BTreeMap<String, usize> = BTreeMap::new();
    for name in SecondFixture::names() {
        let second = Second::open(&name);
        for case in second.fixture.cases() {
            let Some(compute) = compute(case.family()) else {
                *without.entry(case.family().to_owned()).or_default() += 1;
                continue;
            };
            *compared.entry(case.family().to_owned()).or_default() += 1;
            let expected = second.fixture.values(&case.key);
            table.push(Row {
                network: name.clone(),
                error: relative_l2(&compute(&second, &case), &expected),
                tolerance: case.tolerance(),
                case: case.key,
            });
        }
    }
    println!("{table}");
    println!("compared: {}", list(&compared));
    println!(
        "{}, {} without counterpart ({})",
        table.summary("parity, second folder"),
        without.values().sum::<usize>(),
        list(&without)
    );
    assert!(without.keys().eq(WITHOUT_COUNTERPART), "{without:?}");
    assert!(compared.keys().eq(FAMILIES.iter().map(|(name, _)| name)));
    table.assert_ok();
}

/// `lime 36, rise 10`.
fn list(counts: &BTreeMap<String, usize>) -> String {
    let each = counts.iter().map(|(name, count)| format!("{name} {count}"));
    each.collect::<Vec<_>>().join(", ")
}
