//! Pages in Markdown that no book holds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Parser, Tag};

use crate::site::{is_elsewhere, target};

/// The links of a page to files that aren't there.
pub fn broken_links(page: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let links = Parser::new(&text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    });
    let broken = links.filter(|link| {
        let file = link.split('#').next().unwrap_or_default();
        !file.is_empty() && !is_elsewhere(link) && !target(page, file).exists()
    });
    Ok(broken
        .map(|link| format!("{}: {link}", page.display()))
        .collect())
}
