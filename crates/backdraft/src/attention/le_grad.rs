//! `LeGrad`.

use backdraft_graph::{OpKind, Probes};
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::attention::AttentionError;
use crate::attention::attention_site::{AttentionSite, Options, heads, token_options};
use crate::finite::check;
use crate::finite::origin::Backward;
use crate::inputs::rows::sum_per_row;
use crate::layer::open::open;
use crate::model::differentiable::with_gradients;
use crate::targets::ResolvedTarget;
use crate::{
    AnyTensor, Attribution, Differentiable, Error, Inputs, Layer, Method, Network, Plan, Target,
};

/// `LeGrad`: how strongly attention to every token would raise the target, layer by layer.
///
/// With attention weights `A_l` of shape `[heads, tokens, tokens]` in layers 1 to `L`, and the target's score `s_l` that the
/// network's head gives of what layer `l` makes of the tokens, as if it were the last one,
///
/// ```text
/// E_l = mean over heads and queries of relu( ds_l / dA_l )
/// E   = mean over layers of E_l
/// ```
///
/// Bousselham et al., [*LeGrad: An Explainability Method for Vision Transformers via Feature Formation
/// Sensitivity*](https://arxiv.org/abs/2404.03214), ICCV 2025. Unlike
/// [`AttentionRelevance`](crate::AttentionRelevance) it doesn't multiply layers, and where attention goes doesn't count, only what
/// the score would make of it: a token that has nearly all attention already may be dark, since behind a normalization more of it
/// changes little. The head reads what it always reads: the class token, or all tokens on average. Authors
/// scale the map from zero to one; here it is in units of the score.
///
/// | option | default |
/// |---|---|
/// | [`with_tokens`](Self::with_tokens) | none: values are `[batch, tokens]` |
/// | [`with_layers`](Self::with_layers) | every [attention](crate::Network::attention_layers) |
/// | [`with_outputs`](Self::with_outputs) | the last residual sum after each attention |
///
/// Every attention must be self-attention over the same tokens. It takes a backward pass of the head and one of a block for
/// each layer.
///
/// ```
/// use backdraft::{Class, LeGrad, Method, Network, TokenLayout};
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
/// let method = LeGrad::new().with_tokens(TokenLayout::new().with_leading(1));
/// let map = method.attribute(&net, images, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 2, 3]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LeGrad {
    options: Options,
    outputs: Vec<String>,
}

impl LeGrad {
    /// Every attention, with the last residual sum after it as its layer's output.
    pub fn new() -> Self {
        Self::default()
    }

    token_options!();

    /// What each layer makes of the tokens, one for each attention of the network: the names of layers or paths of
    /// modules. The head reads the last one.
    #[must_use]
    pub fn with_outputs(mut self, outputs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.outputs = outputs.into_iter().map(Into::into).collect();
        self
    }

    /// The output of every layer of the network, chosen or not.
    fn layers(&self, net: &Network) -> Result<Vec<AttentionLayer>, Error> {
        let attention = net.attention_layers();
        let attention: Vec<String> = attention.iter().map(|it| it.name().to_owned()).collect();
        let outputs = if self.outputs.is_empty() {
            residual_sums(net, &attention)?
        } else {
            self.outputs.clone()
        };
        let (given, expected) = (outputs.len(), attention.len());
        if given != expected {
            return Err(Error::WrongCount {
                given,
                what: "outputs of layers",
                expected,
                each: "attention layers",
                help: "",
            });
        }
        let layers = attention.into_iter().zip(outputs);
        let layers = layers.map(|(attention, output)| AttentionLayer { attention, output });
        Ok(layers.collect())
    }
}

/// A layer of a transformer: its attention, and what it makes of the tokens.
struct AttentionLayer {
    attention: String,
    output: String,
}

/// For each attention the last residual sum of the tokens that is computed from it, and not from the next attention.
fn residual_sums(net: &Network, attention: &[String]) -> Result<Vec<String>, Error> {
    let layers = net.layers();
    let sums = layers.iter().filter(|layer| layer.kind() == OpKind::Add);
    let sums: Vec<&Layer> = sums
        .filter(|layer| layer.output_shape().num_dims() == 3)
        .collect();
    let mut found = Vec::new();
    let mut shape = None;
    for (position, layer) in attention.iter().enumerate().rev() {
        let mut output = None;
        for sum in &sums {
            let is_next = match attention.get(position + 1) {
                Some(following) => net.is_computed_from(sum.name(), following)?,
                None => false,
            };
            let is_like = shape.is_none_or(|shape| shape == sum.output_shape());
            if net.is_computed_from(sum.name(), layer)? && !is_next && is_like {
                output = Some(sum);
            }
        }
        let output = output.ok_or_else(|| AttentionError::NoResidualSum {
            layer: layer.clone(),
        })?;
        shape = Some(output.output_shape());
        found.push(output.name().to_owned());
    }
    found.reverse();
    Ok(found)
}

/// Values of shape `[batch, tokens]`, or with tokens in their places `[batch, 1, height, width]`.
impl Method for LeGrad {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let site = self.options.site(net)?;
        let layers = self.layers(site.net())?;
        let resolved = ResolvedTarget::at(site.net(), inputs, target)?;
        let pass = site.run(inputs, |probes, _| with_outputs(probes, &layers))?;
        let weights = site.weights(inputs, &pass)?;
        site.check(inputs, &weights)?;
        let grid = site.grid(inputs, &pass, weights[0].dims()[2])?;
        let head = Head::of(site.net(), inputs, &layers)?;
        let is_chosen = |layer: &&AttentionLayer| site.layers().contains(&layer.attention);
        let mut sum: Option<Tensor<3>> = None;
        for layer in layers.iter().filter(is_chosen) {
            let output = pass.activation(&layer.output)?;
            let seed = head.gradient(&output, resolved.target())?;
            let gradient = sensitivity(site.net(), inputs, target, layer, &seed)?;
            let mean = relu(gradient).mean_dim(1).mean_dim(2).squeeze_dim(1);
            sum = Some(match sum {
                Some(sum) => sum + mean,
                None => mean,
            });
        }
        let mean = sum.expect("a layer is chosen") / site.layers().len() as f64;
        let values = vec![AttentionSite::placed(mean, grid)];
        let result = Attribution::new("le-grad", resolved.name, values, resolved.scores)?;
        Ok(match grid {
            Some(grid) => result.with_option("tokens", grid),
            None => result,
        })
    }

    /// Every block is counted as if its backward pass began at the network's end.
    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let site = self.options.site(net)?;
        let layers = self.layers(site.net())?;
        let forward = site.plan(inputs, |probes, _| with_outputs(probes, &layers))?;
        let head = Head::of(site.net(), inputs, &layers)?;
        let probes = with_gradients(Probes::new(), &head.inputs);
        let seed = Plan::run(&head.net, &head.inputs, &probes)?;
        let block = site.plan(inputs, |probes, layer| probes.with_layer_gradient(layer))?;
        let each = seed.then(block).times(site.layers().len());
        Ok(forward.forward_only().then(each))
    }
}

fn with_outputs(probes: Probes, layers: &[AttentionLayer]) -> Probes {
    let outputs = layers.iter().map(|layer| &layer.output);
    outputs.fold(probes, Probes::with_activation)
}

/// The network from the last layer's output on.
struct Head {
    net: Network,
    inputs: Inputs,
}

impl Head {
    fn of(net: &Network, inputs: &Inputs, layers: &[AttentionLayer]) -> Result<Self, Error> {
        let last = &layers.last().expect("there is attention").output;
        let (net, inputs) = open(net, std::slice::from_ref(last), inputs, false)?;
        Ok(Self { net, inputs })
    }

    /// The gradient of the score that it gives of a layer's output, in the form of that output.
    fn gradient(&self, output: &AnyTensor, target: &dyn Target) -> Result<AnyTensor, Error> {
        let input = self
            .inputs
            .explained()
            .next()
            .expect("a layer is explained");
        let output = self.inputs.samples_first(input, &output.upcast())?;
        let inputs = self.inputs.with_floats(vec![output]);
        let gradients = self.net.gradients(&inputs, target)?.gradients;
        Ok(self.inputs.as_given(input, &gradients[0]))
    }
}

/// The gradient of a layer's output, weighted with a seed, with respect to its attention: `[batch, heads, tokens, tokens]`.
fn sensitivity(
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
    layer: &AttentionLayer,
    seed: &AnyTensor,
) -> Result<Tensor<4>, Error> {
    let attention = layer.attention.as_str();
    let block = net.with_output_at(&layer.output)?;
    let probes = Probes::new()
        .with_activation(attention)
        .with_layer_gradient(attention);
    let pass = block.run(inputs.tensors().to_vec(), &probes)?;
    let weights = pass.activation(attention)?;
    let result = pass.outputs()[0].upcast();
    let weighted = AnyTensor::from(result.flat() * seed.flat()).reshape_to(result.shape());
    let gradient = pass.backward(sum_per_row(&weighted))?.layer(attention)?;
    let backward = Backward {
        net,
        inputs,
        target,
        probes: Probes::new().with_layer_gradient(attention),
    };
    check::at_layers(&backward, &[(attention, &weights, &gradient)])?;
    Ok(heads(&gradient))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::testing::{
        Encoder, encoder, encoder_of, random_tokens, values, weights_and_gradients,
    };
    use crate::{Class, TopClass};

    fn explain(net: &Network, method: &LeGrad) -> Vec<f32> {
        values(&method.attribute(net, random_tokens(), Class(1)).unwrap())
    }

    /// Of the last attention of a network the mean over heads and queries of the positive gradients, for each sample.
    fn of_the_last_attention(net: &Network) -> Vec<f64> {
        let of_sample = |sample| {
            let layers = weights_and_gradients(net, &random_tokens(), sample);
            let (_, gradients) = layers.last().expect("there is attention");
            let key = |key: usize| {
                let rows = gradients.iter().flatten();
                rows.map(|row| row[key].max(0.0)).sum::<f64>() / 8.0
            };
            [0, 1, 2, 3].map(key)
        };
        [0, 1].map(of_sample).concat()
    }

    fn assert_close(found: &[f32], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-6,
                "{found} {expected}"
            );
        }
        assert!(expected.iter().any(|value| *value > 1e-3), "{expected:?}");
    }

    #[test]
    fn every_layer_is_read_as_if_it_were_the_last() {
        let net = encoder(Encoder::Products);
        let [first, second] =
            [1, 2].map(|blocks| of_the_last_attention(&encoder_of(blocks, Encoder::Products)));
        let mean: Vec<f64> = first
            .iter()
            .zip(&second)
            .map(|(a, b)| (a + b) / 2.0)
            .collect();
        assert_close(&explain(&net, &LeGrad::new()), &mean);
        let layers = net.attention_layers();
        let alone = LeGrad::new().with_layers([layers[0].name()]);
        assert_close(&explain(&net, &alone), &first);
    }

    #[test]
    fn fused_attention_is_read_too() {
        let [products, fused] =
            [Encoder::Products, Encoder::Fused].map(|kind| explain(&encoder(kind), &LeGrad::new()));
        for (fused, products) in fused.iter().zip(products) {
            assert!((fused - products).abs() < 1e-6, "{fused} {products}");
        }
    }

    #[test]
    fn the_outputs_of_layers_may_be_named() {
        let net = encoder(Encoder::Products);
        let layers = net.layers();
        let sums = layers.iter().filter(|layer| layer.kind() == OpKind::Add);
        let sums: Vec<&str> = sums.map(Layer::name).collect();
        assert_eq!(sums.len(), 2);
        let named = LeGrad::new().with_outputs(sums.clone());
        assert_eq!(explain(&net, &named), explain(&net, &LeGrad::new()));
        let one = LeGrad::new().with_outputs([sums[0]]);
        let error = one.attribute(&net, random_tokens(), TopClass).unwrap_err();
        assert!(error.to_string().contains("1 outputs of layers"), "{error}");
    }

    #[test]
    fn attention_without_a_residual_sum_is_named() {
        let x = random_tokens();
        let forward = |_: &Vec<burn::nn::Linear>, x: Tensor<3>| {
            let scores = x.clone().matmul(x.clone().swap_dims(1, 2));
            let mixed = burn::tensor::activation::softmax(scores, 2).matmul(x);
            mixed.sum_dim(1).squeeze_dim::<2>(1)
        };
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let error = LeGrad::new()
            .attribute(&net, x.clone(), Class(0))
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::Attention(AttentionError::NoResidualSum { .. })
            ),
            "{error}"
        );
        let named = LeGrad::new().with_outputs(["matmul#2"]);
        assert!(named.attribute(&net, x, Class(0)).is_ok());
    }
}
