//! What can go wrong between results and a report.

use std::io;
use std::path::PathBuf;

use backdraft::image::ImageError;
use thiserror::Error;

/// Everything that can go wrong between results and a report on disk.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A result that can't be drawn.
    #[error("the explanation `{label}` can't be drawn: {source}")]
    Explanation {
        /// The explanation's label.
        label: String,
        /// What is wrong with it.
        source: Box<backdraft::Error>,
    },

    /// A sample that the result doesn't have.
    #[error(
        "the explanation `{label}` shows sample {sample}, but its batch has {samples}: choose one below with \
         `with_sample`"
    )]
    UnknownSample {
        /// The explanation's label.
        label: String,
        /// The sample asked for.
        sample: usize,
        /// How many there are.
        samples: usize,
    },

    /// Names of tokens or features that aren't as many as there are.
    #[error(
        "the explanation `{label}` has {names} names for {values} values: give one for each token or feature"
    )]
    NameCount {
        /// The explanation's label.
        label: String,
        /// How many names were given.
        names: usize,
        /// How many values there are.
        values: usize,
    },

    /// A result that has no regions or features to be charted.
    #[error(
        "{method} has a map, whose elements have no names to be charted: draw its `heatmap`, or explain regions"
    )]
    NoChart {
        /// The method.
        method: String,
    },

    /// Values that don't lead from one score to another.
    #[error(
        "the values of {method} don't sum to a change of the score, so they are no steps of a waterfall: draw bars, or take a \
         Shapley method"
    )]
    NoSum {
        /// The method.
        method: String,
    },

    /// A probability that is none.
    #[error(
        "the prediction of class {class} (`{name}`) has the probability {probability}: it must be between 0 and 1, as \
         a softmax gives it"
    )]
    Probability {
        /// The class.
        class: usize,
        /// Its name.
        name: String,
        /// What was given.
        probability: f32,
    },

    /// A picture that can't be drawn or encoded.
    #[error(transparent)]
    Image(#[from] ImageError),

    /// The folder in which something should be written doesn't exist.
    #[error("cannot write `{path}`: create the folder `{folder}` first")]
    MissingFolder {
        /// The path as given.
        path: PathBuf,
        /// Its parent folder.
        folder: PathBuf,
    },

    /// Something is in the way.
    #[error("`{path}` exists already: choose another name, or replace it with `with_force(true)`")]
    Exists {
        /// The path as given.
        path: PathBuf,
    },

    /// A file or folder that isn't evidence of a report, or whose manifest is damaged.
    #[error("`{path}` is no folder of evidence: {reason}")]
    NotEvidence {
        /// The path as given.
        path: PathBuf,
        /// What speaks against it.
        reason: String,
    },

    /// A path that names no folder of its own, such as `..`.
    #[error("`{path}` has no name for a folder: end the path with one, such as `evidence`")]
    NoName {
        /// The path as given.
        path: PathBuf,
    },

    /// Something can't be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },

    /// Something can't be written.
    #[error("cannot write `{path}`: {source}")]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },

    /// New evidence can't take the place of an older folder, nor can that be put back.
    #[error(
        "cannot write `{path}`: {source}; the older evidence is at `{kept}`, from where you can move it back"
    )]
    OlderMoved {
        /// The path as given.
        path: PathBuf,
        /// Where the older folder is.
        kept: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
}

impl ReportError {
    /// As an error of `std::io` becomes it, where a path is read.
    pub(crate) fn reading(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Unreadable { path, source }
    }

    /// As an error of `std::io` becomes it, where a path is written.
    pub(crate) fn writing(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Unwritable { path, source }
    }
}
