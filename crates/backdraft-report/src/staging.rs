//! Where files are written before they have their name.

use std::path::Path;

use tempfile::TempDir;

use crate::ReportError;

/// The folder in which a path lies, which must exist.
pub(crate) fn folder_of(path: &Path) -> Result<&Path, ReportError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(ReportError::MissingFolder {
        path: path.into(),
        folder: folder.into(),
    })
}

/// A folder of no lasting name beside the destination, on whose file system renaming is one step. It is gone with all
/// that is still in it when it is dropped.
pub(crate) fn staging_in(folder: &Path) -> Result<TempDir, ReportError> {
    tempfile::Builder::new()
        .prefix(".backdraft-")
        .tempdir_in(folder)
        .map_err(ReportError::writing(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_lies_in_the_working_folder() {
        assert_eq!(folder_of(Path::new("report.html")).unwrap(), Path::new("."));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = folder_of(Path::new("no/such/folder/report.html")).unwrap_err();
        assert!(error.to_string().contains("`no/such/folder`"), "{error}");
    }
}
