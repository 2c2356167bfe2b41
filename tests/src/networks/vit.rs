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
