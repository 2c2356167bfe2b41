//! The networks of drawn scenes, with the sizes and weights that `examples/train_scenes.rs` gave them.

use burn::tensor::Device;

use crate::scenes::{SIDE, Vocabulary};
use crate::{Captioner, CaptionerConfig, ModelError, Vqa, VqaConfig, weights};

static CAPTIONER: &[u8] = include_bytes!("../../assets/captioner.safetensors");
static VQA: &[u8] = include_bytes!("../../assets/vqa.safetensors");

impl CaptionerConfig {
    /// The sizes of [`Captioner::pretrained`]: the last convolution sees the scene as 8 x 8 places.
    pub fn scenes() -> Self {
        let words = Vocabulary::CAPTIONS.words().len();
        Self::new(vec![16, 32, 48, 64], vec![2, 2, 2, 1], words, 16, 64)
    }
}

impl VqaConfig {
    /// The sizes of [`Vqa::pretrained`]: the last convolution sees the scene as 8 x 8 places.
    ///
    /// It is averaged over the places. Grad-CAM weighs channels by gradients averaged over the places
    /// too, and where every place has weights of its own, that mean says little.
    pub fn scenes() -> Self {
        let words = Vocabulary::QUESTIONS.words().len();
        let answers = Vocabulary::ANSWERS.words().len();
        let (channels, strides) = (vec![16, 32, 48, 64], vec![2, 2, 2, 1]);
        Self::new(SIDE, channels, strides, words, 16, 48, 64, answers).with_pooled(true)
    }
}

impl Captioner {
    /// The network with weights trained on [`scenes`](crate::scenes) of one to three objects, which are built into
    /// this crate. It finds every word of 2000 captions that it was not trained on, given the words before.
    ///
    /// Grad-CAM of a word for a shape is on the object of that shape. That of a color often isn't: captions name
    /// objects in the order of their colors, so which color comes next depends on all of them.
    ///
    /// # Errors
    /// [`ModelError`] if the built-in weights do not fit the network exactly.
    pub fn pretrained(device: &Device) -> Result<Self, ModelError> {
        weights::load(CaptionerConfig::scenes().init(device), CAPTIONER, device)
    }
}

impl Vqa {
    /// The network with weights trained on [`scenes`](crate::scenes) of two and three objects, which
    /// are built into this crate. It answers 97.4 % of 2000 questions that it was not trained on.
    ///
    /// # Errors
    /// [`ModelError`] if the built-in weights do not fit the network exactly.
    pub fn pretrained(device: &Device) -> Result<Self, ModelError> {
        weights::load(VqaConfig::scenes().init(device), VQA, device)
    }
}
