//! Batch normalization, alone and as a part of the layer before it.

use backdraft_graph::{OpKind, RuleMap};
use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Tensor};

use super::{assert_close, floats};
use crate::lrp::rules::{w_square, z_plus, zero};
use crate::{Class, Composite, Lrp, Method, Network};

/// A batch normalization `3 (x - 4) / 2 + 1 = 1.5 x - 5` of one channel.
fn normalization() -> BatchNorm {
    let device = Device::flex();
    let mut norm = BatchNormConfig::new(1).init(&device);
    norm.gamma = Param::from_data([3.0], &device);
    norm.beta = Param::from_data([1.0], &device);
    norm.running_mean = RunningState::new(Tensor::from_data([4.0], &device));
    norm.running_var = RunningState::new(Tensor::from_data([4.0 - 1e-5], &device));
    norm
}

#[test]
fn a_normalization_that_follows_no_layer_may_have_any_rule() {
    let x = Tensor::<4>::from_data([[[[2.0]]]], &Device::flex());
    let forward = |m: &BatchNorm, x: Tensor<4>| m.forward(x).flatten::<2>(1, 3);
    let net = Network::capture(&normalization(), x.clone(), forward).unwrap();
    let with = |composite: Composite| {
        let result = Lrp::with_composite(composite).attribute(&net, x.clone(), Class(0));
        floats(&result.unwrap().values()[0])
    };
    let rule = |rule| Composite::new("own", RuleMap::new().by_kind(OpKind::BatchNorm, rule));
    // 3 - 5 = -2; by default all of it passes.
    assert_close(&with(Composite::epsilon_plus()), &[-2.0]);
    assert_close(&with(rule(zero())), &[3.0]);
    assert_close(&with(rule(zero().without_bias())), &[-2.0]);
    // 2.25 of 2.25 + 25, and nothing raises the output but the input.
    assert_close(&with(rule(w_square())), &[-2.0 * 2.25 / 27.25]);
    assert_close(&with(rule(z_plus())), &[-2.0]);
}

#[derive(Module, Debug)]
struct Normalized {
    conv: Conv2d,
    norm: BatchNorm,
}

#[test]
fn a_condition_on_a_folded_normalization_is_refused() {
    let device = Device::flex();
    let conv: Conv2d = Conv2dConfig::new([1, 1], [1, 1]).init(&device);
    let x = Tensor::<4>::ones([1, 1, 1, 1], &device);
    let model = Normalized {
        conv,
        norm: normalization(),
    };
    let forward =
        |m: &Normalized, x: Tensor<4>| m.norm.forward(m.conv.forward(x)).flatten::<2>(1, 3);
    let net = Network::capture(&model, x.clone(), forward).unwrap();
    let with = |layer| {
        Lrp::new()
            .with_condition(layer, [0])
            .attribute(&net, x.clone(), Class(0))
    };
    assert!(
        with("norm")
            .unwrap_err()
            .to_string()
            .contains("condition can't be norm")
    );
    assert!(with("conv").is_ok());
    let table = Lrp::new().explain_rules(&net).unwrap();
    assert_eq!((table.of("conv"), table.of("norm")), (Some("flat"), None));
}
