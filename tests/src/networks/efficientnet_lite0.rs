use backdraft_models::EfficientNetLite0;
use burn::tensor::Device;

use super::weights;
use crate::Fixture;

/// EfficientNet-Lite0 with the weights of a fixture, or the built-in ones if the fixture has none. Its sizes are
/// always the same.
///
/// # Panics
/// If the weights do not fit.
pub fn efficientnet_lite0(fixture: &Fixture, device: &Device) -> EfficientNetLite0 {
    match fixture.weights() {
        Some(_) => weights::load(EfficientNetLite0::new(device), fixture, &[]),
        None => EfficientNetLite0::pretrained(device).expect("the built-in weights fit"),
    }
}
