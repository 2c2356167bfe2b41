//! Pages with parts that are computed.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The environment variable that makes tests write what they otherwise compare.
const REWRITE: &str = "BACKDRAFT_REWRITE_DOCS";

/// A text file of the repository, which may be computed, as a whole or in parts.
///
/// A part stands between `<!-- Begin of NAME, which is computed. -->` and `<!-- End of NAME. -->`.
pub struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    /// The file at this path in the repository, empty if there is none.
    pub fn open(path: &str) -> Self {
        let path = repository().join(path);
        let text = fs::read_to_string(&path).unwrap_or_default();
        Self { path, text }
    }

    /// What the file says.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Fails if parts of the file differ from what is computed, or writes them if the environment says so.
    ///
    /// # Panics
    ///
    /// If they differ, and if a part has no marks.
    pub fn assert_parts(&self, parts: &[(&str, String)]) {
        let mut text = self.text.clone();
        for (name, part) in parts {
            text = self.with_part(&text, name, part);
        }
        self.assert(&text);
    }

    /// Fails if the file differs from what is computed, or writes it if the environment says so.
    ///
    /// # Panics
    ///
    /// If it differs.
    pub fn assert(&self, computed: &str) {
        if env::var_os(REWRITE).is_some() {
            fs::write(&self.path, computed).unwrap();
            return;
        }
        let differs = self.text.lines().zip(computed.lines());
        let differs = differs.enumerate().find(|(_, (is, should))| is != should);
        assert!(
            self.text == computed,
            "{} isn't what the code says; {}. If the code is right, run the same test with {REWRITE}=1",
            self.path.display(),
            match differs {
                Some((line, (is, should))) =>
                    format!("line {} should be\n{should}\nand is\n{is}\n", line + 1),
                None => "it has another number of lines".into(),
            }
        );
    }

    fn with_part(&self, text: &str, name: &str, part: &str) -> String {
        let begin = format!("<!-- Begin of {name}, which is computed. -->\n\n");
        let end = format!("\n<!-- End of {name}. -->");
        let found = text.split_once(&begin).and_then(|(before, rest)| {
            let (_, after) = rest.split_once(&end)?;
            Some([before, &begin, part, &end, after].concat())
        });
        found.unwrap_or_else(|| panic!("{} has no marks of {name}", self.path.display()))
    }
}

/// The repository's folder.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
