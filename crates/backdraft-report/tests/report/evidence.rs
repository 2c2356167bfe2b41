//! Folders of evidence: written whole or not at all, and checked.

use std::fs;
use std::path::{Path, PathBuf};

use backdraft::Attribution;
use backdraft_report::{Evidence, Explanation, Report, ReportError};
use burn::tensor::Device;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::subject::{report, signed_map};

/// A folder for a test, and the path of the evidence in it.
fn destination() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence");
    (folder, path)
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// A report that can't be drawn.
fn broken() -> Report {
    let beyond = Explanation::new("beyond", signed_map()).with_sample(1);
    report().with_explanation(beyond)
}

#[test]
fn the_folder_has_report_values_photo_and_manifest() {
    let (folder, path) = destination();
    let hash = Evidence::of(&report()).save(&path).unwrap();
    assert_eq!(names_in(folder.path()), ["evidence"]);
    assert_eq!(
        names_in(&path),
        [
            "01-grad-cam.safetensors",
            "02-input-gradient.safetensors",
            "03-tokens.safetensors",
            "manifest.json",
            "photo.png",
            "report.html"
        ]
    );
    assert!(Evidence::verify(&path).unwrap().is_empty());
    let content = fs::read(path.join("manifest.json")).unwrap();
    let digest = Sha256::digest(&content);
    let digest: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, digest.concat());
}

#[test]
fn values_are_those_of_the_explanation() {
    let (_folder, path) = destination();
    Evidence::of(&report()).save(&path).unwrap();
    let file = path.join("02-input-gradient.safetensors");
    let loaded = Attribution::load(file, &Device::flex()).unwrap();
    assert_eq!(loaded.target(), "class 282");
    assert_eq!(loaded.sums(), signed_map().sums());
    assert_eq!(loaded.gap(), signed_map().gap());
}

#[test]
fn the_manifest_says_what_was_computed() {
    let (_folder, path) = destination();
    Evidence::of(&report().with_time("at noon"))
        .save(&path)
        .unwrap();
    let manifest = manifest(&path);
    assert_eq!(manifest["format"], "backdraft evidence");
    assert_eq!(manifest["version"], 1);
    assert_eq!(manifest["predictions"][0]["name"], "tiger cat");
    let entry = &manifest["explanations"][1];
    assert_eq!(entry["label"], "Input × gradient");
    assert_eq!(entry["file"], "02-input-gradient.safetensors");
    assert_eq!(entry["options"]["steps"], 50);
    assert_eq!((&entry["score"], &entry["sum"]), (&5.0.into(), &3.0.into()));
    assert_eq!(entry["gap"]["absolute"], 0.0);
    assert_eq!(manifest["provenance"]["time"], "at noon");
    assert_eq!(
        manifest["provenance"]["network"]["layers"][0]["name"],
        "relu"
    );
    assert_eq!(manifest["files"].as_array().unwrap().len(), 5);
}

#[test]
fn a_changed_byte_a_missing_and_an_extra_file_are_found() {
    let (_folder, path) = destination();
    Evidence::of(&report()).save(&path).unwrap();
    let page = path.join("report.html");
    let mut content = fs::read(&page).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(&page, content).unwrap();
    fs::remove_file(path.join("photo.png")).unwrap();
    fs::write(path.join("notes.txt"), "mine").unwrap();
    fs::create_dir(path.join("more")).unwrap();
    let differences = Evidence::verify(&path).unwrap();
    assert!(!differences.is_empty());
    assert_eq!(
        differences.to_string(),
        "changed: report.html; missing: photo.png; extra: more, notes.txt"
    );
}

#[test]
fn the_photo_is_kept_as_it_was_given() {
    let (_folder, path) = destination();
    let bytes = b"any content".as_slice();
    let report = report().with_photo_file("holiday/cat.JPG", bytes);
    Evidence::of(&report).save(&path).unwrap();
    assert_eq!(fs::read(path.join("photo.jpg")).unwrap(), bytes);
    assert_eq!(manifest(&path)["photo"], "holiday/cat.JPG");
}

#[test]
fn labels_lead_nowhere_else_and_may_be_equal() {
    let (folder, path) = destination();
    let mut report = Report::new("Labels");
    for label in ["../../up", "same", "same", "/", ""] {
        report = report.with_explanation(Explanation::new(label, signed_map()));
    }
    Evidence::of(&report).save(&path).unwrap();
    assert_eq!(names_in(folder.path()), ["evidence"]);
    assert_eq!(
        names_in(&path)[..5],
        [
            "01-up.safetensors",
            "02-same.safetensors",
            "03-same.safetensors",
            "04.safetensors",
            "05.safetensors"
        ]
    );
}

#[test]
fn a_report_that_fails_leaves_nothing() {
    let (folder, path) = destination();
    assert!(Evidence::of(&broken()).save(&path).is_err());
    assert!(names_in(folder.path()).is_empty());
}

#[test]
fn an_older_folder_is_replaced_only_by_force() {
    let (folder, path) = destination();
    Evidence::of(&report()).save(&path).unwrap();
    let new = Report::new("Another");
    let error = Evidence::of(&new).save(&path).unwrap_err();
    assert!(matches!(error, ReportError::Exists { .. }), "{error}");
    assert_eq!(manifest(&path)["title"], "What it sees in cat.png");

    Evidence::of(&new).with_force(true).save(&path).unwrap();
    assert_eq!(manifest(&path)["title"], "Another");
    assert_eq!(names_in(&path), ["manifest.json", "report.html"]);
    assert_eq!(names_in(folder.path()), ["evidence"]);
}

#[test]
fn a_failure_leaves_the_older_folder_as_it_was() {
    let (folder, path) = destination();
    Evidence::of(&report()).save(&path).unwrap();
    let broken = broken();
    assert!(Evidence::of(&broken).with_force(true).save(&path).is_err());
    assert!(Evidence::verify(&path).unwrap().is_empty());
    assert_eq!(names_in(folder.path()), ["evidence"]);
}

#[test]
fn what_is_no_evidence_is_never_replaced() {
    let (_folder, path) = destination();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("thesis.tex"), "years of work").unwrap();
    let report = report();
    let by_force = || Evidence::of(&report).with_force(true).save(&path);
    let error = by_force().unwrap_err();
    assert!(
        error.to_string().ends_with("it has no manifest.json"),
        "{error}"
    );
    fs::write(path.join("manifest.json"), "{}").unwrap();
    let error = by_force().unwrap_err();
    assert!(matches!(error, ReportError::NotEvidence { .. }), "{error}");
    assert_eq!(names_in(&path), ["manifest.json", "thesis.tex"]);

    fs::remove_dir_all(&path).unwrap();
    fs::write(&path, "a file").unwrap();
    let error = by_force().unwrap_err();
    assert!(error.to_string().contains("it is no folder"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"a file");

    // An empty folder holds nothing that could be lost.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    by_force().unwrap();
}

#[test]
fn a_destination_that_cant_be_written_is_named() {
    let (folder, _) = destination();
    let error = |path: &Path| Evidence::of(&report()).save(path).unwrap_err();
    let missing = error(&folder.path().join("no/evidence"));
    assert!(
        matches!(missing, ReportError::MissingFolder { .. }),
        "{missing}"
    );
    let nameless = error(&folder.path().join(".."));
    assert!(matches!(nameless, ReportError::NoName { .. }), "{nameless}");
    // Not even the administrator may create a folder there.
    #[cfg(target_os = "linux")]
    assert!(matches!(
        error(Path::new("/proc/evidence")),
        ReportError::Unwritable { .. }
    ));
}

#[test]
fn a_manifest_that_names_files_elsewhere_is_refused() {
    let (folder, path) = destination();
    Evidence::of(&report()).save(&path).unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    let file = path.join("manifest.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"photo.png\"", "\"../secret\"")).unwrap();
    let error = Evidence::verify(&path).unwrap_err().to_string();
    assert!(
        error.contains("`../secret`, which is no file of the folder"),
        "{error}"
    );
}

#[test]
fn a_manifest_of_another_kind_is_named() {
    let (_folder, path) = destination();
    Evidence::of(&report()).save(&path).unwrap();
    let file = path.join("manifest.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("\"version\": 1", "\"version\": 2", 1)).unwrap();
    let error = Evidence::verify(&path).unwrap_err().to_string();
    assert!(
        error.contains("`backdraft evidence`, version 2, where"),
        "{error}"
    );
    fs::write(&file, "no JSON").unwrap();
    assert!(
        Evidence::verify(&path)
            .unwrap_err()
            .to_string()
            .contains("is damaged")
    );
}
