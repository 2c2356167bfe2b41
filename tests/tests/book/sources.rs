//! The source of a crate.

use std::fs;
use std::path::{Path, PathBuf};

use backdraft_tests::repository;
use syn::{Attribute, Item};
use walkdir::WalkDir;

/// The items of all files of a crate, those in modules within a file aside.
pub fn items(name: &str) -> Vec<Item> {
    let folder = repository().join("crates").join(name).join("src");
    let parsed = files(&folder, "rs").flat_map(|path| {
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap());
        file.unwrap_or_else(|e| panic!("{}: {e}", path.display()))
            .items
    });
    parsed.collect()
}

/// The files of a folder and of all within it whose names end so.
pub fn files(folder: &Path, extension: &str) -> impl Iterator<Item = PathBuf> {
    let paths = WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path());
    paths.filter(move |path| path.extension().is_some_and(|it| it == extension))
}

/// The arguments of attributes of this name, as they are written.
pub fn arguments(attributes: &[Attribute], name: &str) -> Vec<String> {
    let named = attributes.iter().filter(|a| a.path().is_ident(name));
    let lists = named.filter_map(|a| a.meta.require_list().ok());
    lists.map(|list| list.tokens.to_string()).collect()
}
