use backdraft_models::{Vit, VitConfig};
use burn::tensor::Device;
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// Height and width of a patch, in pixels.
const PATCH: usize = 4;
/// How many blocks there are.
const DEPTH: usize = 2;

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "hw")]
    side: usize,
    dim: usize,
    heads: usize,
    mlp: usize,
    classes: usize,
}

/// The vision transformer with the weights of the built-in fixture `vit`.
///
/// # Panics
/// If the weights do not fit.
pub fn load_vit(device: &Device) -> Vit {
    vit(&Fixture::open("vit"), device)
}

/// The vision transformer with the sizes and weights of a fixture.
///
/// # Panics
/// If a size is missing, or the weights do not fit.
pub fn vit(fixture: &Fixture, device: &Device) -> Vit {
    weights::load(new(&fixture.config(), device), fixture, &[])
}

fn new(sizes: &Sizes, device: &Device) -> Vit {
    VitConfig::new([sizes.side; 2], sizes.classes)
        .with_patch(PATCH)
        .with_depth(DEPTH)
        .with_dim(sizes.dim)
        .with_heads(sizes.heads)
        .with_mlp(sizes.mlp)
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
        let config = json!({"dim": 6, "heads": 2, "mlp": 9, "hw": 16, "classes": 4});
        let sizes = serde_json::from_value(config).unwrap();
        let net = new(&sizes, &device);
        let inputs = Tensor::zeros([2, 3, 16, 16], &device);
        assert_eq!(net.forward(inputs).dims(), [2, 4]);
    }
}
