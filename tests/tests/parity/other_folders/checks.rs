//! The suite on folders that it was not written for.

use std::process::Command;

use super::draft::Drafts;
use super::networks::{convnet, efficientnet_lite0, mlp, textnet};
use crate::compared;

/// Two networks with logits and three methods, and a layer of one of them.
const BOTH: &str = "parity: 9 cases, 0 failed";

#[test]
fn networks_of_other_sizes() {
    let drafts = Drafts::new("sizes");
    mlp().write(&drafts, "mlp");
    convnet().write(&drafts, "convnet");
    textnet().write(&drafts, "text of three words");
    let (table, summary) = compared(&drafts.folder());
    println!("{table}\n{summary}");
    table.assert_ok();
    assert!(
        table
            .summary("parity")
            .starts_with("parity: 11 cases, 0 failed")
    );
    assert!(summary.missing().is_empty(), "{summary}");
    assert!(summary.skipped().is_empty(), "{summary}");
}

/// The test `parity` itself, in a process of its own.
#[test]
fn the_variable_names_the_folder() {
    let drafts = Drafts::new("variable");
    mlp().write(&drafts, "mlp");
    convnet().write(&drafts, "convnet");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "parity", "--nocapture"])
        .env("BACKDRAFT_FIXTURES", drafts.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains(BOTH), "{text}");
}

#[test]
fn a_tensor_that_the_file_lacks_is_skipped_and_counted() {
    let drafts = Drafts::new("lacking");
    let mut fixture = mlp();
    fixture.lose("saliency.abs/t1_3");
    fixture.data("logits/x1", &[1, 4], &[0.0; 4]);
    fixture.data("input/x1", &[1, 5], &[0.0; 5]);
    fixture.lose("input/x1");
    fixture.write(&drafts, "mlp");
    let (table, summary) = compared(&drafts.folder());
    assert!(
        table
            .summary("parity")
            .starts_with("parity: 3 cases, 0 failed")
    );
    assert_eq!(
        summary.skipped(),
        [
            "mlp/logits/x1 for want of input/x1",
            "mlp/saliency.abs/t1_3 for want of saliency.abs/t1_3",
        ]
    );
}

#[test]
fn a_wrong_number_fails() {
    let drafts = Drafts::new("wrong");
    let mut fixture = mlp();
    fixture.data("logits/x2", &[2, 4], &[0.5; 8]);
    fixture.write(&drafts, "mlp");
    let (table, _) = compared(&drafts.folder());
    assert!(
        table
            .summary("parity")
            .starts_with("parity: 4 cases, 1 failed")
    );
}

#[test]
fn the_large_network_needs_no_weights() {
    let drafts = Drafts::new("large");
    efficientnet_lite0().write(&drafts, "efficientnet_lite0");
    let (table, _) = compared(&drafts.folder());
    table.assert_ok();
}

#[test]
#[should_panic(expected = "fixture mlp has no weights.safetensors")]
fn any_other_network_does() {
    let drafts = Drafts::new("weightless");
    let mut fixture = mlp();
    fixture.lose_weights();
    fixture.write(&drafts, "mlp");
    compared(&drafts.folder());
}

#[test]
#[should_panic(expected = "no network is called \"perceptron\"")]
fn an_unknown_network_is_named() {
    let drafts = Drafts::new("unknown");
    super::draft::Draft::new("perceptron", serde_json::json!({})).write(&drafts, "mlp");
    compared(&drafts.folder());
}
