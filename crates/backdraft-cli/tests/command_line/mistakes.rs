//! One clear line for each mistake.

use crate::photos;
use crate::workspace::Workspace;

#[test]
fn a_photo_that_is_not_there_is_named() {
    let run = Workspace::new().run("explain missing.png");
    run.assert_error(1, "there is no photo at `missing.png`: check the path");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_photo_that_is_no_image_is_refused() {
    let workspace = Workspace::new();
    workspace.write("a.png", b"no image");
    (workspace.run("explain a.png")).assert_error(1, "`a.png` is not an intact JPEG, PNG");
    assert!(!workspace.has("out"));
}

#[test]
fn what_is_no_image_on_standard_input_is_refused() {
    let workspace = Workspace::new();
    for input in [Vec::new(), photos::cut_off()] {
        let run = workspace.run_with_input("explain -", input);
        run.assert_error(1, "standard input: ");
    }
}

#[test]
fn a_folder_without_pictures_is_refused() {
    let workspace = Workspace::new();
    workspace.write("in/notes.txt", b"no photo");
    (workspace.run("explain in")).assert_error(1, "there is no picture in the folder `in`");
}

#[test]
fn a_class_that_the_network_does_not_have_is_refused() {
    let workspace = Workspace::new();
    workspace
        .run("explain --class 1000")
        .assert_error(1, "1000");
    workspace.run("axioms --class 1000").assert_error(1, "1000");
}

#[test]
fn a_layer_that_the_network_does_not_have_is_refused() {
    (Workspace::new().run("explain --layer haed.conv")).assert_error(1, "haed.conv");
}

#[test]
fn a_folder_that_cannot_be_created_is_named() {
    let workspace = Workspace::with_photos(&["out"]);
    workspace
        .run("explain")
        .assert_error(1, "cannot create out: ");
    workspace
        .run("man --out out/pages")
        .assert_error(1, "cannot write pages into out/pages: ");
}

#[test]
fn axioms_are_about_one_baseline() {
    (Workspace::new().run("axioms --baseline average")).assert_error(1, "one baseline");
}
