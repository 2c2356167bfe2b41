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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;
    use serde_json::json;

    #[test]
    fn sizes_are_those_of_config() {
        let device = Device::flex();
        let config = json!({
            "c1": 3, "c2": 5, "hw": 16, "vocab": 11, "dim": 4, "hid": 7, "feat": 6, "len": 3, "classes": 4,
        });
        let sizes = serde_json::from_value(config).unwrap();
        let net = new(&sizes, &device);
        let images = Tensor::zeros([2, 3, 16, 16], &device);
        let inputs = (images, Tensor::zeros([2, 3], &device));
        assert_eq!(net.forward(inputs).dims(), [2, 4]);
    }
}
