//! The networks, each loaded and captured when it is first asked for.

use std::sync::OnceLock;

use backdraft::Network;
use backdraft_models::catch::FRAMES;
use backdraft_models::scenes::{SIDE, Vocabulary};
use backdraft_models::{
    Captioner, DuelingDqn, EfficientNetLite0, MiniLm, ModelError, Vqa, WordPiece, catch,
};
use burn::tensor::{Bool, Device, Int, Tensor};

use crate::error::DemoError;

/// What the captioner writes: "a red circle and a blue square".
pub const CAPTION_WORDS: usize = 7;

/// What may be missing. Why, the host is told; it may name the host's folders.
type Lazy<T> = OnceLock<Option<T>>;

/// Two sentences: tokens, each with where they are padding.
pub type Pair = (
    Tensor<2, Int>,
    Tensor<2, Bool>,
    Tensor<2, Int>,
    Tensor<2, Bool>,
);

pub struct Models {
    device: Device,
    photo: Lazy<Network>,
    vqa: Lazy<Network>,
    captioner: Lazy<(Captioner, Network)>,
    policy: Lazy<(DuelingDqn, Network)>,
    text: Lazy<(MiniLm, WordPiece)>,
}

impl Models {
    /// Networks on a device.
    pub fn new(device: Device) -> Self {
        Self {
            device,
            photo: OnceLock::new(),
            vqa: OnceLock::new(),
            captioner: OnceLock::new(),
            policy: OnceLock::new(),
            text: OnceLock::new(),
        }
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// EfficientNet-Lite0, for photos.
    pub fn photo(&self) -> Result<&Network, DemoError> {
        get(&self.photo, || {
            let model = EfficientNetLite0::pretrained(&self.device)?;
            let example = Tensor::<4>::zeros([1, 3, 224, 224], &self.device);
            Ok(Network::capture(
                &model,
                example,
                EfficientNetLite0::forward,
            )?)
        })
    }

    /// The network that answers questions about scenes.
    pub fn vqa(&self) -> Result<&Network, DemoError> {
        get(&self.vqa, || {
            let model = Vqa::pretrained(&self.device)?;
            let image = Tensor::<4>::zeros([1, 3, SIDE, SIDE], &self.device);
            let question = Vocabulary::question(&[], &self.device)?.unsqueeze::<2>();
            Ok(Network::capture(&model, (image, question), Vqa::forward)?)
        })
    }

    /// The network that describes scenes, which also writes.
    pub fn captioner(&self) -> Result<&(Captioner, Network), DemoError> {
        get(&self.captioner, || {
            let model = Captioner::pretrained(&self.device)?;
            let image = Tensor::<4>::zeros([1, 3, SIDE, SIDE], &self.device);
            let words = Tensor::<2, Int>::zeros([1, CAPTION_WORDS], &self.device);
            let net = Network::capture(&model, (image, words), Captioner::forward)?;
            Ok((model, net))
        })
    }

    /// The network that plays, which also chooses.
    pub fn policy(&self) -> Result<&(DuelingDqn, Network), DemoError> {
        get(&self.policy, || {
            let model = DuelingDqn::pretrained(&self.device)?;
            let frames = Tensor::<4>::zeros([1, FRAMES, catch::SIDE, catch::SIDE], &self.device);
            let net = Network::capture(&model, frames, DuelingDqn::forward)?;
            Ok((model, net))
        })
    }

    /// The sentence transformer and its tokenizer, if they have been fetched.
    pub fn text(&self) -> Result<&(MiniLm, WordPiece), DemoError> {
        get(&self.text, || {
            Ok((MiniLm::pretrained(&self.device)?, WordPiece::pretrained()?))
        })
    }
}

fn get<T>(lazy: &Lazy<T>, load: impl FnOnce() -> Result<T, LoadError>) -> Result<&T, DemoError> {
    let loaded = lazy.get_or_init(|| {
        load()
            .inspect_err(|error| eprintln!("warning: {error}"))
            .ok()
    });
    loaded.as_ref().ok_or(DemoError::NotLoaded)
}

/// Why a network isn't there.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Weights(#[from] ModelError),
    #[error(transparent)]
    Capture(#[from] backdraft::Error),
    #[error(transparent)]
    Graph(#[from] backdraft::graph::Error),
}
