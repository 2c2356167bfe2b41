//! The tutorial is a program, and shows what it prints.

use std::fs;
use std::path::Path;
use std::process::Command;

use backdraft_tests::Page;

/// The blocks of code of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let blocks = page.split(&fence).skip(1);
    let blocks = blocks.map(|block| block.split("\n```").next().unwrap_or_default().into());
    blocks.collect()
}

/// The lines that say something, without their indentation.
fn code(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//!"))
        .collect()
}

#[test]
fn the_code_of_the_tutorial_is_its_program() {
    let page = Page::open("docs/tutorial.md");
    let program = Page::open("docs/tutorial.rs");
    let typed = blocks(page.text(), "rust").join("\n");
    let (typed, program) = (code(&typed), code(program.text()));
    for (typed, line) in typed.iter().zip(&program) {
        assert_eq!(
            typed, line,
            "docs/tutorial.md differs from docs/tutorial.rs"
        );
    }
    assert_eq!(
        typed.len(),
        program.len(),
        "docs/tutorial.md lacks the end of docs/tutorial.rs"
    );
}

#[test]
fn the_tutorial_shows_what_its_program_prints() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial");
    fs::create_dir_all(&folder).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_tutorial"))
        .current_dir(&folder)
        .output()
        .unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    println!("{printed}");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let page = Page::open("docs/tutorial.md");
    let shown = blocks(page.text(), "text").join("\n");
    let (shown, printed) = (code(&shown), code(&printed));
    for (shown, line) in shown.iter().zip(&printed) {
        assert_eq!(
            shown, line,
            "docs/tutorial.md shows another line than the program prints"
        );
    }
    assert_eq!(
        shown.len(),
        printed.len(),
        "docs/tutorial.md doesn't show all that is printed"
    );
    for picture in ["lines-0.png", "lines-1.png"] {
        assert!(folder.join(picture).is_file(), "{picture} wasn't saved");
    }
}
