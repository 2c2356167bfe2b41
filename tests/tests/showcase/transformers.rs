//! Relevance in transformers: LXT patches models by hand, and adds its stabilizer to denominators of either sign.

use backdraft::{Class, Composite, Lrp, Method};
use backdraft_tests::coverage::with_spread_weights;
use burn::module::Module;
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::activation::{gelu, softmax};
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

use crate::{capture, spread};

#[test]
fn an_output_slightly_below_zero_is_no_division_by_zero() {
    let device = Device::flex();
    let forward = |_: &Vec<Linear>, (a, b): (Tensor<2>, Tensor<2>)| (a + b) * 1e6;
    let terms = [1e-6, -2e-6].map(|term| Tensor::<2>::from_data([[term]], &device));
    let [a, b] = terms;
    let net = capture(&Vec::new(), (a.clone(), b.clone()), forward);
    let method = Lrp::with_composite(Composite::attn_lrp(1e-6));
    let explained = method.attribute(&net, (a, b), Class(0)).unwrap();
    // The sum is -1e-6 and its relevance -1: both terms are divided by twice the sum.
    let found: Vec<f32> = (explained.values().iter())
        .flat_map(|term| term.reshape([1]).into_data().try_to_vec::<f32>().unwrap())
        .collect();
    let expected = TensorData::from([0.5, -1.0]);
    TensorData::from(&found[..]).assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-4));
}

/// A block of Burn's modules, which can be computed without them.
#[derive(Module, Debug)]
struct Block {
    norm: LayerNorm,
    attention: MultiHeadAttention,
}

impl Block {
    fn of_modules(&self, tokens: Tensor<3>) -> Tensor<2> {
        let read = self.norm.forward(tokens.clone());
        let mixed = self.attention.forward(MhaInput::self_attn(read)).context;
        gelu(tokens + mixed).sum_dim(1).squeeze_dim(1)
    }

    fn by_hand(&self, tokens: Tensor<3>) -> Tensor<2> {
        let mean = tokens.clone().mean_dim(2);
        let centered = tokens.clone() - mean;
        let deviation = (centered.clone().square().mean_dim(2) + 1e-5).sqrt();
        let shift = self
            .norm
            .beta
            .as_ref()
            .expect("it has one")
            .val()
            .unsqueeze();
        let read = centered / deviation * self.norm.gamma.val().unsqueeze() + shift;
        let heads = |layer: &Linear| {
            let [batch, count, _] = read.dims();
            let heads = layer.forward(read.clone()).reshape([batch, count, 2, 4]);
            heads.swap_dims(1, 2)
        };
        let attention = &self.attention;
        let [queries, keys, values] =
            [&attention.query, &attention.key, &attention.value].map(heads);
        let weights = softmax(queries.matmul(keys.transpose()) * 0.5, 3);
        let mixed = weights
            .matmul(values)
            .swap_dims(1, 2)
            .reshape(tokens.dims());
        let sum = tokens + attention.output.forward(mixed);
        let activated = sum.clone() * 0.5 * ((sum / 2f64.sqrt()).erf() + 1.0);
        activated.sum_dim(1).squeeze_dim(1)
    }
}

#[test]
fn a_block_by_hand_has_the_relevance_of_burns_modules() {
    let device = Device::flex();
    let block = with_spread_weights(Block {
        norm: LayerNormConfig::new(8).init(&device),
        attention: MultiHeadAttentionConfig::new(8, 2).init(&device),
    });
    let tokens: Tensor<3> = spread([2, 5, 8], 1.0);
    for composite in [Composite::attn_lrp(1e-9), Composite::cp_lrp(1e-9)] {
        let relevance = |forward: fn(&Block, Tensor<3>) -> Tensor<2>| -> TensorData {
            let net = capture(&block, tokens.clone(), forward);
            let method = Lrp::with_composite(composite.clone());
            let explained = method.attribute(&net, tokens.clone(), Class(3)).unwrap();
            explained.tensor::<3>().unwrap().into_data()
        };
        let [modules, by_hand] = [Block::of_modules, Block::by_hand].map(relevance);
        by_hand.assert_approx_eq::<f32>(&modules, Tolerance::rel_abs(1e-3, 1e-4));
    }
}
