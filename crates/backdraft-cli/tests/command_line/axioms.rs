//! `axioms` and `methods`.

use crate::workspace::Workspace;

#[test]
fn what_is_known_of_a_method_is_no_error() {
    let run = Workspace::new().run("axioms --methods saliency,cam --json");
    let json = run.assert_success().json();
    for key in ["photo", "network", "backend", "baseline", "seed", "version"] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(json["target"]["class"], 282);
    let [saliency, cam] = [0, 1].map(|method| &json["methods"][method]);
    assert_eq!(saliency["method"], "saliency");
    let [completeness, linearity] = [3, 4].map(|check| &saliency["checks"][check]);
    assert_eq!(completeness["axiom"], "completeness");
    assert_eq!(completeness["outcome"], "failed");
    assert_eq!(completeness["promised"], false);
    let [slack, tolerance] = ["slack", "tolerance"].map(|key| completeness[key].as_f64().unwrap());
    assert!(slack > tolerance, "{completeness}");
    assert_eq!(linearity["outcome"], "passed");
    assert_eq!(linearity["promised"], true);
    // A value for each place of a layer is none for each pixel.
    let reason = &cam["checks"][3]["outcome"]["not-applicable"];
    assert!(reason.is_string(), "{cam}");
}

#[test]
fn people_read_a_table() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let run = workspace.run("axioms a.png --methods cam --class 7 --baseline gray");
    let table = run.assert_success().stdout;
    assert!(
        table.starts_with("a.png, class 7 (cock), compared with "),
        "{table}"
    );
    let row = table.lines().find(|line| line.contains("completeness"));
    let words: Vec<_> = row.unwrap().split_whitespace().collect();
    assert_eq!(words, ["completeness", "1e-2", "n/a"]);
}

#[test]
fn every_method_is_listed() {
    let workspace = Workspace::new();
    let json = workspace.run("methods --json").assert_success().json();
    let grad_cam = json
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "grad-cam")
        .unwrap();
    assert_eq!(grad_cam["captum"], "LayerGradCam");
    assert_eq!(grad_cam["pytorch_grad_cam"], "GradCAM");
    assert_eq!(grad_cam["options"], serde_json::json!(["--layer"]));
    let table = workspace.run("methods").assert_success().stdout;
    for row in json.as_array().unwrap() {
        assert!(table.contains(row["name"].as_str().unwrap()), "{row}");
    }
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
}
