use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{
    Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig, LstmState, Relu,
};
use burn::tensor::{Device, Int, Tensor};

use crate::conv_stack::conv_stack;

/// The sizes of a [`Captioner`].
#[derive(Config, Debug)]
pub struct CaptionerConfig {
    /// Channels of each convolution.
    pub channels: Vec<usize>,
    /// Stride of each convolution.
    pub strides: Vec<usize>,
    /// Number of words.
    pub vocabulary: usize,
    /// Numbers that stand for one word.
    pub embedding: usize,
    /// Size of the LSTM's state.
    pub hidden: usize,
}

impl CaptionerConfig {
    /// The network with random weights.
    ///
    /// # Panics
    /// If there are not as many strides as channels, or there are none.
    pub fn init(&self, device: &Device) -> Captioner {
        let features = *self.channels.last().expect("at least one convolution");
        Captioner {
            convs: conv_stack(&self.channels, &self.strides, device),
            relu: Relu::new(),
            gap: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            init_h: LinearConfig::new(features, self.hidden).init(device),
            init_c: LinearConfig::new(features, self.hidden).init(device),
            embedding: EmbeddingConfig::new(self.vocabulary, self.embedding).init(device),
            lstm: LstmConfig::new(self.embedding, self.hidden, true).init(device),
            fc: LinearConfig::new(self.hidden, self.vocabulary).init(device),
        }
    }
}

/// Writes a caption word by word: convolutions see the image, an LSTM writes.
///
/// The pooled features of the last convolution are the LSTM's first state. At every step it reads
/// the word so far and gives the logits of the next one.
#[derive(Module, Debug)]
pub struct Captioner {
    convs: Vec<Conv2d>,
    relu: Relu,
    gap: AdaptiveAvgPool2d,
    init_h: Linear,
    init_c: Linear,
    embedding: Embedding,
    lstm: Lstm,
    fc: Linear,
}

impl Captioner {
    /// Computes the logits of the word after each of the given ones.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - tokens: `[batch, steps]`, words as their numbers in the vocabulary
    /// - output: `[batch, steps, vocabulary]`
    pub fn forward(&self, (images, tokens): (Tensor<4>, Tensor<2, Int>)) -> Tensor<3> {
        let mut features = images;
        for conv in &self.convs {
            features = self.relu.forward(conv.forward(features));
        }
        let pooled = self.gap.forward(features).flatten(1, 3);
        let hidden = self.init_h.forward(pooled.clone()).tanh();
        let cell = self.init_c.forward(pooled).tanh();
        let words = self.embedding.forward(tokens);
        let (states, _) = self.lstm.forward(words, Some(LstmState::new(cell, hidden)));
        self.fc.forward(states)
    }

    /// Writes captions: always the likeliest next word, until there are `words`.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - output: `[batch, 1 + words]`, of which the first is `start`
    pub fn write(&self, images: Tensor<4>, start: usize, words: usize) -> Tensor<2, Int> {
        let [batch, ..] = images.dims();
        let mut written = Tensor::full([batch, 1], start as i64, &images.device());
        for step in 0..words {
            let logits = self.forward((images.clone(), written.clone()));
            let next = logits.slice([0..batch, step..step + 1]).argmax(2);
            written = Tensor::cat(vec![written, next.flatten(1, 2)], 1);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Distribution;

    #[test]
    fn every_written_word_is_the_likeliest_after_those_before() {
        let device = Device::flex();
        let net = CaptionerConfig::new(vec![4, 5], vec![2, 1], 7, 3, 6).init(&device);
        let images = Tensor::random([3, 3, 8, 8], Distribution::Default, &device);
        let written = net.write(images.clone(), 2, 4);
        assert_eq!(written.dims(), [3, 5]);
        let logits = net.forward((images, written.clone().slice([0..3, 0..4])));
        let expected = logits.argmax(2).flatten::<2>(1, 2);
        let (first, rest) = (
            written.clone().slice([0..3, 0..1]),
            written.slice([0..3, 1..5]),
        );
        assert_eq!(first.into_data().iter::<i64>().collect::<Vec<_>>(), [2; 3]);
        rest.into_data().assert_eq(&expected.into_data(), true);
    }
}
