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
    /// # Errors
    /// [`ModelError`] if the built-in weights do not fit the network exactly.
    pub fn pretrained(device: &Device) -> Result<Self, ModelError> {
        weights::load(VitConfig::glyphs().init(device), VIT, device)
    }
}
