//! The tutorial is a program, and shows what it prints.

use std::fs;
use std::path::Path;
use std::process::Command;

use backdraft_tests::Page;

/// What sums of single precision may differ by from one processor to another, and slacks of a check with them.
const ROUNDING: f64 = 1e-3;

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

/// Whether two lines say the same, whatever the spaces and the rounding of the processor.
fn is_like(shown: &str, printed: &str) -> bool {
    let words = |line: &str| -> Vec<String> { line.split_whitespace().map(Into::into).collect() };
    let (shown, printed) = (words(shown), words(printed));
    let mut pairs = shown.iter().zip(&printed);
    shown.len() == printed.len()
        && pairs.all(|(a, b)| match (number(a), number(b)) {
            (Some(a), Some(b)) => (a - b).abs() <= ROUNDING * a.abs().max(1.0),
            _ => a == b,
        })
}

fn number(word: &str) -> Option<f64> {
    word.trim_matches(['[', ']', ',', ':']).parse().ok()
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
        assert!(
            is_like(shown, line),
            "docs/tutorial.md shows\n{shown}\nand the program prints\n{line}"
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
