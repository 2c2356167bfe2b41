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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;
    use serde_json::json;

    #[test]
    fn sizes_are_those_of_config() {
        let device = Device::flex();
        let config = json!({"c1": 3, "c2": 5, "hw": 16, "vocab": 11, "dim": 4, "hid": 7, "len": 3});
        let sizes = serde_json::from_value(config).unwrap();
        let net = new(&sizes, &device);
        let images = Tensor::zeros([2, 3, 16, 16], &device);
        let inputs = (images, Tensor::zeros([2, 3], &device));
        assert_eq!(net.forward(inputs).dims(), [2, 3, 11]);
    }
}
