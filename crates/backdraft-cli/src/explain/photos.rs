//! Which photos are explained.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::failure::Failure;
use crate::source::Source;

/// The files that are taken from a folder, by the end of their names.
const EXTENSIONS: [&str; 8] = ["bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];

/// The photos of a command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Photos {
    /// One, whose files have the names that they always have.
    One(Source),
    /// Several, or those of a folder, be it one.
    Several(Vec<Source>),
}

impl Photos {
    /// What the arguments stand for. What has been written to `out` is no photo of a folder.
    pub fn find(paths: &[PathBuf], recursive: bool, out: &Path) -> Result<Self, Box<dyn Error>> {
        if let [path] = paths
            && !path.is_dir()
        {
            return Ok(Self::One(Source::of(path.clone())));
        }
        let mut sources = Vec::new();
        for path in paths {
            if path.is_dir() {
                sources.extend(in_folder(path, recursive, out)?);
            } else {
                sources.push(Source::of(path.clone()));
            }
        }
        let from_stdin = (sources.iter()).filter(|source| **source == Source::Stdin);
        if from_stdin.count() > 1 {
            let reason = "standard input holds one photo: give `-` once";
            return Err(Failure::Usage(reason.into()).into());
        }
        if sources.is_empty() {
            return Ok(Self::One(Source::BuiltIn));
        }
        Ok(Self::Several(sources))
    }
}

/// The pictures in a folder, sorted by path.
fn in_folder(folder: &Path, recursive: bool, out: &Path) -> Result<Vec<Source>, Box<dyn Error>> {
    let out = fs::canonicalize(out).ok();
    let is_out = |entry: &DirEntry| {
        entry.depth() > 0
            && entry.file_type().is_dir()
            && fs::canonicalize(entry.path()).ok() == out
    };
    let walk = WalkDir::new(folder)
        .max_depth(if recursive { usize::MAX } else { 1 })
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| out.is_none() || !is_out(entry));
    let mut sources = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|error| format!("cannot read a folder: {error}"))?;
        if is_picture(entry.path()) {
            sources.push(Source::File(entry.into_path()));
        }
    }
    if sources.is_empty() {
        return Err(nothing_in(folder, recursive).into());
    }
    Ok(sources)
}

/// Whether a file is a picture, to judge by its name. Names that begin with a point are for programs.
fn is_picture(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let known = EXTENSIONS.contains(&extension.to_lowercase().as_str());
    known && !name.starts_with('.') && path.is_file()
}

fn nothing_in(folder: &Path, recursive: bool) -> String {
    let advice = if recursive {
        ""
    } else {
        "; `--recursive` looks into folders in it as well"
    };
    format!(
        "there is no picture in the folder `{}`: its files should end in {}{advice}",
        folder.display(),
        EXTENSIONS
            .map(|extension| format!(".{extension}"))
            .join(", ")
    )
}

#[cfg(test)]
mod tests {
    use tempfile::{TempDir, tempdir};

    use super::*;

    /// A folder with empty files of these names.
    fn folder(files: &[&str]) -> TempDir {
        let folder = tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, []).unwrap();
        }
        folder
    }

    /// The names of the pictures found in a folder, where results are written to its folder `out`.
    fn found(folder: &TempDir, recursive: bool) -> Vec<String> {
        let root = folder.path();
        let paths = [root.to_owned()];
        let Photos::Several(sources) = Photos::find(&paths, recursive, &root.join("out")).unwrap()
        else {
            panic!("a folder is several photos");
        };
        let name = |source: &Source| match source {
            Source::File(path) => path.strip_prefix(root).unwrap().display().to_string(),
            other => panic!("{other:?} is no file"),
        };
        sources.iter().map(name).collect()
    }

    #[test]
    fn a_folder_is_its_pictures_sorted() {
        let folder = folder(&["b.PNG", "a.jpeg", "notes.txt", ".hidden.jpg", "c/d.gif"]);
        assert_eq!(found(&folder, false), ["a.jpeg", "b.PNG"]);
        assert_eq!(found(&folder, true), ["a.jpeg", "b.PNG", "c/d.gif"]);
    }

    #[test]
    fn earlier_results_are_no_photos() {
        let folder = folder(&["a.png", "out/a/overlay.png"]);
        assert_eq!(found(&folder, true), ["a.png"]);
    }

    #[test]
    fn a_folder_with_one_picture_is_several_photos() {
        assert_eq!(found(&folder(&["a.png"]), false), ["a.png"]);
    }

    #[test]
    fn a_folder_without_pictures_is_refused() {
        let folder = folder(&["notes.txt", "below/a.png"]);
        let paths = [folder.path().to_owned()];
        let error = Photos::find(&paths, false, Path::new("out")).unwrap_err();
        assert!(error.to_string().contains("`--recursive`"), "{error}");
    }

    #[test]
    fn one_argument_is_one_photo_and_none_the_built_in() {
        let find = |paths: &[&str]| {
            let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
            Photos::find(&paths, false, Path::new("out"))
        };
        assert_eq!(find(&[]).unwrap(), Photos::One(Source::BuiltIn));
        assert_eq!(find(&["-"]).unwrap(), Photos::One(Source::Stdin));
        let several = [Source::File("a.png".into()), Source::Stdin];
        assert_eq!(
            find(&["a.png", "-"]).unwrap(),
            Photos::Several(several.into())
        );
        let error = find(&["-", "-"]).unwrap_err();
        assert!(error.to_string().contains("give `-` once"), "{error}");
    }
}
