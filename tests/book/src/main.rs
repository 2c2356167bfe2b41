//! Builds the book as mdBook does, and follows its links.
//!
//! `cargo run --manifest-path tests/book/Cargo.toml -- FOLDER` writes it to a folder, which it replaces.

mod markdown;
mod site;

use std::env;
use std::path::{Path, absolute};

use anyhow::{Context, Result, ensure};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use site::Site;

/// What is read on a code host, beside the book.
const BESIDE: [&str; 3] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn main() -> Result<()> {
    let out = env::args_os()
        .nth(1)
        .context("name a folder for the book")?;
    let out = absolute(out)?;
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = repository.join("docs");

    let mut config = Config::from_disk(docs.join("book.toml"))?;
    config.build.build_dir.clone_from(&out);
    MDBook::load_with_config(&docs, config)?.build()?;

    let site = Site::read(&out)?;
    let mut broken = site.broken_links();
    for page in BESIDE {
        broken.extend(markdown::broken_links(&repository.join(page))?);
    }
    ensure!(
        broken.is_empty(),
        "links lead nowhere:\n{}",
        broken.join("\n")
    );
    println!(
        "{} pages with {} links: {}",
        site.pages(),
        site.links(),
        out.display()
    );
    Ok(())
}
