//! What relevance does at operations that are no layers.

use backdraft_graph::{OpKind, PassError, RuleMap};
use burn::nn::Linear;
use burn::tensor::activation::{gelu, relu, sigmoid, tanh};
use burn::tensor::module::{max_pool1d, max_pool2d};
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use super::{assert_close, floats};
use crate::lrp::rules::{ProportionalMaxPool, z_plus};
use crate::{Class, Composite, Error, Lrp, Method, Network, graph};

/// The relevance of a function's inputs, of which the sum is explained, with the default composite.
fn of_function(x: Tensor<2>, function: fn(Tensor<2>) -> Tensor<2>) -> Result<Vec<f32>, Error> {
    let forward = move |_: &Vec<Linear>, x: Tensor<2>| function(x);
    let net = Network::capture(&Vec::new(), x.clone(), forward)?;
    let result = Lrp::new().attribute(&net, x, Class(0))?;
    Ok(floats(&result.values()[0]))
}

type Function = fn(Tensor<2>) -> Tensor<2>;

#[test]
fn what_is_no_layer_has_a_rule_that_conserves() {
    let x = || Tensor::<2>::from_data([[1.0, -2.0, 4.0]], &Device::flex());
    let functions: [(Function, [f32; 3]); 9] = [
        // A residual sum, made inside of the forward pass: not twice and not half.
        (|x| (x.clone() + x).sum_dim(1), [2.0, -4.0, 8.0]),
        (|x| (x.clone() * 3.0 - x).sum_dim(1), [2.0, -4.0, 8.0]),
        (|x| x.mean_dim(1), [1.0 / 3.0, -2.0 / 3.0, 4.0 / 3.0]),
        (|x| relu(x).sum_dim(1), [1.0, 0.0, 4.0]),
        (|x| x.clamp(-1.0, 2.0).sum_dim(1), [1.0, -1.0, 2.0]),
        (|x| x.max_dim(1), [0.0, 0.0, 4.0]),
        // A gate gets nothing, whatever it is computed from; of equals each gets one half.
        (|x| (x.clone() * x.mean_dim(1)).sum_dim(1), [1.0, -2.0, 4.0]),
        (|x| (x.clone() * x).sum_dim(1), [1.0, 4.0, 16.0]),
        // The constant keeps what it adds.
        (|x| (x.clone() + x.ones_like()).sum_dim(1), [1.0, -2.0, 4.0]),
    ];
    for (function, expected) in functions {
        assert_close(&of_function(x(), function).unwrap(), &expected);
    }
    for activation in [tanh::<2>, sigmoid, gelu] {
        let expected: Vec<f32> = activation(x()).into_data().iter().collect();
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| activation(x).sum_dim(1);
        let net = Network::capture(&Vec::new(), x(), forward).unwrap();
        let result = Lrp::new().attribute(&net, x(), Class(0)).unwrap();
        assert_close(&floats(&result.values()[0]), &expected);
    }
}

#[test]
fn an_operation_without_a_rule_is_named() {
    let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
    match of_function(x, |x| x.clone().powf(x)) {
        Err(Error::Graph(graph::Error::Pass(PassError::NoRule { op, layer }))) => {
            assert_eq!((&*op, &*layer), ("Powf", "powf"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_rule_that_needs_weights_says_which_layer_has_none() {
    let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
    let forward = |_: &Vec<Linear>, x: Tensor<2>| x.sum_dim(1);
    let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
    let composite = Composite::new("wrong", RuleMap::new().by_kind(OpKind::Reduction, z_plus()));
    let error = Lrp::with_composite(composite)
        .attribute(&net, x, Class(0))
        .unwrap_err();
    assert!(
        error.to_string().contains("layer sum_dim has no weights"),
        "{error}"
    );
}

#[test]
fn max_pooling_gives_to_the_winner_or_in_proportion() {
    let device = Device::flex();
    let x = Tensor::<4>::from_data([[[[1.0, 3.0, 2.0], [0.0, -4.0, 5.0]]]], &device);
    let forward = |_: &Vec<Linear>, x: Tensor<4>| -> Tensor<2> {
        max_pool2d(x, MaxPoolOptions::new([2, 2]).with_stride([1, 1]))
            .flatten::<2>(1, 3)
            .sum_dim(1)
    };
    let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
    let with = |rules: RuleMap| {
        let method = Lrp::with_composite(Composite::new("pooling", rules));
        floats(
            &method
                .attribute(&net, x.clone(), Class(0))
                .unwrap()
                .values()[0],
        )
    };
    assert_close(&with(RuleMap::new()), &[0.0, 3.0, 0.0, 0.0, 0.0, 5.0]);
    // The windows 1, 3, 0, -4 and 3, 2, -4, 5 have 3 and 5.
    let proportional = RuleMap::new().by_kind(OpKind::MaxPool, ProportionalMaxPool);
    assert_close(&with(proportional), &[0.75, 2.25 + 1.5, 1.0, 0.0, 0.0, 2.5]);
}

#[test]
fn proportional_pooling_knows_padding_and_strides() {
    let x = Tensor::<3>::from_data([[[1.0, 3.0, 2.0, 6.0, 7.0]]], &Device::flex());
    // Windows of [., 1], [3, 2], [6, 7] with padding, and of [1, 3], [2, 6] without.
    let cases: [(usize, [f32; 5]); 2] = [
        (1, [1.0, 1.8, 1.2, 42.0 / 13.0, 49.0 / 13.0]),
        (0, [0.75, 2.25, 1.5, 4.5, 0.0]),
    ];
    for (padding, expected) in cases {
        let forward = move |_: &Vec<Linear>, x: Tensor<3>| -> Tensor<2> {
            max_pool1d(x, MaxPoolOptions::new([2]).with_padding([padding]))
                .flatten::<2>(1, 2)
                .sum_dim(1)
        };
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let rules = RuleMap::new().by_kind(OpKind::MaxPool, ProportionalMaxPool);
        let method = Lrp::with_composite(Composite::new("pooling", rules));
        let result = method.attribute(&net, x.clone(), Class(0)).unwrap();
        assert_close(&floats(&result.values()[0]), &expected);
    }
}
