//! The network's trained weights.

use burn::tensor::Device;
use burn_store::SafetensorsStore;

use super::{MiniLm, files};
use crate::{ModelError, weights};

/// From the names in the file to those of this module.
const NAMES: [(&str, &str); 11] = [
    (r"\.word_embeddings\.", ".words."),
    (r"\.position_embeddings\.", ".positions."),
    (r"\.token_type_embeddings\.", ".token_types."),
    (r"\.LayerNorm\.", ".norm."),
    (r"^encoder\.layer\.", "encoder.layers."),
    (r"\.attention\.self\.", ".mha."),
    (r"\.attention\.output\.dense\.", ".mha.output."),
    (r"\.attention\.output\.norm\.", ".norm_1."),
    (r"\.intermediate\.dense\.", ".pwff.linear_inner."),
    (r"\.output\.dense\.", ".pwff.linear_outer."),
    (r"\.output\.norm\.", ".norm_2."),
];
/// What the file holds and sentence embeddings don't use.
const UNUSED: [&str; 2] = ["embeddings.position_ids", "pooler."];

impl MiniLm {
    /// The network with trained weights: `model.safetensors` in the folder that the environment variable
    /// `BACKDRAFT_MINILM` names, by default `models/minilm` in the repository.
    ///
    /// # Errors
    /// [`ModelError::NotFetched`] if the file isn't there, another [`ModelError`] if the weights don't fit the network
    /// exactly.
    pub fn pretrained(device: &Device) -> Result<Self, ModelError> {
        let mut store = SafetensorsStore::from_file(files::weights()?);
        for (from, to) in NAMES {
            store = store.with_key_remapping(from, to);
        }
        weights::load_from(Self::new(device), store, &UNUSED, device)
    }
}
