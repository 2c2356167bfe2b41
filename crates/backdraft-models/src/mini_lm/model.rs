use burn::module::Module;
use burn::nn::transformer::{
    TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput,
};
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig};
use burn::tensor::{Bool, Device, Int, Tensor};

const VOCABULARY: usize = 30522;
const POSITIONS: usize = 512;
const TOKEN_TYPES: usize = 2;
const DIM: usize = 384;
const FEED_FORWARD: usize = 1536;
const HEADS: usize = 12;
const LAYERS: usize = 6;
const NORM_EPSILON: f64 = 1e-12;

/// all-MiniLM-L6-v2: embeds English sentences so that similar meanings are close; 22.6 million parameters.
///
/// A `BERT` encoder of six layers, distilled as in [*`MiniLM`*](https://arxiv.org/abs/2002.10957) and trained by
/// [Sentence Transformers](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2). A sentence's embedding is the
/// mean over its tokens, scaled to length 1.
///
/// The weights (91 MB) aren't part of this repository: `scripts/fetch-minilm.sh` downloads them.
///
/// # Example
/// ```
/// use backdraft_models::MiniLm;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let model = MiniLm::new(&device); // random weights
/// let tokens = Tensor::from_data([[101, 7592, 102], [101, 102, 0]], &device);
/// let padding = Tensor::from_data([[false, false, false], [false, false, true]], &device);
/// assert_eq!(model.forward(tokens, padding).dims(), [2, 384]);
/// ```
#[derive(Module, Debug)]
pub struct MiniLm {
    embeddings: Embeddings,
    encoder: TransformerEncoder,
}

impl MiniLm {
    /// The network with random weights, from Burn's default initializers.
    pub fn new(device: &Device) -> Self {
        Self {
            embeddings: Embeddings::new(device),
            encoder: TransformerEncoderConfig::new(DIM, FEED_FORWARD, HEADS, LAYERS)
                .with_layer_norm_eps(NORM_EPSILON)
                .init(device),
        }
    }

    /// Embeds sentences.
    ///
    /// `padding` is true where a sentence shorter than others is filled up; every sentence needs a token. What the
    /// tokens there are doesn't matter.
    ///
    /// # Shapes
    /// - tokens: `[batch, length]`, with a length of at most 512
    /// - padding: `[batch, length]`
    /// - output: `[batch, 384]`, each row of length 1
    pub fn forward(&self, tokens: Tensor<2, Int>, padding: Tensor<2, Bool>) -> Tensor<2> {
        let embedded = self.embeddings.forward(tokens);
        let input = TransformerEncoderInput::new(embedded).mask_pad(padding.clone());
        let encoded = self.encoder.forward(input);

        let weights = padding.bool_not().float().unsqueeze_dim::<3>(2);
        let sum = (encoded * weights.clone()).sum_dim(1);
        let mean: Tensor<2> = (sum / weights.sum_dim(1)).squeeze_dim(1);
        let length = mean.clone().square().sum_dim(1).sqrt();
        mean / length
    }

    /// The cosine similarity, from -1 to 1, of each sentence of a batch with one of another batch.
    ///
    /// The two batches may have different lengths.
    ///
    /// # Shapes
    /// - tokens and padding: as for [`forward`](Self::forward)
    /// - output: `[batch]`
    pub fn similarity(
        &self,
        tokens: Tensor<2, Int>,
        padding: Tensor<2, Bool>,
        other_tokens: Tensor<2, Int>,
        other_padding: Tensor<2, Bool>,
    ) -> Tensor<1> {
        let embedding = self.forward(tokens, padding);
        let other = self.forward(other_tokens, other_padding);
        (embedding * other).sum_dim(1).squeeze_dim(1)
    }
}

/// What the encoder knows of a token: its word, its place and, always the first here, its sentence.
#[derive(Module, Debug)]
struct Embeddings {
    words: Embedding,
    positions: Embedding,
    token_types: Embedding,
    norm: LayerNorm,
}

impl Embeddings {
    fn new(device: &Device) -> Self {
        let embedding = |rows| EmbeddingConfig::new(rows, DIM).init(device);
        Self {
            words: embedding(VOCABULARY),
            positions: embedding(POSITIONS),
            token_types: embedding(TOKEN_TYPES),
            norm: LayerNormConfig::new(DIM)
                .with_epsilon(NORM_EPSILON)
                .init(device),
        }
    }

    /// Embeds tokens.
    ///
    /// # Shapes
    /// - tokens: `[batch, length]`
    /// - output: `[batch, length, 384]`
    fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let [_, length] = tokens.dims();
        let positions = Tensor::<1, Int>::arange(0..length as i64, &tokens.device());
        let positions = self.positions.forward(positions.unsqueeze());
        let types = self.token_types.forward(tokens.zeros_like());
        let words = self.words.forward(tokens);
        self.norm.forward(words + positions + types)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_parameters_as_published() {
        // The published 22,713,216 include the pooling layer for classification.
        let pooler = DIM * DIM + DIM;
        assert_eq!(
            MiniLm::new(&Device::flex()).num_params(),
            22_713_216 - pooler
        );
    }
}
