use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::Fixture;

/// Names a folder of fixtures for the parity suite, in the place of the built-in one.
const VARIABLE: &str = "BACKDRAFT_FIXTURES";

/// A folder with a fixture for each of several networks; `fixtures/README.md` explains its form.
///
/// # Example
/// ```
/// use backdraft_tests::Folder;
///
/// let folder = Folder::built_in();
/// assert!(folder.names().contains(&"gapnet".to_owned()));
/// assert_eq!(folder.open("gapnet").network(), "gapnet");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder `fixtures/` of this crate.
    pub fn built_in() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        Self { path }
    }

    /// The folder `fixtures/second/`, which stands on the built-in one: see [`SecondFixture`](crate::SecondFixture).
    pub(crate) fn second() -> Self {
        Self {
            path: Self::built_in().path.join("second"),
        }
    }

    /// The folder that the environment variable `BACKDRAFT_FIXTURES` names, and the built-in one without it.
    ///
    /// A path that isn't absolute begins at the root of the workspace.
    pub fn chosen() -> Self {
        match std::env::var_os(VARIABLE) {
            Some(path) => Self::named(&path),
            None => Self::built_in(),
        }
    }

    fn named(path: &OsStr) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Self::at(workspace.join(path))
    }

    /// The folder with this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Whether it is the folder of this crate, about which more is known than its form.
    pub fn is_built_in(&self) -> bool {
        *self == Self::built_in()
    }

    /// The names of the fixtures, sorted: the folders that hold a `meta.json`.
    ///
    /// # Panics
    /// If the folder can't be read, or holds no fixture.
    pub fn names(&self) -> Vec<String> {
        let path = self.path.display();
        let entries = std::fs::read_dir(&self.path);
        let entries = entries.unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("the folder can be read").path())
            .filter(|entry| entry.join("meta.json").is_file())
            .filter_map(|entry| Some(entry.file_name()?.to_str()?.to_owned()))
            .collect();
        assert!(!names.is_empty(), "{path} holds no fixture");
        names.sort();
        names
    }

    /// Opens the fixture with this name, such as `convnet`.
    ///
    /// # Panics
    /// If there is no such fixture, or it cannot be read.
    pub fn open(&self, name: &str) -> Fixture {
        Fixture::read(name, self.path.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_folder_is_known_by_its_path() {
        assert!(Folder::built_in().is_built_in());
        assert!(!Folder::at("elsewhere").is_built_in());
    }

    #[test]
    fn a_named_folder_is_absolute_or_in_the_workspace() {
        let absolute = std::env::temp_dir();
        assert_eq!(Folder::named(absolute.as_os_str()), Folder::at(absolute));
        let names = Folder::named(OsStr::new("tests/fixtures")).names();
        assert_eq!(names, Folder::built_in().names());
    }

    #[test]
    #[should_panic(expected = "holds no fixture")]
    fn a_folder_without_fixtures_is_refused() {
        Folder::at(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).names();
    }

    #[test]
    #[should_panic(expected = "elsewhere")]
    fn a_folder_that_is_not_there_is_named() {
        Folder::at("elsewhere").names();
    }
}
