//! Layer-wise relevance propagation on whole networks: relevance is conserved, and counted right where other libraries
//! count twice or use another network.

use backdraft::lrp::rules::{gamma, z_box, z_plus, zero};
use backdraft::{AnyTensor, Class, Composite, Lrp, Method, Network, TopClass};
use backdraft_tests::{Fixture, networks};
use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Tensor, Tolerance};

/// The convolutional networks of the fixtures, and an input of each.
const NETWORKS: [(&str, &str); 6] = [
    ("convnet", "input/x2"),
    ("gapnet", "input/x2"),
    ("resnet", "input/x2"),
    ("mobilenet", "input/x2"),
    ("policy", "input/x2"),
    ("efficientnet_lite0", "input/chelsea"),
];

/// Composites that hand on all relevance.
///
/// Without the biases alone (`without_bias`) up to 98% are lost on EfficientNet-Lite0: a depthwise convolution whose
/// window is silent is active by its bias, and nothing contributes to it. Excitation Backprop keeps the derivative of
/// activations, and loses what saturated units of a `ReLU6` have.
fn conserving() -> Vec<Composite> {
    let pixels = || z_box(vec![-3.0], vec![3.0]);
    let composites = [
        Composite::epsilon_plus(),
        Composite::epsilon_plus_flat(),
        Composite::epsilon_gamma_box(pixels()),
        Composite::epsilon_alpha2_beta1_flat(),
        Composite::deep_taylor(pixels()),
        Composite::named("gamma").with_weighted(gamma(0.25)),
        Composite::named("z-plus").with_weighted(z_plus()),
    ];
    composites.map(Composite::conserving).into()
}

fn captured(name: &str) -> (Fixture, Network) {
    let fixture = Fixture::open(name);
    let net = networks::capture(&fixture, &Device::flex());
    (fixture, net)
}

fn input(fixture: &Fixture, key: &str) -> AnyTensor {
    fixture.any(key, &Device::flex())
}

#[test]
fn relevance_is_conserved_by_composites_that_are_to_conserve_it() {
    let mut failed = Vec::new();
    for (name, key) in NETWORKS {
        let (fixture, net) = captured(name);
        for composite in conserving() {
            let method = Lrp::with_composite(composite.clone());
            let result = method.attribute(&net, vec![input(&fixture, key)], TopClass);
            let lost = result.unwrap().conservation().unwrap().into_iter();
            let lost = lost.map(|sample| sample.relative().unwrap().abs());
            let lost = lost.fold(0.0, f64::max);
            println!("{name:20} {:24} {lost:.1e}", composite.name());
            if lost >= 1e-3 {
                failed.push(format!("{name} {} {lost:.1e}", composite.name()));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// The sums of zennit's relevances with `Sum` modules, which it needs to be told of; without them it hands each
/// branch all of it, and they are -79.1 and 17.7.
#[test]
fn a_residual_sum_in_the_forward_pass_counts_once() {
    let (fixture, net) = captured("resnet");
    let images = || vec![input(&fixture, "input/x2")];
    let target = backdraft::Classes(vec![9, 6]);
    let result = Lrp::new().attribute(&net, images(), target).unwrap();
    for (sum, expected) in result.sums().into_iter().zip([-9.156_503, 2.266_457]) {
        assert!((sum - expected).abs() < 1e-4, "{sum} for {expected}");
    }
}

#[derive(Module, Debug)]
struct Normalized {
    conv: Conv2d,
    norm: BatchNorm,
}

/// A convolution `2 x` of variance one with an epsilon of three: divided by two, and not by one.
#[test]
fn a_normalizations_epsilon_is_part_of_the_merged_layer() {
    let device = Device::flex();
    let mut conv: Conv2d = Conv2dConfig::new([1, 1], [1, 1]).init(&device);
    conv.weight = Param::from_data([[[[2.0]]]], &device);
    conv.bias = Some(Param::from_data([0.5], &device));
    let mut norm = BatchNormConfig::new(1).with_epsilon(3.0).init(&device);
    norm.running_mean = RunningState::new(Tensor::from_data([-0.5], &device));
    norm.running_var = RunningState::new(Tensor::from_data([1.0], &device));
    let x = Tensor::<4>::from_data([[[[3.0]]]], &device);
    let forward =
        |m: &Normalized, x: Tensor<4>| m.norm.forward(m.conv.forward(x)).flatten::<2>(1, 3);
    let net = Network::capture(&Normalized { conv, norm }, x.clone(), forward).unwrap();
    // (6 + 0.5 + 0.5) / 2 = 3.5, of which the input brings 3.
    let method = Lrp::with_composite(Composite::named("zero").with_weighted(zero()));
    let result = method.attribute(&net, x, Class(0)).unwrap();
    let expected = burn::tensor::TensorData::from([3.0]);
    let values = result.values()[0].flat().into_data();
    values.assert_approx_eq::<f32>(&expected, Tolerance::absolute(1e-5));
    assert!((result.scores()[0] - 3.5).abs() < 1e-5);
}
