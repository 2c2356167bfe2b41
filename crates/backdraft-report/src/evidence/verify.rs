//! Whether a folder is still as it was written.

use std::fs;
use std::path::Path;

use crate::ReportError;
use crate::evidence::differences::Differences;
use crate::evidence::file_names::MANIFEST;
use crate::evidence::hash::sha256;
use crate::evidence::manifest::{File, files_of};

/// Compares every file of a folder with its manifest.
pub(super) fn verify(folder: &Path) -> Result<Differences, ReportError> {
    let files = files_of(folder)?;
    let mut differences = Differences::default();
    for file in &files {
        let path = folder.join(&file.name);
        if !path.is_file() {
            differences.missing.push(file.name.clone());
        } else if !is_as_written(&path, file)? {
            differences.changed.push(file.name.clone());
        }
    }
    differences.extra = names_in(folder)?;
    let is_extra = |name: &String| name != MANIFEST && files.iter().all(|file| file.name != *name);
    differences.extra.retain(is_extra);
    for names in [&mut differences.changed, &mut differences.missing] {
        names.sort_unstable();
    }
    Ok(differences)
}

fn is_as_written(path: &Path, file: &File) -> Result<bool, ReportError> {
    let content = fs::read(path).map_err(ReportError::reading(path))?;
    Ok(content.len() as u64 == file.size && sha256(&content) == file.sha256)
}

/// The names of all that is in a folder, in alphabetical order.
fn names_in(folder: &Path) -> Result<Vec<String>, ReportError> {
    let entries = fs::read_dir(folder).map_err(ReportError::reading(folder))?;
    let names = entries.map(|entry| {
        let entry = entry.map_err(ReportError::reading(folder))?;
        Ok(entry.file_name().to_string_lossy().into_owned())
    });
    let mut names = names.collect::<Result<Vec<_>, ReportError>>()?;
    names.sort_unstable();
    Ok(names)
}
