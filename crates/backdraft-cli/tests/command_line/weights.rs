//! Own weights and names of classes.

use backdraft_models::{ResNet18, save_weights};
use burn::tensor::Device;

use crate::workspace::Workspace;

/// A folder with a photo, weights for three classes, and their names.
fn workspace() -> Workspace {
    let workspace = Workspace::with_photos(&["a.png"]);
    let model = ResNet18::with_classes(3, &Device::flex());
    save_weights(&model, workspace.path("own.safetensors")).unwrap();
    workspace.write("names.txt", b"cat\ndog\nmouse\n");
    workspace
}

#[test]
fn own_weights_explain_own_classes() {
    let workspace = workspace();
    let line = "explain a.png --network resnet18 --weights own.safetensors";
    let manifest = workspace.run(&format!("{line} --labels names.txt --class 2 --json"));
    let manifest = manifest.assert_success().json();
    assert_eq!(manifest["network"], "ResNet-18");
    assert_eq!(manifest["weights"], "own.safetensors");
    assert_eq!(manifest["target"]["name"], "mouse");
    assert_eq!(manifest["top5"].as_array().unwrap().len(), 3);
    let unnamed = workspace
        .run(&format!("{line} --class 1 --json"))
        .assert_success();
    assert_eq!(unnamed.json()["target"]["name"], "class 1");
    workspace
        .run(&format!("{line} --class 3"))
        .assert_error(1, "3");
}

#[test]
fn layers_are_those_of_the_architecture() {
    let line = "layers --network resnet18 --weights own.safetensors";
    let layers = workspace().run(line).assert_success().stdout;
    assert!(layers.contains("layer4.1.conv2"), "{layers}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let workspace = workspace();
    workspace.write("words.safetensors", b"no tensors");
    for (line, text) in [
        (
            "layers --weights own.safetensors",
            "cannot use the weights in `own.safetensors`: ",
        ),
        (
            "layers --weights words.safetensors",
            "the weights in `words.safetensors`",
        ),
        (
            "layers --weights missing.safetensors",
            "the weights in `missing.safetensors`",
        ),
        (
            "layers --labels missing.txt",
            "cannot read the names in `missing.txt`",
        ),
        (
            "layers --labels names.txt",
            "has 3 names, but the network has 1000 classes",
        ),
    ] {
        workspace.run(line).assert_error(1, text);
    }
    (workspace.run("layers --network resnet18")).assert_error(2, "name a file with `--weights`");
}
