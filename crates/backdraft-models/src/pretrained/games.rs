//! Networks that were trained with this crate's examples, and their sizes.

use burn::tensor::Device;

use crate::catch::{Action, FRAMES, SIDE};
use crate::glyphs::{SIZE, Shape};
use crate::{DuelingDqn, DuelingDqnConfig, ModelError, Vit, VitConfig, weights};

static POLICY: &[u8] = include_bytes!("../../assets/policy.safetensors");
static VIT: &[u8] = include_bytes!("../../assets/vit.safetensors");

impl DuelingDqnConfig {
    /// The sizes of the network that plays [`catch`](crate::catch).
    pub fn catch() -> Self {
        Self::new(Action::ALL.len())
            .with_frames(FRAMES)
            .with_frame_size([SIDE; 2])
            .with_channels([16, 32])
            .with_hidden(128)
    }
}

impl DuelingDqn {
    /// A network that plays [`catch`](crate::catch), with the weights that are built into this
    /// crate.
    ///
    /// It catches 99.2% of 1000 balls that it was not trained with, as many as can be reached.
    /// Trained for about five minutes on two CPU cores by regression on the exact values of the
    /// game: `cargo run --release --example train_policy`.
    ///
    /// # Errors
    /// [`ModelError`] if the built-in weights do not fit the network exactly.
    pub fn pretrained(device: &Device) -> Result<Self, ModelError> {
        weights::load(DuelingDqnConfig::catch().init(device), POLICY, device)
    }
}

impl VitConfig {
    /// The sizes of the network that names the red shape of a scene of [`glyphs`](crate::glyphs).
    pub fn glyphs() -> Self {
        Self::new(SIZE, Shape::ALL.len())
            .with_patch(8)
            .with_dim(48)
            .with_depth(4)
            .with_heads(4)
            .with_mlp(96)
    }
}

impl Vit {
    /// A network that names the red shape of a scene of [`glyphs`](crate::glyphs), with the
    /// weights that are built into this crate.
    ///
    /// It names all of 500 shapes right that it was not trained with. Trained for up to ten
    /// minutes on two CPU cores: `cargo run --release --example train_vit`.
    ///
    /// # Errors
    /// [`ModelError`] if the built-in weights do not fit the network exactly.
    pub fn pretrained(device: &Device) -> Result<Self, ModelError> {
        weights::load(VitConfig::glyphs().init(device), VIT, device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catch::Catch;
    use crate::glyphs::Scene;

    /// Seeds from here on were not trained with.
    const HELD_OUT: u64 = 1 << 41;

    #[test]
    fn the_policy_catches_almost_every_ball() {
        let device = Device::flex();
        let model = DuelingDqn::pretrained(&device).unwrap();
        let caught = |seed: &u64| {
            let mut game = Catch::new(HELD_OUT + seed);
            while game.caught().is_none() {
                let values = model.forward(game.observation(&device));
                let action: i64 = values.argmax(1).into_scalar();
                game.step(Action::ALL[action as usize]);
            }
            game.caught() == Some(true)
        };
        let caught = (0..100).filter(caught).count();
        assert!(caught >= 97, "{caught} of 100");
    }

    #[test]
    fn the_vit_names_almost_every_red_shape() {
        let device = Device::flex();
        let model = Vit::pretrained(&device).unwrap();
        let right = |seed: &u64| {
            let scene = Scene::new(HELD_OUT + seed);
            let class: i64 = model.forward(scene.image(&device)).argmax(1).into_scalar();
            Shape::ALL[class as usize] == scene.class()
        };
        let right = (0..100).filter(right).count();
        assert!(right >= 97, "{right} of 100");
    }
}
