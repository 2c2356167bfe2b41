//! `axioms` and `methods`.

use crate::workspace::Workspace;

#[test]
fn what_is_known_of_a_method_is_no_error() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let run = workspace
        .run("axioms a.png --methods saliency --class 7")
        .assert_success();
    assert!(
        run.stdout
            .starts_with("a.png, class 7 (cock), compared with "),
        "{}",
        run.stdout
    );
    let row = |axiom| {
        run.stdout
            .lines()
            .find(|line| line.trim_start().starts_with(axiom))
            .unwrap()
    };
    assert!(row("completeness").contains("failed "), "{}", run.stdout);
    assert!(row("linearity").contains("passed "), "{}", run.stdout);
    assert!(!row("completeness").contains("failed!"), "{}", run.stdout);
}

#[test]
fn what_was_found_is_json_for_scripts() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let json = workspace
        .run("axioms a.png --methods saliency,cam --json")
        .assert_success()
        .json();
    for key in [
        "photo", "network", "backend", "target", "baseline", "seed", "version",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    let [saliency, cam] = [0, 1].map(|method| &json["methods"][method]);
    assert_eq!(saliency["method"], "saliency");
    let completeness = &saliency["checks"][3];
    assert_eq!(completeness["axiom"], "completeness");
    assert_eq!(completeness["outcome"], "failed");
    assert_eq!(completeness["promised"], false);
    assert!(completeness["slack"].as_f64().unwrap() > completeness["tolerance"].as_f64().unwrap());
    assert_eq!(saliency["checks"][4]["promised"], true);
    // A value for each place of a layer is none for each pixel.
    assert!(
        cam["checks"][3]["outcome"]["not-applicable"].is_string(),
        "{cam}"
    );
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
        assert!(table.contains(row["family"].as_str().unwrap()), "{row}");
    }
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
}
