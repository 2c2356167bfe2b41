//! A folder for each of several photos.

use std::collections::BTreeSet;

use crate::explain::files::Files;

/// Names of folders, each given once.
pub struct Folders(BTreeSet<String>);

impl Folders {
    /// The manifest of all photos lies beside the folders.
    pub fn new() -> Self {
        Self(BTreeSet::from([Files::MANIFEST.into()]))
    }

    /// This name, with a number if another photo has it. Some systems take large and small letters for the same.
    pub fn name(&mut self, stem: &str) -> String {
        let numbered = (2..).map(|number| format!("{stem}-{number}"));
        let mut names = std::iter::once(stem.to_owned()).chain(numbered);
        let is_free = |name: &String| self.0.insert(name.to_lowercase());
        names.find(is_free).expect("there is always another number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_of_one_name_are_numbered() {
        let mut folders = Folders::new();
        let names = ["cat", "dog", "Cat", "cat", "cat-2"].map(|stem| folders.name(stem));
        assert_eq!(names, ["cat", "dog", "Cat-2", "cat-3", "cat-2-2"]);
    }

    #[test]
    fn no_folder_takes_the_place_of_the_manifest() {
        assert_eq!(Folders::new().name("manifest.json"), "manifest.json-2");
    }
}
