//! `completions` and `man`.

use std::fs;

use crate::workspace::Workspace;

#[test]
fn every_shell_gets_a_script_that_knows_the_subcommands() {
    let workspace = Workspace::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = workspace
            .run(&format!("completions {shell}"))
            .assert_success();
        for word in ["explain", "axioms", "full-size"] {
            assert!(run.stdout.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_manual_page_is_printed() {
    let page = Workspace::new().run("man").assert_success().stdout;
    assert!(page.contains(".TH backdraft 1"), "{page}");
    assert!(page.contains("Exit codes"), "{page}");
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let workspace = Workspace::new();
    workspace.run("man --out pages").assert_success();
    let pages = workspace.list("pages");
    for page in [
        "backdraft.1",
        "backdraft-explain.1",
        "backdraft-layers.1",
        "backdraft-man.1",
    ] {
        assert!(pages.iter().any(|name| name == page), "{pages:?}");
    }
    let explain = fs::read_to_string(workspace.path("pages/backdraft-explain.1")).unwrap();
    assert!(explain.contains("full\\-size"), "{explain}");
}
