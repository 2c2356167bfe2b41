//! The rules at one unit, by hand.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::{all, assert_close, floats};
use crate::lrp::LinearRule;
use crate::lrp::rules::{
    alpha_beta, epsilon, flat, gamma, w_square, z_box, z_box_of, z_box_of_data, z_plus, zero,
};
use crate::{Class, Composite, Lrp, Method, Network};

/// The relevance of `x` for the only output `w x + b`, whose relevance is itself.
fn one_unit(rule: LinearRule, x: [f32; 2], w: [f32; 2], b: f32) -> Vec<f32> {
    let device = Device::flex();
    let mut model: Linear = LinearConfig::new(2, 1).init(&device);
    model.weight = Param::from_data([[w[0]], [w[1]]], &device);
    model.bias = Some(Param::from_data([b], &device));
    let x = Tensor::<2>::from_data([x], &device);
    let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x)).unwrap();
    let result = Lrp::with_composite(all(rule)).attribute(&net, x, Class(0));
    floats(&result.unwrap().values()[0])
}

/// The output is 6 - 2 + 1 = 5.
const UNIT: ([f32; 2], [f32; 2], f32) = ([3.0, 2.0], [2.0, -1.0], 1.0);

fn at_unit(rule: LinearRule) -> Vec<f32> {
    one_unit(rule, UNIT.0, UNIT.1, UNIT.2)
}

#[test]
fn epsilon_gives_in_proportion_to_contributions() {
    assert_close(&at_unit(zero()), &[6.0, -2.0]);
    // Of 5 / 6.25.
    assert_close(&at_unit(epsilon(1.25)), &[4.8, -1.6]);
    // Of 5 / 4, without the bias.
    assert_close(&at_unit(zero().without_bias()), &[7.5, -2.5]);
    // The output -5 - 1.25.
    assert_close(
        &one_unit(epsilon(1.25), [3.0, 2.0], [-2.0, 1.0], -1.0),
        &[-4.8, 1.6],
    );
    // An output of zero has no relevance to give.
    assert_close(&one_unit(zero(), [1.0, 1.0], [1.0, -1.0], 0.0), &[0.0, 0.0]);
}

#[test]
fn z_plus_gives_to_what_raises_the_output() {
    // 6 of 6 + 1, and without the bias all.
    assert_close(&at_unit(z_plus()), &[30.0 / 7.0, 0.0]);
    assert_close(&at_unit(z_plus().without_bias()), &[5.0, 0.0]);
    // Negative inputs raise it by negative weights: 6 + 2 + 1.
    assert_close(
        &one_unit(z_plus(), [3.0, -2.0], [2.0, -1.0], 1.0),
        &[6.0, 2.0],
    );
}

#[test]
fn alpha_beta_takes_from_what_lowers_the_output() {
    assert_close(&at_unit(alpha_beta(2.0, 1.0)), &[60.0 / 7.0, -5.0]);
    assert_close(&at_unit(alpha_beta(1.0, 0.0)), &[30.0 / 7.0, 0.0]);
}

#[test]
fn gamma_favors_contributions_of_the_outputs_sign() {
    // 12 - 2 + 2, and of the negative output -12 + 2 - 2.
    assert_close(&at_unit(gamma(1.0)), &[5.0, -5.0 / 6.0]);
    let negative = one_unit(gamma(1.0), [3.0, 2.0], [-2.0, 1.0], -1.0);
    assert_close(&negative, &[-5.0, 5.0 / 6.0]);
    assert_close(&at_unit(gamma(0.0)), &at_unit(zero()));
    // Without its bias of 7 the output is negative: -6 + 2, of which -12 + 2 are counted.
    let hidden = one_unit(gamma(1.0).without_bias(), [3.0, 2.0], [-2.0, 1.0], 7.0);
    assert_close(&hidden, &[3.6, -0.6]);
}

#[test]
fn a_first_layer_has_rules_that_do_not_need_the_input() {
    // 6 + 2 and -2 + 4, of the box from -1 to 4.
    assert_close(&at_unit(z_box(vec![-1.0], vec![4.0])), &[4.0, 1.0]);
    assert_close(&at_unit(w_square()), &[20.0 / 6.0, 5.0 / 6.0]);
    assert_close(&at_unit(flat()), &[2.5, 2.5]);
}

#[test]
fn the_box_of_pixels_comes_from_their_normalization() {
    let of_channels = z_box_of(&[0.5, 0.25], &[0.5, 0.25]);
    let by_hand = z_box(vec![-1.0, -1.0], vec![1.0, 3.0]);
    assert_close(&at_unit(of_channels), &at_unit(by_hand));
}

#[test]
fn the_box_of_data_is_from_its_least_value_to_its_greatest() {
    // Of 3 and 2 from 0 to 3: 6 and -2 + 3.
    assert_close(&at_unit(z_box_of_data()), &[30.0 / 7.0, 5.0 / 7.0]);
    let at = |rule| one_unit(rule, [-1.0, 4.0], [2.0, -1.0], 1.0);
    let by_hand = z_box(vec![-1.0], vec![4.0]);
    assert_close(&at(z_box_of_data()), &at(by_hand));
}

#[test]
fn every_sample_has_a_box_of_its_own() {
    let device = Device::flex();
    let conv: Conv2d = Conv2dConfig::new([2, 1], [2, 2]).init(&device);
    let sample = [[[1.0, 2.0], [-3.0, 0.5]], [[4.0, -1.0], [0.0, 2.0]]];
    let both = Tensor::<4>::from_data([sample, sample], &device);
    let scale = Tensor::<4>::from_data([[[[1.0]]], [[[10.0]]]], &device);
    let forward = |m: &Conv2d, x: Tensor<4>| m.forward(x).flatten::<2>(1, 3);
    let net = Network::capture(&conv, both.clone(), forward).unwrap();
    let relevance = |rule, x| {
        let result = Lrp::with_composite(all(rule)).attribute(&net, x, Class(0));
        floats(&result.unwrap().values()[0])
    };
    let one = Tensor::<4>::from_data([sample], &device);
    let alone = relevance(z_box(vec![-3.0], vec![4.0]), one);
    let found = relevance(z_box_of_data(), both * scale);
    assert_close(&found[..8], &alone);
}

#[test]
fn bounds_are_for_the_features_that_a_dense_layer_reads() {
    let device = Device::flex();
    let mut dense: Linear = LinearConfig::new(2, 1).with_bias(false).init(&device);
    dense.weight = Param::from_data([[1.0], [2.0]], &device);
    // Two tokens of two features: as many as there are bounds, in both dimensions.
    let x = Tensor::<3>::from_data([[[1.0, 1.0], [1.0, 3.0]]], &device);
    let forward = |m: &Linear, x: Tensor<3>| m.forward(x).flatten::<2>(1, 2);
    let net = Network::capture(&dense, x.clone(), forward).unwrap();
    let pixels = z_box(vec![0.0, -1.0], vec![9.0, 9.0]);
    let method = Lrp::with_composite(Composite::named("box").with_first(pixels));
    // Of the first token x w - l w⁺ is 1 and 2 + 2, of the output 3.
    let relevance = method.attribute(&net, x, Class(0)).unwrap();
    assert_close(&floats(&relevance.values()[0]), &[0.6, 2.4, 0.0, 0.0]);
}

#[test]
fn a_stabilizer_is_a_number_that_is_not_negative() {
    for stabilizer in [-1.0, f64::NAN] {
        let x = Tensor::<2>::zeros([1, 2], &Device::flex());
        let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x).unwrap();
        let method = Lrp::with_composite(Composite::epsilon(stabilizer));
        let error = method.attribute(&net, x, Class(0)).unwrap_err().to_string();
        assert!(error.contains("stabilizer can't be"), "{error}");
    }
}

#[test]
fn a_conserving_rule_spreads_what_nothing_contributed_to() {
    // The unit is active by its bias alone: 4 - 4 + 1, and -6 of nothing that raises it.
    assert_close(
        &one_unit(zero().conserving(), [2.0, 4.0], [2.0, -1.0], 1.0),
        &[0.5, 0.5],
    );
    assert_close(
        &one_unit(z_plus().conserving(), [-1.0, 0.0], [2.0, 3.0], 6.0),
        &[2.0, 2.0],
    );
    // Half of 5 / 4 would be left in the stabilizer: 5 - 4 (5 / 8).
    assert_close(
        &at_unit(epsilon(4.0).conserving()),
        &[3.75 + 1.25, -1.25 + 1.25],
    );
}
