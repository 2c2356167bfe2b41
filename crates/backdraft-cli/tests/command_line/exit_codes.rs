//! Wrong command lines, and where the codes are documented.

use crate::workspace::Workspace;

#[test]
fn a_wrong_command_line_has_code_2() {
    let workspace = Workspace::new();
    for line in [
        "",
        "explian",
        "explain --method guess",
        "explain --method saliency --methods cam",
        "explain --class cat",
        "explain --quiet --verbose",
        "completions telnet",
        "axioms --methods layer-activation",
    ] {
        let run = workspace.run(line);
        assert_eq!(run.code, 2, "{line}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{line}");
    }
}

#[test]
fn options_that_do_not_fit_together_have_code_2() {
    let workspace = Workspace::new();
    let run = workspace.run("explain --method saliency --layer head");
    run.assert_error(2, "leave it out for saliency");
    let run = workspace.run_with_input("explain - -", Vec::new());
    run.assert_error(2, "give `-` once");
}

#[test]
fn the_help_documents_exit_codes() {
    let workspace = Workspace::new();
    for line in ["--help", "explain --help", "axioms --help"] {
        let help = workspace.run(line).assert_success().stdout;
        assert!(help.contains("Exit codes:\n  0  all went well\n"), "{help}");
        assert!(help.contains("\n  3  some photos failed"), "{help}");
    }
}
