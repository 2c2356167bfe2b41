//! Networks with attention, for tests.

use backdraft_graph::Probes;
use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::softmax;
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::{Attribution, Network};

/// The weights of two attentions over two tokens.
pub(super) const P1: [[f32; 2]; 2] = [[0.5, 0.5], [0.25, 0.75]];
pub(super) const P2: [[f32; 2]; 2] = [[0.75, 0.25], [0.5, 0.5]];

/// `softmax(l2) softmax(l1) v`, with a class for each token.
pub(super) fn two_attentions() -> Network {
    type Inputs = (Tensor<3>, Tensor<3>, Tensor<3>);
    let forward = |_: &Vec<Linear>, (l1, l2, v): Inputs| {
        let first = softmax(l1, 2).matmul(v);
        softmax(l2, 2).matmul(first).squeeze_dim::<2>(2)
    };
    Network::capture(&Vec::new(), inputs(P1, P2, [1.0, 1.0]), forward).unwrap()
}

/// The inputs for which it attends with these weights, to these values.
pub(super) fn inputs(
    first: [[f32; 2]; 2],
    second: [[f32; 2]; 2],
    values: [f32; 2],
) -> (Tensor<3>, Tensor<3>, Tensor<3>) {
    let device = Device::flex();
    let logits = |p: [[f32; 2]; 2]| Tensor::<2>::from_data(p, &device).log().unsqueeze();
    let values = Tensor::<1>::from_data(values, &device).reshape([1, 2, 1]);
    (logits(first), logits(second), values)
}

pub(super) fn values(result: &Attribution) -> Vec<f32> {
    let values = result.tensor::<2>().unwrap();
    values.into_data().iter().collect()
}

/// How attention is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Encoder {
    Products,
    Fused,
}

#[derive(Module, Debug)]
struct Block {
    norm: LayerNorm,
    qkv: Linear,
    out: Linear,
}

impl Block {
    /// Two heads of three features.
    fn forward(&self, x: Tensor<3>, kind: Encoder) -> Tensor<3> {
        let [batch, tokens, _] = x.dims();
        let qkv = self.qkv.forward(self.norm.forward(x.clone()));
        let heads = |part: usize| {
            let part = qkv
                .clone()
                .slice([0..batch, 0..tokens, 6 * part..6 * part + 6]);
            part.reshape([batch, tokens, 2, 3]).swap_dims(1, 2)
        };
        let (q, k, v) = (heads(0), heads(1), heads(2));
        let mixed = match kind {
            Encoder::Fused => attention(q, k, v, None, None, AttentionModuleOptions::default()),
            Encoder::Products => softmax(q.matmul(k.swap_dims(2, 3)) / 3.0_f64.sqrt(), 3).matmul(v),
        };
        x + self
            .out
            .forward(mixed.swap_dims(1, 2).reshape([batch, tokens, 6]))
    }
}

/// Two blocks over four tokens of six features; the output is the first token.
pub(super) fn encoder(kind: Encoder) -> Network {
    encoder_of(2, kind)
}

/// The same with the first one or both of the blocks.
pub(super) fn encoder_of(count: usize, kind: Encoder) -> Network {
    let linear = |outputs, seed| Linear {
        weight: Param::from_tensor(random([6, outputs], seed) * 0.7),
        bias: Some(Param::from_tensor(random([outputs], seed + 1))),
    };
    let block = |seed| Block {
        norm: LayerNormConfig::new(6).init(&Device::flex()),
        qkv: linear(18, seed),
        out: linear(6, seed + 2),
    };
    let blocks: Vec<Block> = [10, 20].into_iter().take(count).map(block).collect();
    Network::capture(
        &blocks,
        random_tokens(),
        move |m: &Vec<Block>, x: Tensor<3>| {
            let [batch, ..] = x.dims();
            let x = m.iter().fold(x, |x, block| block.forward(x, kind));
            x.slice([0..batch, 0..1, 0..6]).squeeze_dim::<2>(1)
        },
    )
    .unwrap()
}

/// Two samples.
pub(super) fn random_tokens() -> Tensor<3> {
    random([2, 4, 6], 5)
}

/// From a generator of its own: the device's is shared with tests that run at the same time.
fn random<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    let mut rng = StdRng::seed_from_u64(seed);
    let values = (0..shape.iter().product()).map(|_| rng.random_range(-1.0_f32..1.0));
    Tensor::from_data(TensorData::new(values.collect(), shape), &Device::flex())
}

type Matrices = [[[f64; 4]; 4]; 2];

/// Weights and the gradient of class 1 for every attention of an encoder, by head.
pub(super) fn weights_and_gradients(
    net: &Network,
    tokens: &Tensor<3>,
    sample: usize,
) -> Vec<(Matrices, Matrices)> {
    let layers = net.attention_layers();
    let names: Vec<&str> = layers.iter().map(crate::Layer::name).collect();
    let probes = names.iter().fold(Probes::new(), |probes, name| {
        probes.with_activation(*name).with_layer_gradient(*name)
    });
    let pass = net.run(tokens.clone(), &probes).unwrap();
    let weights: Vec<_> = names
        .iter()
        .map(|name| pass.activation(name).unwrap())
        .collect();
    let output: Tensor<2> = pass.output().unwrap();
    let score = output.slice([0..2, 1..2]).reshape([2]);
    let gradients = pass.backward(score).unwrap();
    let matrices = |tensor: &crate::AnyTensor| -> Matrices {
        let all: Vec<f64> = tensor.reshape([64]).into_data().iter().collect();
        let at = |head, i, j| all[32 * sample + 16 * head + 4 * i + j];
        std::array::from_fn(|h| std::array::from_fn(|i| std::array::from_fn(|j| at(h, i, j))))
    };
    let both = names.iter().zip(&weights);
    both.map(|(name, weights)| (matrices(weights), matrices(&gradients.layer(name).unwrap())))
        .collect()
}
