//! Attention relevance: attention weighted with its gradient.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::attention::attention_site::{Options, attention_options, identity};
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// Attention relevance: how much every input token matters to the target through the attention that speaks
/// for it.
///
/// With attention weights `A_l` of shape `[heads, tokens, tokens]` in layers 1 to `L`,
///
/// ```text
/// B_l = mean over heads of relu( dF / dA_l * A_l )
/// R   = (I + B_L) ... (I + B_2) (I + B_1)
/// ```
///
/// and the values are the row of `R` that the head reads: the relevancies of Chefer et al., which the paper
/// updates layer by layer as `R + B_l R`.
///
/// Chefer, Gur and Wolf, [*Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
/// Transformers*](https://arxiv.org/abs/2103.15679), ICCV 2021, for self-attention.
///
/// | option | default |
/// |---|---|
/// | [`with_readout`](Self::with_readout) | token 0, the class token |
/// | [`with_tokens`](Self::with_tokens) | none: values are `[batch, tokens]` |
/// | [`with_layers`](Self::with_layers) | every [attention](crate::Network::attention_layers) |
///
/// Relevances are never negative, and a token's own begins at one: of the class token it is the largest as a
/// rule, so that its patches are usually looked at alone. Every attention must be self-attention over
/// the same tokens, and the target must depend on each; all of them share one backward pass.
///
/// ```
/// use backdraft::{AttentionRelevance, Class, Method, Network, TokenLayout};
/// # use burn::module::Module;
/// # use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Tensor};
/// # #[derive(Module, Debug)]
/// # struct Model { patch: Conv2d, blocks: Vec<MultiHeadAttention> }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         let patches = self.patch.forward(x).flatten::<3>(2, 3).swap_dims(1, 2);
/// #         let [batch, _, dim] = patches.dims();
/// #         let class = Tensor::zeros([batch, 1, dim], &patches.device());
/// #         let mut x = Tensor::cat(vec![class, patches], 1);
/// #         for block in &self.blocks {
/// #             x = x.clone() + block.forward(MhaInput::self_attn(x)).context;
/// #         }
/// #         x.slice([0..batch, 0..1, 0..dim]).squeeze_dim(1)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model {
/// #     patch: Conv2dConfig::new([3, 6], [4, 4]).with_stride([4, 4]).init(&device),
/// #     blocks: vec![MultiHeadAttentionConfig::new(6, 2).init(&device); 2],
/// # };
/// # let images = Tensor::<4>::ones([1, 3, 8, 12], &device);
/// let net = Network::capture(&model, images.clone(), Model::forward)?;
/// let tokens = AttentionRelevance::new().attribute(&net, images.clone(), Class(4))?;
/// assert_eq!(tokens.values()[0].shape().as_slice(), [1, 7]);
///
/// // In their places in the image, without the class token.
/// let method = AttentionRelevance::new().with_tokens(TokenLayout::new().with_leading(1));
/// let map = method.attribute(&net, images, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 2, 3]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "Chefer")]
#[doc(alias = "GenericAttentionExplainability")]
#[derive(Clone, Debug, Default)]
pub struct AttentionRelevance {
    options: Options,
}

impl AttentionRelevance {
    /// Every attention, read at the class token.
    pub fn new() -> Self {
        Self::default()
    }

    attention_options!();
}

/// Values of shape `[batch, tokens]`, or with tokens in their places `[batch, 1, height, width]`.
impl Method for AttentionRelevance {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let site = self.options.site(net)?;
        let pass = site.run(inputs, |probes, layer| probes.with_layer_gradient(layer))?;
        let weights = site.weights(inputs, &pass)?;
        let grid = site.grid(inputs, &pass, weights[0].dims()[2])?;
        let explained = inputs.scores(target, pass.outputs())?;
        let scores = site.scores(inputs, &explained)?;
        let gradients = pass.backward(explained.scores)?;
        let gradients = site.gradients(inputs, target, &weights, &gradients)?;
        let mut relevance: Tensor<3> = identity(&weights[0]);
        for (weights, gradient) in weights.into_iter().zip(gradients) {
            let evidence = relu(gradient * weights).mean_dim(1).squeeze_dim(1);
            relevance = relevance.clone() + evidence.matmul(relevance);
        }
        let values = vec![site.read(relevance, grid)?];
        let result = Attribution::new("attention-relevance", explained.name, values, scores)?;
        Ok(self.options.recorded(result, grid))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let site = self.options.site(net)?;
        site.plan(inputs, |probes, layer| probes.with_layer_gradient(layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::AttentionError;
    use crate::attention::testing::{
        Encoder, P1, P2, encoder, inputs, random_tokens, two_attentions, values,
        weights_and_gradients,
    };
    use crate::{Class, Readout};
    use burn::tensor::{TensorData, Tolerance};

    fn assert_close(actual: &[f32], expected: &[f32]) {
        TensorData::from(actual)
            .assert_approx_eq::<f32>(&TensorData::from(expected), Tolerance::absolute(1e-5));
    }

    fn explain(readout: Readout) -> Vec<f32> {
        let method = AttentionRelevance::new().with_readout(readout);
        let inputs = inputs(P1, P2, [4.0, -1.0]);
        values(
            &method
                .attribute(&two_attentions(), inputs, Class(0))
                .unwrap(),
        )
    }

    #[test]
    fn positive_evidence_is_passed_on_from_layer_to_layer() {
        // Behind the first attention the values are [3/2, 1/4], the gradient of the second one's weights:
        // B_2 = [9/8 1/16; 0 0]. The gradient of the first one's weights is [3 -3/4; 1 -1/4]: B_1 = [3/2 0; 1/4 0].
        assert_close(&explain(Readout::Token(0)), &[5.328_125, 0.0625]);
        assert_close(&explain(Readout::Token(1)), &[0.25, 1.0]);
        assert_close(&explain(Readout::Mean), &[2.789_062_5, 0.531_25]);
    }

    #[test]
    fn it_agrees_with_plain_arithmetic_on_an_encoder() {
        let (net, tokens) = (encoder(Encoder::Products), random_tokens());
        let explained = AttentionRelevance::new().attribute(&net, tokens.clone(), Class(1));
        let actual = values(&explained.unwrap());
        for (sample, actual) in actual.chunks(4).enumerate() {
            let mut relevance = [[0.0; 4]; 4];
            (0..4).for_each(|i| relevance[i][i] = 1.0);
            for (weights, gradients) in weights_and_gradients(&net, &tokens, sample) {
                let before = relevance;
                for (i, j, k) in triples() {
                    let evidence = weights.iter().zip(&gradients);
                    let evidence = evidence.map(|(a, g)| (a[i][k] * g[i][k]).max(0.0));
                    relevance[i][j] += evidence.sum::<f64>() / 2.0 * before[k][j];
                }
            }
            assert_close(actual, &relevance[0].map(|value| value as f32));
            assert!(
                relevance[0][1] > 1e-3,
                "something is passed on: {relevance:?}"
            );
        }
    }

    fn triples() -> impl Iterator<Item = (usize, usize, usize)> {
        (0..64).map(|n| (n / 16, n / 4 % 4, n % 4))
    }

    #[test]
    fn fused_attention_is_read_too() {
        let tokens = random_tokens();
        let [products, fused] = [Encoder::Products, Encoder::Fused].map(|kind| {
            let result =
                AttentionRelevance::new().attribute(&encoder(kind), tokens.clone(), Class(1));
            values(&result.unwrap())
        });
        assert_close(&fused, &products);
    }

    #[test]
    fn attention_of_another_sequence_is_refused() {
        // One attention reads the left half of the features, the other one the right half.
        let x = random_tokens();
        let forward = |_: &Vec<burn::nn::Linear>, x: Tensor<3>| {
            let half = |start| {
                let x = x.clone().narrow(2, start, 3);
                let scores = x.clone().matmul(x.clone().swap_dims(1, 2));
                burn::tensor::activation::softmax(scores, 2).matmul(x)
            };
            (half(0) + half(3)).sum_dim(1).squeeze_dim::<2>(1)
        };
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let both = AttentionRelevance::new().attribute(&net, x.clone(), Class(0));
        let error = both.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Attention(AttentionError::AttentionBranches { .. })
            ),
            "{error}"
        );
        let one = AttentionRelevance::new().with_layers(["softmax#2"]);
        assert!(one.attribute(&net, x, Class(0)).is_ok());
    }

    #[test]
    fn targets_are_told_apart() {
        let (net, tokens) = (encoder(Encoder::Products), random_tokens());
        let method = AttentionRelevance::new();
        let both = method
            .attribute_each(&net, tokens, [Class(0), Class(1)])
            .unwrap();
        assert_ne!(values(&both[0]), values(&both[1]));
    }
}
