//! How much is said, where, and in which colors.

use std::process::{Command, Stdio};

use crate::photos;
use crate::workspace::Workspace;

const ESCAPE: char = '\u{1b}';

#[test]
fn quiet_prints_nothing_if_all_is_well() {
    let workspace = Workspace::with_photos(&["a.png", "b.png"]);
    for line in ["explain --quiet", "explain -q a.png b.png", "layers -q"] {
        let run = workspace.run(line).assert_success();
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str()),
            ("", ""),
            "{line}"
        );
    }
}

#[test]
fn quiet_prints_errors_and_what_json_asks_for() {
    let workspace = Workspace::with_photos(&["a.png"]);
    workspace.write("b.png", &photos::cut_off());
    let run = workspace.run("explain --quiet a.png b.png --json");
    assert_eq!(run.json()["photos"][0]["folder"], "a");
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
}

#[test]
fn verbose_prints_times_beside_the_results() {
    let workspace = Workspace::new();
    let usual = workspace.run("explain").assert_success();
    let verbose = workspace.run("explain --verbose").assert_success();
    assert_eq!(verbose.stdout, usual.stdout);
    assert_eq!(usual.stderr, "");
    assert!(
        verbose
            .stderr
            .contains("note: EfficientNet-Lite0 loaded in "),
        "{}",
        verbose.stderr
    );
    assert!(
        verbose.stderr.contains("note: grad-cam took "),
        "{}",
        verbose.stderr
    );
}

#[test]
fn there_is_color_where_it_is_wanted() {
    let workspace = Workspace::new();
    let stderr = |line| workspace.run(line).stderr;
    assert!(!stderr("explain missing.png").contains(ESCAPE));
    assert!(!stderr("explain missing.png --color never").contains(ESCAPE));
    assert!(stderr("explain missing.png --color always").contains(ESCAPE));
}

#[test]
fn whoever_reads_only_the_beginning_has_seen_enough() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_backdraft"))
        .arg("layers")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(program.stdout.take());
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
