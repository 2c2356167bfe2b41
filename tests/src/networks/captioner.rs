use backdraft_models::{Captioner, CaptionerConfig};
use burn::tensor::Device;
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The strides of the convolutions.
const STRIDES: [usize; 2] = [2, 1];

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "c1")]
    channels1: usize,
    #[serde(rename = "c2")]
    channels2: usize,
    #[serde(rename = "vocab")]
    vocabulary: usize,
    #[serde(rename = "dim")]
    embedding: usize,
    #[serde(rename = "hid")]
    hidden: usize,
}

/// The captioner with the sizes and weights of a fixture.
///
/// # Panics
/// If a size is missing, or the weights do not fit.
pub fn captioner(fixture: &Fixture, device: &Device) -> Captioner {
    let renames = [
        (r"^conv1\.", "convs.0."),
        (r"^conv2\.", "convs.1."),
        (r"^emb\.", "embedding."),
    ];
    weights::load(new(&fixture.config(), device), fixture, &renames)
}

fn new(sizes: &Sizes, device: &Device) -> Captioner {
    let channels = vec![sizes.channels1, sizes.channels2];
    CaptionerConfig::new(
        channels,
        STRIDES.to_vec(),
        sizes.vocabulary,
        sizes.embedding,
        sizes.hidden,
    )
    .init(device)
}
