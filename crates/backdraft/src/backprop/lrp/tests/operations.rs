//! What relevance does at operations that are no layers.

use backdraft_graph::{OpKind, PassError, Rule, RuleMap};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{gelu, relu, sigmoid, softmax, tanh};
use burn::tensor::module::{max_pool1d, max_pool2d};
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use super::{all, assert_close, floats};
use crate::lrp::rules::{
    Attention, Halves, LayerNorm, Product, ProportionalMaxPool, z_box, z_plus,
};
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

/// The rule and the message of the error where a softmax has a rule that isn't for it.
fn refused_at_softmax(rule: impl Rule + 'static) -> (String, String) {
    let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
    let forward = |_: &Vec<Linear>, x: Tensor<2>| softmax(x, 1);
    let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
    let rules = RuleMap::new().by_kind(OpKind::Softmax, rule);
    let method = Lrp::with_composite(Composite::new("wrong", rules));
    match method.attribute(&net, x, Class(0)).unwrap_err() {
        Error::Graph(graph::Error::Pass(PassError::RuleFailed {
            rule,
            op,
            layer,
            message,
        })) => {
            assert_eq!((&*op, &*layer), ("Softmax", "softmax"));
            (rule, message)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_rule_that_is_not_for_an_operation_is_named() {
    let (rule, message) = refused_at_softmax(z_plus());
    let no_weights = "it takes a part of the weights, and the operation has none";
    assert_eq!((&*rule, &*message), ("z-plus", no_weights));
    let says = |(_, message): (String, String), expected| {
        assert!(message.contains(expected), "{message}");
    };
    says(refused_at_softmax(Product), "products of two tensors");
    says(
        refused_at_softmax(Halves::new(0.0)),
        "products of two matrices",
    );
    says(
        refused_at_softmax(LayerNorm::new(0.0)),
        "layer normalization",
    );
    says(refused_at_softmax(Attention::new(0.0)), "attention");
    says(refused_at_softmax(ProportionalMaxPool), "max pooling");
}

#[test]
fn a_box_for_other_channels_is_named() {
    let model: Linear = LinearConfig::new(2, 1).init(&Device::flex());
    let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
    let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x)).unwrap();
    let method = Lrp::with_composite(all(z_box(vec![0.0; 3], vec![1.0; 3])));
    let error = method.attribute(&net, x, Class(0)).unwrap_err().to_string();
    let start = "the rule z-box failed at `Linear` of layer `linear`: ";
    assert!(error.starts_with(start), "{error}");
    assert!(
        error.contains("a value for each of 3 channels, and the layer reads 2"),
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
