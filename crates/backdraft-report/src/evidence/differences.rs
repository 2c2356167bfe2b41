//! What a folder has become since it was written.

use std::fmt;

/// How a folder of evidence differs from what its manifest says: names of files, in alphabetical order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Differences {
    /// Files with another content.
    pub changed: Vec<String>,
    /// Files that aren't there.
    pub missing: Vec<String>,
    /// Files and folders that the manifest doesn't name.
    pub extra: Vec<String>,
}

impl Differences {
    /// Whether the folder is as it was written.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.extra.is_empty()
    }
}

/// A line: `changed: report.html; extra: notes.txt`.
impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            ("changed", &self.changed),
            ("missing", &self.missing),
            ("extra", &self.extra),
        ];
        let kinds = kinds.iter().filter(|(_, names)| !names.is_empty());
        let parts: Vec<String> = kinds
            .map(|(kind, names)| format!("{kind}: {}", names.join(", ")))
            .collect();
        if parts.is_empty() {
            return f.write_str("every file is as it was written");
        }
        f.write_str(&parts.join("; "))
    }
}
