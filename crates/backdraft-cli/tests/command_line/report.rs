//! `explain --report`.

use std::fs;

use crate::workspace::Workspace;

#[test]
fn a_report_and_its_evidence_are_written() {
    let workspace = Workspace::with_photos(&["a.png"]);
    workspace
        .run("explain a.png --methods grad-cam,saliency --report")
        .assert_success();
    let page = fs::read_to_string(workspace.path("out/report.html")).unwrap();
    for words in ["grad-cam", "saliency", "EfficientNet-Lite0", "a.png"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(workspace.has("out/evidence/manifest.json"));
    // The photo is kept as it was given.
    let given = fs::read(workspace.path("a.png")).unwrap();
    assert_eq!(
        fs::read(workspace.path("out/evidence/photo.png")).unwrap(),
        given
    );
}

#[test]
fn older_evidence_is_replaced_by_force_alone() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let line = "explain a.png --method grad-cam --report";
    workspace.run(line).assert_success();
    workspace.run(line).assert_error(1, "exists already");
    workspace.run(&format!("{line} --force")).assert_success();
    let alone = workspace.run("explain a.png --force");
    assert_eq!(alone.code, 2);
    assert!(alone.stderr.contains("--report"), "{}", alone.stderr);
}

#[test]
fn the_report_says_which_axioms_are_kept_if_asked() {
    let workspace = Workspace::with_photos(&["a.png"]);
    workspace
        .run("explain a.png --methods grad-cam,guided-backprop --report --axioms")
        .assert_success();
    let page = fs::read_to_string(workspace.path("out/report.html")).unwrap();
    let guided = page.split("Checks of guided-backprop").nth(1).unwrap();
    assert!(guided.contains("implementation invariance"));
    assert!(guided.contains("✗ broken"));
    let without = workspace.run("explain a.png --axioms");
    assert_eq!(without.code, 2, "{}", without.stderr);
    assert!(without.stderr.contains("--report"), "{}", without.stderr);
}
