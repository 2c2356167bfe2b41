use backdraft_models::{Captioner, CaptionerConfig};
use burn::tensor::Device;

use super::weights;

/// The captioner with the weights of the fixture `captioner`: 3 x 24 x 24 and 20 words.
///
/// # Panics
/// If the weights do not fit.
pub fn captioner(device: &Device) -> Captioner {
    let model = CaptionerConfig::new(vec![6, 10], vec![2, 1], 20, 12, 16).init(device);
    let renames = [
        (r"^conv1\.", "convs.0."),
        (r"^conv2\.", "convs.1."),
        (r"^emb\.", "embedding."),
    ];
    weights::load(model, "captioner", &renames)
}
