use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig, Relu};
use burn::tensor::{Device, Int, Tensor};

use crate::conv_stack::conv_stack;

/// The sizes of a [`Vqa`].
#[derive(Config, Debug)]
pub struct VqaConfig {
    /// Height and width of the images.
    pub side: usize,
    /// Channels of each convolution.
    pub channels: Vec<usize>,
    /// Stride of each convolution.
    pub strides: Vec<usize>,
    /// Number of words in questions.
    pub vocabulary: usize,
    /// Numbers that stand for one word.
    pub embedding: usize,
    /// Size of the LSTM's state.
    pub hidden: usize,
    /// Size of the features in which image and question meet.
    pub features: usize,
    /// Number of answers.
    pub answers: usize,
    /// Whether the last convolution is averaged over all places, so that it doesn't matter where an
    /// object is; otherwise every place has weights of its own.
    #[config(default = false)]
    pub pooled: bool,
}

impl VqaConfig {
    /// The network with random weights.
    ///
    /// # Panics
    /// If there are not as many strides as channels, or there are none.
    pub fn init(&self, device: &Device) -> Vqa {
        let channels = *self.channels.last().expect("at least one convolution");
        let strides = self.strides.iter();
        let side = strides.fold(self.side, |side, &stride| side.div_ceil(stride));
        let places = if self.pooled { 1 } else { side * side };
        Vqa {
            convs: conv_stack(&self.channels, &self.strides, device),
            relu: Relu::new(),
            gap: (self.pooled).then(|| AdaptiveAvgPool2dConfig::new([1, 1]).init()),
            img_fc: LinearConfig::new(channels * places, self.features).init(device),
            embedding: EmbeddingConfig::new(self.vocabulary, self.embedding).init(device),
            lstm: LstmConfig::new(self.embedding, self.hidden, true).init(device),
            q_fc: LinearConfig::new(self.hidden, self.features).init(device),
            out: LinearConfig::new(self.features, self.answers).init(device),
        }
    }
}

/// Answers a question about an image: convolutions see, an LSTM reads.
///
/// Image and question become features of the same size, whose product decides the answer.
#[derive(Module, Debug)]
pub struct Vqa {
    convs: Vec<Conv2d>,
    relu: Relu,
    gap: Option<AdaptiveAvgPool2d>,
    img_fc: Linear,
    embedding: Embedding,
    lstm: Lstm,
    q_fc: Linear,
    out: Linear,
}

impl Vqa {
    /// Computes the logits of the answers.
    ///
    /// # Shapes
    /// - images: `[batch, 3, side, side]`
    /// - questions: `[batch, words]`, words as their numbers in the vocabulary
    /// - output: `[batch, answers]`
    pub fn forward(&self, (images, questions): (Tensor<4>, Tensor<2, Int>)) -> Tensor<2> {
        let mut features = images;
        for conv in &self.convs {
            features = self.relu.forward(conv.forward(features));
        }
        if let Some(gap) = &self.gap {
            features = gap.forward(features);
        }
        let seen = self.img_fc.forward(features.flatten(1, 3));
        let words = self.embedding.forward(questions);
        let (_, state) = self.lstm.forward(words, None);
        let asked = self.q_fc.forward(state.hidden);
        self.out.forward(self.relu.forward(seen * asked))
    }
}
