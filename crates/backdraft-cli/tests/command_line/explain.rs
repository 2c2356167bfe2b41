//! One photo.

use crate::photos;
use crate::workspace::Workspace;

/// What `manifest.json` of one method promises.
const KEYS: [&str; 15] = [
    "attribution",
    "backend",
    "baseline",
    "conservation",
    "gap",
    "layer",
    "map",
    "method",
    "network",
    "options",
    "peak",
    "photo",
    "picture",
    "target",
    "top5",
];

#[test]
fn without_a_photo_the_cat_is_explained() {
    let workspace = Workspace::new();
    let run = workspace.run("explain").assert_success();
    assert!(
        run.stdout.starts_with("chelsea.png (built in)\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("282  tiger cat"), "{}", run.stdout);
    assert!(
        run.stdout.ends_with("written to out/overlay.png\n"),
        "{}",
        run.stdout
    );
    let files = [
        "attribution.safetensors",
        "heatmap.png",
        "manifest.json",
        "overlay.png",
    ];
    assert_eq!(workspace.list("out"), files);
    let manifest = workspace.json("out/manifest.json");
    for key in KEYS {
        assert!(manifest.get(key).is_some(), "{key}");
    }
    assert_eq!(manifest["target"]["class"], 282);
    assert_eq!(manifest["top5"].as_array().unwrap().len(), 5);
    let overlay = image::open(workspace.path("out/overlay.png")).unwrap();
    assert_eq!((overlay.width(), overlay.height()), (451, 300));
}

#[test]
fn several_methods_have_a_picture_each_and_a_sheet() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let line = "explain a.png --methods cam,saliency --class 967 --out maps";
    workspace.run(line).assert_success();
    let files = [
        "cam.png",
        "cam.safetensors",
        "manifest.json",
        "saliency.png",
        "saliency.safetensors",
        "sheet.png",
    ];
    assert_eq!(workspace.list("maps"), files);
    let manifest = workspace.json("maps/manifest.json");
    assert_eq!(manifest["target"]["name"], "espresso");
    assert_eq!(manifest["methods"][1]["picture"], "saliency.png");
    assert_eq!(manifest.get("method"), None);
}

#[test]
fn several_composites_have_a_picture_each_and_a_sheet() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let line = "explain a.png --method lrp --conserving --composite deep-taylor,epsilon-gamma-box";
    let run = workspace.run(line).assert_success();
    let expected = "(DeepTaylor, conserving, relevance lost below 0.01%)";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    let files = [
        "lrp-deep-taylor.png",
        "lrp-deep-taylor.safetensors",
        "lrp-epsilon-gamma-box.png",
        "lrp-epsilon-gamma-box.safetensors",
        "manifest.json",
        "sheet.png",
    ];
    assert_eq!(workspace.list("out"), files);
    let manifest = workspace.json("out/manifest.json");
    for result in manifest["methods"].as_array().unwrap() {
        assert_eq!(result["method"], "lrp");
        assert_eq!(result["gap"], serde_json::Value::Null);
        let lost = result["conservation"]["relative"].as_f64().unwrap();
        assert!(lost.abs() < 1e-4, "{lost}");
    }
}

#[test]
fn a_photo_comes_from_standard_input() {
    let workspace = Workspace::new();
    let run = workspace
        .run_with_input("explain -", photos::png())
        .assert_success();
    assert!(run.stdout.starts_with("standard input\n"), "{}", run.stdout);
    assert_eq!(
        workspace.json("out/manifest.json")["photo"],
        "standard input"
    );
    assert!(workspace.has("out/overlay.png"));
}

#[test]
fn json_is_the_manifest_and_nothing_else() {
    let workspace = Workspace::new();
    let run = workspace.run("explain --json").assert_success();
    assert_eq!(run.json(), workspace.json("out/manifest.json"));
}

#[test]
fn the_manifest_is_the_same_from_file_and_standard_input() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let of_file = workspace
        .run("explain a.png --json")
        .assert_success()
        .json();
    let of_input = workspace.run_with_input("explain - --json", photos::png());
    let of_input = of_input.assert_success().json();
    assert_eq!(of_file["photo"], "a.png");
    assert_eq!(of_file["target"], of_input["target"]);
    assert_eq!(of_file["peak"], of_input["peak"]);
}

#[test]
fn explain_lists_layers_as_the_subcommand_does() {
    let workspace = Workspace::new();
    let layers = workspace.run("layers").assert_success();
    assert!(layers.stdout.contains("head.conv"), "{}", layers.stdout);
    let alias = workspace.run("explain --layers").assert_success();
    assert_eq!(alias.stdout, layers.stdout);
    let json = workspace
        .run("explain --layers --json")
        .assert_success()
        .json();
    assert_eq!(json, workspace.run("layers --json").assert_success().json());
    let head = json
        .as_array()
        .unwrap()
        .iter()
        .find(|layer| layer["name"] == "head.conv");
    assert_eq!(head.unwrap()["shape"], serde_json::json!([1, 1280, 7, 7]));
    assert!(!workspace.has("out"));
}

#[test]
fn regions_are_listed_and_charted() {
    let workspace = Workspace::with_photos(&["a.png"]);
    let line = "explain a.png --method feature-ablation --regions grid:2 --class 967";
    let run = workspace.run(line).assert_success();
    let listed = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("region "));
    assert_eq!(listed.count(), 4, "{}", run.stdout);
    let chart = std::fs::read_to_string(workspace.path("out/chart.svg")).unwrap();
    assert!(chart.contains("feature-ablation of class 967"), "{chart}");
    let run = workspace.run("explain a.png --method kernel-shap --regions slic");
    assert!(
        run.stderr.contains("`slic` needs a number, such as slic:9"),
        "{}",
        run.stderr
    );
}
