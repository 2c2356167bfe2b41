use backdraft_models::{Vqa, VqaConfig};
use burn::tensor::Device;

use super::weights;

/// The question answerer with the weights of the fixture `vqa`: 3 x 16 x 16, 30 words, 6 answers.
///
/// # Panics
/// If the weights do not fit.
pub fn vqa(device: &Device) -> Vqa {
    let model = VqaConfig::new(16, vec![6, 8], vec![2, 2], 30, 12, 20, 32, 6).init(device);
    let renames = [
        (r"^conv1\.", "convs.0."),
        (r"^conv2\.", "convs.1."),
        (r"^emb\.", "embedding."),
    ];
    weights::load(model, "vqa", &renames)
}
