//! What can go wrong between an attribution and a file.

use std::io;
use std::path::PathBuf;

use burn::tensor::{DType, TensorReadError};
use safetensors::SafeTensorError;
use thiserror::Error;

/// The form of the file that is written, and the only one that is read.
pub(super) const VERSION: &str = "1";

/// An attribution that couldn't be saved or loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The path leads nowhere.
    #[error("there is no attribution at `{path}`: check the path and the working folder")]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },

    /// The path leads to something that cannot be read, such as a folder.
    #[error("cannot read the attribution `{path}`: {source}")]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },

    /// The folder of a file to be written does not exist.
    #[error("cannot save `{path}`: create the folder `{folder}` first")]
    MissingFolder {
        /// The path as given.
        path: PathBuf,
        /// Its parent folder.
        folder: PathBuf,
    },

    /// The file could not be written.
    #[error("cannot save `{path}`: {source}")]
    Unwritable {
        /// The path as given.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },

    /// What is known about the attribution does not fit into the header of a file.
    #[error("the attribution doesn't fit into a safetensors file: {0}")]
    Unserializable(SafeTensorError),

    /// The values could not be read from their device.
    #[error("cannot read the attribution from its device: {0}")]
    ReadTensor(#[from] TensorReadError),

    /// The file is in another format, damaged or cut off.
    #[error("`{path}` is not an intact safetensors file: {source}")]
    NotSafetensors {
        /// The path as given.
        path: PathBuf,
        /// What is wrong with it.
        source: SafeTensorError,
    },

    /// The file holds other tensors, such as a network's weights.
    #[error(
        "`{path}` is a safetensors file without an attribution: only what `Attribution::save` wrote can be loaded"
    )]
    NotAnAttribution {
        /// The path as given.
        path: PathBuf,
    },

    /// The file has a form that this version of the crate doesn't know.
    #[error(
        "`{path}` holds an attribution in version {version} of the format, and version {VERSION} is known: load \
         it with the version of backdraft that saved it"
    )]
    UnknownVersion {
        /// The path as given.
        path: PathBuf,
        /// The version that the file names.
        version: String,
    },

    /// An entry that every attribution has isn't there, or isn't what it should be.
    #[error("`{path}` is damaged: `{entry}` should be {expected}, and is {actual}")]
    WrongEntry {
        /// The path as given.
        path: PathBuf,
        /// Name of the tensor or of the metadata.
        entry: String,
        /// What it should be.
        expected: String,
        /// What was found.
        actual: String,
    },

    /// The device has no floats of the values' type.
    #[error("`{path}` holds values of type {dtype:?}, which the device {device} doesn't support")]
    UnsupportedType {
        /// The path as given.
        path: PathBuf,
        /// The element type of the values.
        dtype: DType,
        /// The device asked for.
        device: String,
    },
}
