//! Where the weights and the vocabulary are.

use std::path::PathBuf;

use crate::ModelError;

/// Names the folder, if it isn't the default one.
const VARIABLE: &str = "BACKDRAFT_MINILM";
/// Where `scripts/fetch-minilm.sh` unpacks.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/minilm");

pub(super) fn weights() -> Result<PathBuf, ModelError> {
    fetched("model.safetensors")
}

pub(super) fn vocabulary() -> Result<PathBuf, ModelError> {
    fetched("tokenizer.json")
}

fn fetched(name: &str) -> Result<PathBuf, ModelError> {
    let folder = std::env::var_os(VARIABLE).unwrap_or_else(|| FOLDER.into());
    let path = PathBuf::from(folder).join(name);
    if path.is_file() {
        Ok(path)
    } else {
        Err(ModelError::NotFetched(path))
    }
}
