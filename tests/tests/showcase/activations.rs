//! Activations, products and normalization written any way: Captum has no DeepLIFT rule for functions, for
//! products of two activations, for GELU and for layer normalization, and uses their gradient in silence.

use backdraft::{Baseline, Class, DeepLift, LogProbability, Method};
use backdraft_tests::coverage::with_spread_weights;
use burn::module::Module;
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{
    gelu, hard_sigmoid, leaky_relu, log_sigmoid, mish, relu, sigmoid, silu, softmax, softplus, tanh,
};
use burn::tensor::{Device, Tensor};

use crate::{assert_complete, capture, spread};

#[derive(Module, Debug)]
struct TwoLayers {
    first: Linear,
    second: Linear,
}

fn two_layers() -> (TwoLayers, Tensor<2>) {
    let device = Device::flex();
    let model = with_spread_weights(TwoLayers {
        first: LinearConfig::new(5, 8).init(&device),
        second: LinearConfig::new(8, 3).init(&device),
    });
    (model, spread([2, 5], 4.0))
}

fn complete_with(activation: fn(Tensor<2>) -> Tensor<2>) {
    let (model, x) = two_layers();
    let forward =
        move |m: &TwoLayers, x: Tensor<2>| m.second.forward(activation(m.first.forward(x)));
    let net = backdraft::Network::capture(&model, x.clone(), forward).unwrap();
    for baseline in [Baseline::zeros(), Baseline::uniform(-2.0, 2.0, 1)] {
        let method = DeepLift::new().with_baseline(baseline);
        assert_complete(&method.attribute(&net, x.clone(), Class(0)).unwrap());
    }
}

#[test]
fn deep_lift_on_every_functional_activation() {
    let activations: [fn(Tensor<2>) -> Tensor<2>; 12] = [
        relu,
        |x| leaky_relu(x, 0.1),
        |x| gelu(x),
        |x| sigmoid(x),
        |x| tanh(x),
        |x| silu(x),
        |x| mish(x),
        |x| softplus(x, 1.0),
        |x| log_sigmoid(x),
        |x| hard_sigmoid(x, 0.2, 0.5),
        |x| softmax(x, 1),
        |x| x.clamp(-1.0, 1.0),
    ];
    for activation in activations {
        complete_with(activation);
    }
}

#[test]
fn deep_lift_on_products_of_activations() {
    complete_with(|x| sigmoid(x.clone()) * tanh(x));
    complete_with(|x| x.clone() * x);
    complete_with(|x| x.clone() / (x.abs() + 1.0));
}

/// The log-softmax lies in the target, not in the network.
#[test]
fn deep_lift_on_a_log_probability() {
    let (model, x) = two_layers();
    let forward = |m: &TwoLayers, x: Tensor<2>| m.second.forward(relu(m.first.forward(x)));
    let net = capture(&model, x.clone(), forward);
    assert_complete(
        &DeepLift::new()
            .attribute(&net, x, LogProbability(1))
            .unwrap(),
    );
}

#[derive(Module, Debug)]
struct Transformer {
    before_attention: LayerNorm,
    attention: MultiHeadAttention,
    before_head: LayerNorm,
    head: Linear,
}

impl Transformer {
    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let normal = self.before_attention.forward(x.clone());
        let x = x + self.attention.forward(MhaInput::self_attn(normal)).context;
        let x = gelu(self.before_head.forward(x));
        self.head.forward(x.mean_dim(1).squeeze_dim::<2>(1))
    }
}

/// Captum finds no nonlinearity that it knows in a transformer: its DeepLIFT is gradient times input there.
#[test]
fn deep_lift_on_a_transformer() {
    let device = Device::flex();
    let model = with_spread_weights(Transformer {
        before_attention: LayerNormConfig::new(6).init(&device),
        attention: MultiHeadAttentionConfig::new(6, 2).init(&device),
        before_head: LayerNormConfig::new(6).init(&device),
        head: LinearConfig::new(6, 3).init(&device),
    });
    let x = spread([2, 4, 6], 2.0);
    let net = capture(&model, x.clone(), Transformer::forward);
    let baselines = [Baseline::zeros(), Baseline::gaussian(0.0, 1.0, 2)];
    for baseline in baselines {
        let method = DeepLift::new().with_baseline(baseline);
        assert_complete(&method.attribute(&net, x.clone(), Class(2)).unwrap());
    }
}
