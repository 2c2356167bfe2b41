use backdraft_models::{Vit, VitConfig};
use burn::tensor::Device;

use super::weights;

/// The vision transformer with the weights of the fixture `vit`: 3 x 32 x 32 to 10 classes.
///
/// # Panics
/// If the weights do not fit.
pub fn load_vit(device: &Device) -> Vit {
    weights::load(VitConfig::new([32, 32], 10).init(device), "vit", &[])
}
