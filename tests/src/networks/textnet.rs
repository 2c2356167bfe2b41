use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig};
use burn::tensor::{Device, Int, Tensor};
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "vocab")]
    vocabulary: usize,
    #[serde(rename = "dim")]
    embedding: usize,
    #[serde(rename = "hid")]
    hidden: usize,
    classes: usize,
}

/// An embedding, an LSTM and a linear layer: words to classes.
#[derive(Module, Debug)]
pub struct TextNet {
    emb: Embedding,
    lstm: Lstm,
    fc: Linear,
}

impl TextNet {
    /// The network with the weights of the built-in fixture `textnet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        Self::of(&Fixture::open("textnet"), device)
    }

    /// The network with the sizes and weights of a fixture.
    ///
    /// # Panics
    /// If a size is missing, or the weights do not fit.
    pub fn of(fixture: &Fixture, device: &Device) -> Self {
        weights::load(Self::new(&fixture.config(), device), fixture, &[])
    }

    fn new(sizes: &Sizes, device: &Device) -> Self {
        let &Sizes {
            vocabulary,
            embedding,
            hidden,
            classes,
        } = sizes;
        Self {
            emb: EmbeddingConfig::new(vocabulary, embedding).init(device),
            lstm: LstmConfig::new(embedding, hidden, true).init(device),
            fc: LinearConfig::new(hidden, classes).init(device),
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - tokens: `[batch, words]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        let (states, _) = self.lstm.forward(self.emb.forward(tokens), None);
        let [batch, words, hidden] = states.dims();
        let last = states.slice([0..batch, words - 1..words, 0..hidden]);
        self.fc.forward(last.reshape([batch, hidden]))
    }
}
