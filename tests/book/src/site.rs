//! Pages in HTML, and where their links lead.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Result, ensure};
use html5gum::{Token, Tokenizer};
use walkdir::WalkDir;

/// Pages that mdBook makes of others, with links rewritten for where they stand.
const DERIVED: [&str; 3] = ["404.html", "print.html", "toc.html"];

/// A folder of pages.
pub struct Site {
    root: PathBuf,
    pages: BTreeMap<PathBuf, Page>,
}

#[derive(Default)]
struct Page {
    anchors: HashSet<String>,
    links: Vec<String>,
}

impl Site {
    /// Reads every page of a folder.
    pub fn read(root: &Path) -> Result<Self> {
        let mut pages = BTreeMap::new();
        for entry in WalkDir::new(root) {
            let path = entry?.into_path();
            if is_page(&path) {
                let page = page(&fs::read_to_string(&path)?);
                pages.insert(path, page);
            }
        }
        ensure!(!pages.is_empty(), "there is no page in {}", root.display());
        Ok(Self {
            root: root.into(),
            pages,
        })
    }

    /// How many pages there are.
    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// How many links they have.
    pub fn links(&self) -> usize {
        self.pages.values().map(|page| page.links.len()).sum()
    }

    /// The links that lead to no file or no place in it.
    pub fn broken_links(&self) -> Vec<String> {
        let links = self.pages.iter().flat_map(|(path, page)| {
            let broken = page
                .links
                .iter()
                .filter(|link| !self.leads_somewhere(path, link));
            broken.map(move |link| format!("{}: {link}", self.shown(path)))
        });
        links.collect()
    }

    fn leads_somewhere(&self, from: &Path, link: &str) -> bool {
        if is_elsewhere(link) {
            return true;
        }
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() {
            from.into()
        } else {
            target(from, file)
        };
        let within = target.starts_with(&self.root) && target.is_file();
        match self.pages.get(&target) {
            Some(page) => anchor.is_empty() || page.anchors.contains(anchor),
            None => within && anchor.is_empty(),
        }
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// Whether a link leads to another site, or is no place at all.
pub fn is_elsewhere(link: &str) -> bool {
    ["http://", "https://", "mailto:", "data:", "javascript:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
}

/// The file that a link names, without a step up in its path.
pub fn target(from: &Path, file: &str) -> PathBuf {
    let mut path = from.parent().unwrap_or(from).to_path_buf();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

fn is_page(path: &Path) -> bool {
    let is_html = path
        .extension()
        .is_some_and(|extension| extension == "html");
    is_html && !DERIVED.iter().any(|name| path.ends_with(name))
}

fn page(html: &str) -> Page {
    let mut page = Page::default();
    for Ok(token) in Tokenizer::new(html) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        for (name, value) in tag.attributes {
            let value = String::from_utf8_lossy(&value).into_owned();
            match name.as_slice() {
                b"id" => {
                    page.anchors.insert(value);
                }
                b"href" | b"src" => page.links.push(value),
                _ => {}
            }
        }
    }
    page
}
