//! The page on errors has every variant, with a text that it prints.

use std::collections::{BTreeMap, BTreeSet};

use backdraft_tests::Page;
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, LitStr, Path, Token, Visibility};

use crate::sources::{arguments, items};

/// What stands before an enum's name where two crates have the same one.
const CRATES: [(&str, &str); 4] = [
    ("backdraft", ""),
    ("backdraft-graph", "graph::"),
    ("backdraft-image", ""),
    ("backdraft-report", ""),
];

/// The format of every error that isn't another one, by the name in the page.
fn formats() -> BTreeMap<String, String> {
    let mut formats = BTreeMap::new();
    for (krate, prefix) in CRATES {
        for item in items(krate) {
            for (name, format) in errors(&item) {
                let name = if name.starts_with("Error::") {
                    format!("{prefix}{name}")
                } else {
                    name
                };
                let twice = formats.insert(name.clone(), format);
                assert!(twice.is_none(), "two errors are called {name}");
            }
        }
    }
    formats
}

/// The errors that an item defines, with their formats.
fn errors(item: &Item) -> Vec<(String, String)> {
    match item {
        Item::Enum(item) if is_error(&item.attrs, &item.vis) => {
            let variants = item.variants.iter();
            let named = variants.filter_map(|variant| {
                let format = format(&variant.attrs)?;
                Some((format!("{}::{}", item.ident, variant.ident), format))
            });
            named.collect()
        }
        Item::Struct(item) if is_error(&item.attrs, &item.vis) => {
            let format = format(&item.attrs);
            format
                .map(|format| (item.ident.to_string(), format))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

fn is_error(attributes: &[Attribute], visibility: &Visibility) -> bool {
    let derives = attributes.iter().filter(|a| a.path().is_ident("derive"));
    let mut paths = derives.flat_map(|derive| {
        derive
            .parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
            .unwrap()
    });
    matches!(visibility, Visibility::Public(_))
        && paths.any(|path| {
            path.segments
                .last()
                .is_some_and(|name| name.ident == "Error")
        })
}

/// The format of an error; none of one that prints as another.
fn format(attributes: &[Attribute]) -> Option<String> {
    let error = attributes.iter().find(|a| a.path().is_ident("error"))?;
    if arguments(attributes, "error") == ["transparent"] {
        return None;
    }
    let format = error.parse_args_with(|input: syn::parse::ParseStream| {
        let format: LitStr = input.parse()?;
        // What the format's arguments are doesn't matter.
        input.parse::<proc_macro2::TokenStream>()?;
        Ok(format.value())
    });
    Some(format.expect("an error has a format"))
}

/// An entry of the page: what follows a heading of the third level.
struct Entry<'a> {
    name: &'a str,
    body: &'a str,
}

impl<'a> Entry<'a> {
    fn all(page: &'a str) -> impl Iterator<Item = Self> {
        let entries = page.split("\n### `").skip(1);
        entries.map(|entry| {
            let (name, body) = entry
                .split_once("`\n")
                .expect("a heading is a name in backticks");
            Self { name, body }
        })
    }

    /// The text that is quoted.
    fn text(&self) -> String {
        let quoted = self.body.lines().filter_map(|line| line.strip_prefix("> "));
        quoted.collect::<Vec<_>>().join(" ")
    }
}

/// Whether a format prints this text, whatever its arguments.
fn prints(format: &str, text: &str) -> bool {
    let format = format.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut fixed: Vec<&str> = Vec::new();
    let mut rest = format.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        fixed.push(before);
        rest = after.split_once('}').expect("a brace is closed").1;
    }
    let (Some(mut text), Some(first)) = (text.strip_suffix(rest), fixed.first()) else {
        return format == text;
    };
    if !text.starts_with(first) {
        return false;
    }
    fixed.iter().all(|part| match text.split_once(part) {
        Some((_, after)) => {
            text = after;
            true
        }
        None => false,
    })
}

#[test]
fn every_error_is_on_the_page_with_its_text_cause_and_remedy() {
    let page = Page::open("docs/troubleshooting.md");
    let formats = formats();
    assert!(
        formats.len() > 100,
        "only {} errors were found",
        formats.len()
    );
    let mut missing: BTreeSet<_> = formats.keys().map(String::as_str).collect();
    for entry in Entry::all(page.text()) {
        let format = formats.get(entry.name);
        let format = format.unwrap_or_else(|| panic!("no error is called {}", entry.name));
        assert!(missing.remove(entry.name), "{} is there twice", entry.name);
        let text = entry.text();
        assert!(
            prints(format, &text),
            "{} prints\n{format}\nand not\n{text}",
            entry.name
        );
        for part in ["**Cause.**", "**Remedy.**"] {
            assert!(entry.body.contains(part), "{} has no {part}", entry.name);
        }
    }
    assert!(
        missing.is_empty(),
        "docs/troubleshooting.md lacks {missing:?}"
    );
}

#[test]
fn a_text_of_another_error_is_noticed() {
    let format = "layer `{layer}` has {count} rows{}";
    assert!(prints(format, "layer `conv` has 3 rows: name another"));
    assert!(!prints(format, "layer `conv` has 3 columns"));
    assert!(!prints(format, "the layer `conv` has 3 rows"));
    assert!(prints("no output", "no output"));
    assert!(!prints("no output", "no output at all"));
}
