use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig};
use burn::tensor::{Device, Int, Tensor};

use super::weights;

/// An embedding, an LSTM and a linear layer: 7 words of a vocabulary of 50 to 4 classes.
#[derive(Module, Debug)]
pub struct TextNet {
    emb: Embedding,
    lstm: Lstm,
    fc: Linear,
}

impl TextNet {
    /// The network with the weights of the fixture `textnet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        let model = Self {
            emb: EmbeddingConfig::new(50, 16).init(device),
            lstm: LstmConfig::new(16, 24, true).init(device),
            fc: LinearConfig::new(24, 4).init(device),
        };
        weights::load(model, "textnet", &[])
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - tokens: `[batch, words]`
    /// - output: `[batch, 4]`
    pub fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        let (states, _) = self.lstm.forward(self.emb.forward(tokens), None);
        let [batch, words, hidden] = states.dims();
        let last = states.slice([0..batch, words - 1..words, 0..hidden]);
        self.fc.forward(last.reshape([batch, hidden]))
    }
}
