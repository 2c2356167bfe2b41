//! Several photos, and folders of them.

use crate::photos;
use crate::workspace::Workspace;

#[test]
fn a_folder_has_a_folder_for_each_photo() {
    let workspace = Workspace::with_photos(&["in/b.png", "in/a.png", "in/below/a.png"]);
    workspace.write("in/notes.txt", b"no photo");
    let run = workspace.run("explain in").assert_success();
    let (a, b) = (run.stdout.find("in/a.png"), run.stdout.find("in/b.png"));
    assert!(a.is_some() && a < b, "{}", run.stdout);
    assert!(
        run.stdout
            .ends_with("2 of 2 photos explained in out/manifest.json\n")
    );
    assert_eq!(workspace.list("out"), ["a", "b", "manifest.json"]);
    let files = [
        "attribution.safetensors",
        "heatmap.png",
        "manifest.json",
        "overlay.png",
    ];
    assert_eq!(workspace.list("out/a"), files);
    assert_eq!(workspace.json("out/a/manifest.json")["photo"], "in/a.png");
}

#[test]
fn folders_in_folders_are_searched_if_asked() {
    let workspace = Workspace::with_photos(&["a.png", "below/a.png"]);
    for _ in 0..2 {
        // The second time the results of the first are there as well.
        workspace
            .run("explain . --recursive --method saliency")
            .assert_success();
        assert_eq!(workspace.list("out"), ["a", "a-2", "manifest.json"]);
    }
}

#[test]
fn a_broken_photo_does_not_stop_the_others() {
    let workspace = Workspace::with_photos(&["a.png", "c.png"]);
    workspace.write("b.png", &photos::cut_off());
    let run = workspace.run("explain a.png b.png c.png missing.png --json");
    assert_eq!(run.code, 3, "{}", run.stderr);
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{}", run.stderr);
    assert!(
        lines[0].starts_with("error: `b.png` is not an intact"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("error: there is no photo at `missing.png`"),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "error: 2 of 4 photos could not be explained");

    let manifest = run.json();
    assert_eq!(manifest, workspace.json("out/manifest.json"));
    let photos = manifest["photos"].as_array().unwrap();
    let names: Vec<_> = photos
        .iter()
        .map(|photo| photo["photo"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a.png", "b.png", "c.png", "missing.png"]);
    assert_eq!(photos[2]["folder"], "c");
    assert_eq!(photos[2]["top5"].as_array().unwrap().len(), 5);
    assert_eq!(photos[2].get("error"), None);
    assert!(
        photos[1]["error"]
            .as_str()
            .unwrap()
            .contains("not an intact")
    );
    assert_eq!(photos[1].get("folder"), None);
    assert_eq!(workspace.list("out"), ["a", "c", "manifest.json"]);
}

#[test]
fn several_photos_may_include_standard_input() {
    let workspace = Workspace::with_photos(&["stdin.png"]);
    let run = workspace.run_with_input("explain stdin.png -", photos::png());
    run.assert_success();
    assert_eq!(workspace.list("out"), ["manifest.json", "stdin", "stdin-2"]);
}

#[test]
fn if_every_photo_fails_the_whole_fails() {
    let workspace = Workspace::with_photos(&["a.png", "b.png"]);
    let run = workspace.run("explain a.png b.png --class 1000");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("error: a.png: "), "{}", run.stderr);
    assert!(
        run.stderr.ends_with("error: no photo could be explained\n"),
        "{}",
        run.stderr
    );
}
