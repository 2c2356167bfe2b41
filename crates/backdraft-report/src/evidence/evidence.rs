//! Writing the folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use backdraft::image::{DynamicImage, ImageFormat, Photo};
use tempfile::TempDir;

use crate::encode;
use crate::evidence::differences::Differences;
use crate::evidence::file_names::{MANIFEST, REPORT, of_photo, of_values};
use crate::evidence::hash::sha256;
use crate::evidence::manifest::{File, Manifest, files_of};
use crate::evidence::verify;
use crate::staging::{folder_of, staging_in};
use crate::{Report, ReportError};

/// A report with everything that it rests on, in a folder.
///
/// | file | what it is |
/// |---|---|
/// | `report.html` | the report |
/// | `01-grad-cam.safetensors`, ... | the raw values of each explanation, for [`Attribution::load`](backdraft::Attribution::load) |
/// | `photo.jpg` | the photo's file as it was given, or `photo.png` with its pixels |
/// | `manifest.json` | options, targets, scores, gaps, checks and provenance, and name, size and SHA-256 of every other file |
///
/// The folder is written whole or not at all: under another name beside its destination, and renamed when everything is
/// there. What was there before is left alone, or with [`with_force`](Self::with_force) removed after the new folder
/// stands. A program that is killed meanwhile leaves at most a folder `.backdraft-...` beside the destination, in which
/// the older evidence may still be.
///
/// The crate's documentation has [an example](crate).
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    report: &'a Report,
    force: bool,
}

impl<'a> Evidence<'a> {
    /// The evidence of a report.
    pub fn of(report: &'a Report) -> Self {
        Self {
            report,
            force: false,
        }
    }

    /// Whether to replace an older folder of evidence. Another folder is never replaced, unless it is empty.
    #[must_use]
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Writes the folder, and returns the SHA-256 of its manifest: with that number noted elsewhere, nobody can change
    /// a file unseen.
    ///
    /// # Errors
    ///
    /// Those of [`Report::html`]; [`ReportError::Exists`] if something is there and may not be replaced,
    /// [`ReportError::NotEvidence`] if it is something else than evidence, and [`ReportError::MissingFolder`],
    /// [`ReportError::NoName`] or [`ReportError::Unwritable`]. Nothing is written then, and an older folder is still there.
    pub fn save(&self, folder: impl AsRef<Path>) -> Result<String, ReportError> {
        let folder = folder.as_ref();
        if folder.file_name().is_none() {
            return Err(ReportError::NoName {
                path: folder.into(),
            });
        }
        let parent = folder_of(folder)?;
        let is_older = self.check_older(folder)?;
        let html = self.report.html()?;
        let staging = staging_in(parent)?;
        let new = staging.path().join("new");
        fs::create_dir(&new).map_err(ReportError::writing(folder))?;
        let hash = self.write(&new, &html)?;
        if is_older {
            fs::rename(folder, older_in(&staging)).map_err(ReportError::writing(folder))?;
        }
        match fs::rename(&new, folder) {
            Ok(()) => {}
            Err(source) if is_older => return Err(put_back(staging, folder, source)),
            Err(source) => return Err(ReportError::writing(folder)(source)),
        }
        staging.close().map_err(ReportError::writing(parent))?;
        Ok(hash)
    }

    /// Compares a folder with its manifest.
    ///
    /// # Errors
    ///
    /// [`ReportError::NotEvidence`] if it has no manifest of this format, [`ReportError::Unreadable`] if a file can't be
    /// read.
    pub fn verify(folder: impl AsRef<Path>) -> Result<Differences, ReportError> {
        verify::verify(folder.as_ref())
    }

    /// Whether there is an older folder, which may be replaced.
    fn check_older(&self, folder: &Path) -> Result<bool, ReportError> {
        // A link that leads nowhere is in the way, too.
        if fs::symlink_metadata(folder).is_err() {
            return Ok(false);
        }
        if !self.force {
            return Err(ReportError::Exists {
                path: folder.into(),
            });
        }
        let mut entries = fs::read_dir(folder).map_err(|_| ReportError::NotEvidence {
            path: folder.into(),
            reason: "it is no folder, and isn't replaced".into(),
        })?;
        if entries.next().is_some() {
            files_of(folder)?;
        }
        Ok(true)
    }

    /// Writes every file into an empty folder, and returns the hash of the manifest.
    fn write(&self, folder: &Path, html: &str) -> Result<String, ReportError> {
        fs::write(folder.join(REPORT), html).map_err(ReportError::writing(folder.join(REPORT)))?;
        let mut names = vec![REPORT.to_owned()];
        names.extend(self.write_photo(folder)?);
        let values = self.write_values(folder)?;
        names.extend(values.iter().cloned());
        let files = names.into_iter().map(|name| described(folder, name));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let manifest = Manifest::new(self.report, values, files)?.to_json();
        let path = folder.join(MANIFEST);
        fs::write(&path, &manifest).map_err(ReportError::writing(path))?;
        Ok(sha256(manifest.as_bytes()))
    }

    fn write_photo(&self, folder: &Path) -> Result<Option<String>, ReportError> {
        let (name, bytes) = match (&self.report.photo_file, &self.report.photo) {
            (Some(file), _) => (of_photo(&file.name), file.bytes.clone()),
            (None, Some(photo)) => (of_photo("photo.png"), png(photo)?),
            (None, None) => return Ok(None),
        };
        let path = folder.join(&name);
        fs::write(&path, bytes).map_err(ReportError::writing(path))?;
        Ok(Some(name))
    }

    fn write_values(&self, folder: &Path) -> Result<Vec<String>, ReportError> {
        let numbered = (1..).zip(&self.report.explanations);
        let files = numbered.map(|(number, explanation)| {
            let name = of_values(number, &explanation.label);
            let saved = explanation.attribution.save(folder.join(&name));
            saved.map_err(|source| ReportError::Explanation {
                label: explanation.label.clone(),
                source: Box::new(source),
            })?;
            Ok(name)
        });
        files.collect()
    }
}

/// Where an older folder is until the new one stands.
fn older_in(staging: &TempDir) -> PathBuf {
    staging.path().join("old")
}

/// Gives the older folder its name again; if that fails it is kept where it is.
fn put_back(staging: TempDir, folder: &Path, source: io::Error) -> ReportError {
    if fs::rename(older_in(&staging), folder).is_ok() {
        return ReportError::writing(folder)(source);
    }
    let kept = older_in(&staging);
    // From now on nobody removes it.
    let _ = staging.keep();
    ReportError::OlderMoved {
        path: folder.into(),
        kept,
        source,
    }
}

fn png(photo: &Photo) -> Result<Vec<u8>, ReportError> {
    encode::bytes(
        &DynamicImage::from(photo.pixels().clone()),
        ImageFormat::Png,
    )
}

/// What the manifest says of a file that is there.
fn described(folder: &Path, name: String) -> Result<File, ReportError> {
    let path = folder.join(&name);
    let content = fs::read(&path).map_err(ReportError::reading(path))?;
    Ok(File {
        size: content.len() as u64,
        sha256: sha256(&content),
        name,
    })
}
