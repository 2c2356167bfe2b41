//! The source of a crate.

use std::fs;
use std::path::Path;

use backdraft_tests::repository;
use syn::{Attribute, Item};

/// The items of all files of a crate, those in modules within a file aside.
pub fn items(name: &str) -> Vec<Item> {
    let mut items = Vec::new();
    collect(
        &repository().join("crates").join(name).join("src"),
        &mut items,
    );
    items
}

fn collect(folder: &Path, items: &mut Vec<Item>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, items);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let file = syn::parse_file(&text);
            items.extend(
                file.unwrap_or_else(|e| panic!("{}: {e}", path.display()))
                    .items,
            );
        }
    }
}

/// The arguments of attributes of this name, as they are written.
pub fn arguments(attributes: &[Attribute], name: &str) -> Vec<String> {
    let named = attributes.iter().filter(|a| a.path().is_ident(name));
    let lists = named.filter_map(|a| a.meta.require_list().ok());
    lists.map(|list| list.tokens.to_string()).collect()
}
