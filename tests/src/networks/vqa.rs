use backdraft_models::{Vqa, VqaConfig};
use burn::tensor::Device;
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The strides of the convolutions.
const STRIDES: [usize; 2] = [2, 2];

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "hw")]
    side: usize,
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
    #[serde(rename = "feat")]
    features: usize,
    #[serde(rename = "classes")]
    answers: usize,
}

/// The question answerer with the sizes and weights of a fixture.
///
/// # Panics
/// If a size is missing, or the weights do not fit.
pub fn vqa(fixture: &Fixture, device: &Device) -> Vqa {
    let renames = [
        (r"^conv1\.", "convs.0."),
        (r"^conv2\.", "convs.1."),
        (r"^emb\.", "embedding."),
    ];
    weights::load(new(&fixture.config(), device), fixture, &renames)
}

fn new(sizes: &Sizes, device: &Device) -> Vqa {
    let channels = vec![sizes.channels1, sizes.channels2];
    VqaConfig::new(
        sizes.side,
        channels,
        STRIDES.to_vec(),
        sizes.vocabulary,
        sizes.embedding,
        sizes.hidden,
        sizes.features,
        sizes.answers,
    )
    .init(device)
}
