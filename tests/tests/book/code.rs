//! Every block of Rust in the book is compiled.

use backdraft_tests::Page;

use crate::summary::pages;

/// Whose code is a program of its own: `tutorial.rs` compares them.
const TUTORIAL: &str = "tutorial.md";

#[test]
fn every_page_with_rust_is_a_documentation_test() {
    let tests = Page::open("tests/src/lib.rs");
    let mut with_code = 0;
    for path in pages() {
        let page = Page::open(&format!("docs/{path}"));
        assert!(
            !page.text().is_empty(),
            "docs/{path} is empty or isn't there"
        );
        let mut blocks = page
            .text()
            .lines()
            .filter(|line| line.starts_with("```rust"));
        if path == TUTORIAL || blocks.clone().next().is_none() {
            continue;
        }
        with_code += 1;
        let name = path.rsplit('/').next().unwrap_or(&path);
        assert!(
            tests.text().contains(&format!("\"{name}\"")),
            "docs/{path} has code, so tests/src/lib.rs must name it"
        );
        let ignored = blocks.find(|fence| fence.contains("ignore"));
        assert_eq!(ignored, None, "docs/{path} has code that isn't compiled");
    }
    assert!(
        with_code > 10,
        "only {with_code} pages with code were found"
    );
}
