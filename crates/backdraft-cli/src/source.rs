//! Where a photo comes from.

use std::error::Error;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use backdraft::image::Photo;
use backdraft_models::photos;

/// What stands for standard input among paths.
const DASH: &str = "-";

/// Where a photo comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The built-in photo of a cat.
    BuiltIn,
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Source {
    /// What an argument of the command line stands for.
    pub fn of(path: PathBuf) -> Self {
        if path.as_os_str() == DASH {
            Self::Stdin
        } else {
            Self::File(path)
        }
    }

    /// What it is called in messages and manifests.
    pub fn name(&self) -> String {
        match self {
            Self::BuiltIn => "chelsea.png (built in)".into(),
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".into(),
        }
    }

    /// The name without folder and extension.
    pub fn stem(&self) -> String {
        match self {
            Self::BuiltIn => "chelsea".into(),
            Self::File(path) => {
                let stem = path.file_stem().unwrap_or(path.as_os_str());
                stem.to_string_lossy().into_owned()
            }
            Self::Stdin => "stdin".into(),
        }
    }

    /// The photo, and its file as it was given.
    pub fn photo(&self) -> Result<(Photo, Vec<u8>), Box<dyn Error>> {
        Ok(match self {
            Self::BuiltIn => (Photo::decode(photos::CHELSEA)?, photos::CHELSEA.to_vec()),
            Self::File(path) => (Photo::open(path)?, fs::read(path)?),
            Self::Stdin => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes)?;
                let photo = Photo::decode(&bytes);
                (
                    photo.map_err(|error| format!("standard input: {error}"))?,
                    bytes,
                )
            }
        })
    }

    /// What its file is called, without the folder.
    pub fn file_name(&self) -> String {
        match self {
            Self::BuiltIn => "chelsea.png".into(),
            Self::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                name.to_string_lossy().into_owned()
            }
            Self::Stdin => "stdin".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(Source::of("-".into()), Source::Stdin);
        let file = Source::of("./-".into());
        assert_eq!(file, Source::File("./-".into()));
    }

    #[test]
    fn a_stem_is_the_name_without_folder_and_extension() {
        let stem = |path: &str| Source::of(path.into()).stem();
        assert_eq!(stem("holidays/cat.v2.jpg"), "cat.v2");
        assert_eq!(stem("cat"), "cat");
        assert_eq!(stem("-"), "stdin");
        assert_eq!(Source::BuiltIn.stem(), "chelsea");
    }
}
