use burn::module::{Module, Param};
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig};
use burn::tensor::activation::{sigmoid, tanh};
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

/// The same network from embedded words and states on, with one layer for what a gate reads: words and states side by side.
#[derive(Module, Debug)]
pub struct MergedTextNet {
    input_gate: Linear,
    forget_gate: Linear,
    cell_gate: Linear,
    output_gate: Linear,
    fc: Linear,
}

impl MergedTextNet {
    /// The network with the sizes and weights of a fixture.
    ///
    /// # Panics
    /// If a size is missing, or the weights do not fit.
    pub fn of(fixture: &Fixture, device: &Device) -> Self {
        let TextNet { lstm, fc, .. } = TextNet::of(fixture, device);
        let forget_gate = lstm.forget_gate.expect("it isn't coupled");
        let gates = [
            lstm.input_gate,
            forget_gate,
            lstm.cell_gate,
            lstm.output_gate,
        ];
        let merged = gates.map(|gate| merged(&[gate.input_transform, gate.hidden_transform]));
        let [input_gate, forget_gate, cell_gate, output_gate] = merged;
        Self {
            input_gate,
            forget_gate,
            cell_gate,
            output_gate,
            fc,
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - embedded words: `[batch, words, embedding]`
    /// - hidden state and cell before the first word: `[batch, hidden]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, (words, hidden, cell): (Tensor<3>, Tensor<2>, Tensor<2>)) -> Tensor<2> {
        let (mut hidden, mut cell) = (hidden, cell);
        for word in words.iter_dim(1) {
            let read = Tensor::cat(vec![word.squeeze_dim(1), hidden], 1);
            let gates = [&self.input_gate, &self.forget_gate, &self.output_gate];
            let [input, forget, output] = gates.map(|gate| sigmoid(gate.forward(read.clone())));
            let candidate = tanh(self.cell_gate.forward(read));
            cell = forget * cell + input * candidate;
            hidden = output * tanh(cell.clone());
        }
        self.fc.forward(hidden)
    }
}

/// One layer for the sum of two.
fn merged(layers: &[Linear; 2]) -> Linear {
    let weights = layers.each_ref().map(|layer| layer.weight.val());
    let biases = layers.iter().filter_map(|layer| layer.bias.as_ref());
    let bias = biases.map(Param::val).reduce(|sum, next| sum + next);
    Linear {
        weight: Param::from_tensor(Tensor::cat(weights.to_vec(), 0)),
        bias: bias.map(Param::from_tensor),
    }
}
