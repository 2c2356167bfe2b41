//! The pages of the book, as `docs/SUMMARY.md` lists them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use backdraft_tests::{Page, repository};

use crate::sources::files;

/// A line of the list: a part's title, or a page.
pub enum Line {
    Part(String),
    Page { title: String, path: String },
}

pub fn lines() -> Vec<Line> {
    let summary = Page::open("docs/SUMMARY.md");
    let lines = summary.text().lines().skip(1).filter_map(line);
    lines.collect()
}

pub fn pages() -> Vec<String> {
    let paths = lines().into_iter().filter_map(|line| match line {
        Line::Page { path, .. } => Some(path),
        Line::Part(_) => None,
    });
    paths.collect()
}

fn line(text: &str) -> Option<Line> {
    if let Some(part) = text.strip_prefix("# ") {
        return Some(Line::Part(part.into()));
    }
    let (title, path) = text.trim_start_matches([' ', '-', '[']).split_once("](")?;
    Some(Line::Page {
        title: title.into(),
        path: path.trim_end_matches(')').into(),
    })
}

#[test]
fn the_summary_lists_every_page() {
    let docs = repository().join("docs");
    let mut found: BTreeSet<PathBuf> = files(&docs, "md").collect();
    found.remove(&docs.join("SUMMARY.md"));
    let listed: BTreeSet<PathBuf> = pages().iter().map(|page| docs.join(page)).collect();
    assert_eq!(found, listed);
}
