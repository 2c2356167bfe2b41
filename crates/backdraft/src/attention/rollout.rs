//! Attention rollout.

use burn::tensor::Tensor;

use crate::attention::attention_site::{Options, attention_options, identity};
use crate::finite::check;
use crate::inputs::token_layout::Grid;
use crate::{AnyTensor, Attribution, Error, Inputs, Method, Network, Plan, Target};

/// Attention rollout: how much of every input token attention brings to the token that is read.
///
/// With attention weights `A_l` of shape `[heads, tokens, tokens]` in layers 1 to `L`,
///
/// ```text
/// B_l = rows normalized of (mean over heads of A_l + I)
/// R   = B_L ... B_2 B_1
/// ```
///
/// and the values are the row of `R` that the head reads. The identity stands for the residual connections.
///
/// Abnar and Zuidema, [*Quantifying Attention Flow in Transformers*](https://arxiv.org/abs/2005.00928), ACL 2020.
///
/// No gradient is involved: the target's score is recorded, and the map is the same for every target.
/// [`AttentionRelevance`](crate::AttentionRelevance) tells targets apart.
///
/// | option | default |
/// |---|---|
/// | [`with_heads`](Self::with_heads) | the mean over heads, as in the paper |
/// | [`with_readout`](Self::with_readout) | token 0, the class token |
/// | [`with_tokens`](Self::with_tokens) | none: values are `[batch, tokens]` |
/// | [`with_layers`](Self::with_layers) | every [attention](crate::Network::attention_layers) |
///
/// A row of `R` sums to one. Every attention must be self-attention over the same tokens.
///
/// ```
/// use backdraft::{AttentionRollout, Class, Method, Network, TokenLayout};
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
/// let tokens = AttentionRollout::new().attribute(&net, images.clone(), Class(4))?;
/// assert_eq!(tokens.values()[0].shape().as_slice(), [1, 7]);
///
/// // In their places in the image, without the class token.
/// let method = AttentionRollout::new().with_tokens(TokenLayout::new().with_leading(1));
/// let map = method.attribute(&net, images, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 2, 3]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct AttentionRollout {
    heads: Heads,
    options: Options,
}

/// How the heads of an attention become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heads {
    /// Their mean.
    #[default]
    Mean,
    /// What every head agrees on.
    Min,
    /// What any head attends to.
    Max,
}

impl AttentionRollout {
    /// The mean over heads in every layer, read at the class token.
    pub fn new() -> Self {
        Self::default()
    }

    /// How the heads of an attention become one.
    #[must_use]
    pub fn with_heads(mut self, heads: Heads) -> Self {
        self.heads = heads;
        self
    }

    attention_options!();

    fn rolled_out(&self, net: &Network, inputs: &Inputs) -> Result<Rollout, Error> {
        let site = self.options.site(net)?;
        let pass = site.run(inputs, |probes, _| probes)?;
        let weights = site.weights(inputs, &pass)?;
        site.check(inputs, &weights)?;
        let grid = site.grid(inputs, &pass, weights[0].dims()[2])?;
        Ok(Rollout {
            outputs: pass.outputs().to_vec(),
            values: site.read(self.rollout(&weights), grid)?,
            grid,
        })
    }

    fn rollout(&self, weights: &[Tensor<4>]) -> Tensor<3> {
        weights
            .iter()
            .fold(identity(&weights[0]), |rollout, weights| {
                let mixed = self.heads.fuse(weights.clone()) + identity(weights);
                let rows = mixed.clone().sum_dim(2);
                (mixed / rows).matmul(rollout)
            })
    }
}

impl Heads {
    /// `[batch, heads, tokens, tokens]` as `[batch, tokens, tokens]`.
    fn fuse(self, weights: Tensor<4>) -> Tensor<3> {
        let fused = match self {
            Self::Mean => weights.mean_dim(1),
            Self::Min => weights.min_dim(1),
            Self::Max => weights.max_dim(1),
        };
        fused.squeeze_dim(1)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// Rolled out attention at some inputs, which is the same for every target.
#[derive(Clone)]
struct Rollout {
    outputs: Vec<AnyTensor>,
    values: AnyTensor,
    grid: Option<Grid>,
}

/// Values of shape `[batch, tokens]`, or with tokens in their places `[batch, 1, height, width]`. Several
/// targets share one run.
impl Method for AttentionRollout {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let name = format!("{self:?}");
        let rollout = if let Some(known) = inputs.memo().recall(net, &name) {
            known
        } else {
            let rollout = self.rolled_out(net, inputs)?;
            inputs.memo().remember(net, &name, rollout.clone());
            rollout
        };
        let explained = inputs.scores(target, &rollout.outputs)?;
        let scores = check::scores(net, inputs, &explained)?;
        let values = vec![rollout.values];
        let result = Attribution::new("attention-rollout", explained.name, values, scores)?
            .with_option("heads", self.heads.name());
        Ok(self.options.recorded(result, rollout.grid))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let site = self.options.site(net)?;
        Ok(site.plan(inputs, |probes, _| probes)?.forward_only())
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
    use burn::nn::Linear;
    use burn::tensor::activation::softmax;
    use burn::tensor::{Device, TensorData, Tolerance};

    fn explain(method: &AttentionRollout) -> Result<Vec<f32>, Error> {
        let method = method.attribute(&two_attentions(), inputs(P1, P2, [4.0, -1.0]), Class(0));
        method.map(|result| values(&result))
    }

    fn assert_close(actual: &[f32], expected: &[f32]) {
        TensorData::from(actual)
            .assert_approx_eq::<f32>(&TensorData::from(expected), Tolerance::absolute(1e-5));
    }

    #[test]
    fn attention_with_residuals_is_multiplied_from_the_last_layer_to_the_first() {
        // B_1 = [3/4 1/4; 1/8 7/8], B_2 = [7/8 1/8; 1/4 3/4].
        let rollout = explain(&AttentionRollout::new()).unwrap();
        assert_close(&rollout, &[0.671_875, 0.328_125]);
        let second = AttentionRollout::new().with_readout(Readout::Token(1));
        assert_close(&explain(&second).unwrap(), &[0.281_25, 0.718_75]);
        let mean = AttentionRollout::new().with_readout(Readout::Mean);
        assert_close(&explain(&mean).unwrap(), &[0.476_562_5, 0.523_437_5]);
    }

    #[test]
    fn one_layer_can_be_chosen() {
        let first = AttentionRollout::new().with_layers(["softmax"]);
        assert_close(&explain(&first).unwrap(), &[0.75, 0.25]);
        let error = explain(&AttentionRollout::new().with_layers(["conv"])).unwrap_err();
        assert!(
            error.to_string().contains("in `conv`") && error.to_string().contains("`softmax#2`"),
            "{error}"
        );
    }

    #[test]
    fn a_token_that_does_not_exist_is_refused() {
        let error = explain(&AttentionRollout::new().with_readout(Readout::Token(2))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "token 2 doesn't exist: the sequence has 2 tokens"
        );
    }

    #[test]
    fn heads_are_fused_as_asked() {
        let two = [[[[0.5, 0.5], [0.0, 1.0]], [[1.0, 0.0], [0.5, 0.5]]]];
        let two = Tensor::<4>::from_data(two, &Device::flex());
        for (heads, expected) in [
            (Heads::Mean, [0.75, 0.25, 0.25, 0.75]),
            (Heads::Min, [0.5, 0.0, 0.0, 0.5]),
            (Heads::Max, [1.0, 0.5, 0.5, 1.0]),
        ] {
            let fused = heads.fuse(two.clone()).reshape([4]);
            fused
                .into_data()
                .assert_eq(&TensorData::from(expected), false);
        }
    }

    #[test]
    fn it_agrees_with_plain_arithmetic_on_an_encoder() {
        let (net, tokens) = (encoder(Encoder::Products), random_tokens());
        let explained = AttentionRollout::new().attribute(&net, tokens.clone(), Class(1));
        let actual = values(&explained.unwrap());
        for (sample, actual) in actual.chunks(4).enumerate() {
            let mut rollout = identity_matrix();
            for (weights, _) in weights_and_gradients(&net, &tokens, sample) {
                let mut mixed = [[0.0; 4]; 4];
                for (i, row) in mixed.iter_mut().enumerate() {
                    for (j, cell) in row.iter_mut().enumerate() {
                        let mean = weights.iter().map(|head| head[i][j]).sum::<f64>() / 2.0;
                        *cell = f64::midpoint(mean, f64::from(u8::from(i == j)));
                    }
                }
                rollout = product(&mixed, &rollout);
            }
            let expected = rollout[0].map(|value| value as f32);
            assert_close(actual, &expected);
            assert!((expected.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    fn identity_matrix() -> [[f64; 4]; 4] {
        std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))))
    }

    fn product(a: &[[f64; 4]; 4], b: &[[f64; 4]; 4]) -> [[f64; 4]; 4] {
        let cell = |i: usize, j: usize| (0..4).map(|k| a[i][k] * b[k][j]).sum();
        std::array::from_fn(|i| std::array::from_fn(|j| cell(i, j)))
    }

    #[test]
    fn fused_attention_is_read_too() {
        let tokens = random_tokens();
        let [products, fused] = [Encoder::Products, Encoder::Fused].map(|kind| {
            let result =
                AttentionRollout::new().attribute(&encoder(kind), tokens.clone(), Class(1));
            values(&result.unwrap())
        });
        assert_close(&fused, &products);
    }

    #[test]
    fn a_network_without_attention_is_refused() {
        let x = Tensor::<2>::ones([1, 2], &Device::flex());
        let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| {
            softmax(x, 1)
        });
        let error = AttentionRollout::new().attribute(&net.unwrap(), x, Class(0));
        assert!(matches!(
            error,
            Err(Error::Attention(AttentionError::NoAttention { .. }))
        ));
    }

    #[test]
    fn attention_over_other_tokens_is_named() {
        // The second attention has half the tokens, as in a network that merges patches.
        let forward = |_: &Vec<Linear>, x: Tensor<3>| {
            let attend = |x: Tensor<3>| {
                let scores = x.clone().matmul(x.clone().swap_dims(1, 2));
                softmax(scores, 2).matmul(x)
            };
            let [batch, tokens, dim] = x.dims();
            let merged = attend(x).reshape([batch, tokens / 2, 2 * dim]);
            attend(merged).mean_dim(1).squeeze_dim::<2>(1)
        };
        let x = Tensor::<3>::ones([1, 4, 2], &Device::flex());
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let error = AttentionRollout::new()
            .attribute(&net, x.clone(), Class(0))
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("`softmax` has [1, 4, 4]") && text.contains("`softmax#2` has [1, 2, 2]"),
            "{text}"
        );
        let second = AttentionRollout::new().with_layers(["softmax#2"]);
        let second: AnyTensor = second.attribute(&net, x, Class(0)).unwrap().values()[0].clone();
        assert_eq!(second.shape().as_slice(), [1, 2]);
    }

    #[test]
    fn targets_share_the_map_and_keep_their_scores() {
        let inputs = || inputs(P1, P2, [4.0, -1.0]);
        let method = AttentionRollout::new();
        let net = two_attentions();
        let both = method
            .attribute_each(&net, inputs(), [Class(0), Class(1)])
            .unwrap();
        assert_eq!(values(&both[0]), values(&both[1]));
        let second = method.attribute(&net, inputs(), Class(1)).unwrap();
        assert_eq!(both[1].scores(), second.scores());
        assert_ne!(both[0].scores(), both[1].scores());
    }
}
