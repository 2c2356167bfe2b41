//! The method on a small network.

use backdraft_graph::RuleMap;
use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::{all, assert_close, floats, two, values};
use crate::finite::Quantity;
use crate::lrp::rules::{Pass, flat, gamma, z_plus, zero};
use crate::{
    AtLayer, Class, Composite, Error, InputXGradient, Lrp, Margin, Method, Network, TopClass,
};

#[test]
fn a_margin_is_explained_by_the_difference_of_two_relevances() {
    let (net, x) = two();
    let method = Lrp::new();
    let [one, other] = [2, 0].map(|class| values(&method, &net, &x, Class(class)));
    let difference: Vec<f32> = one.iter().zip(&other).map(|(a, b)| a - b).collect();
    assert_close(
        &values(&method, &net, &x, Margin { class: 2, over: 0 }),
        &difference,
    );
}

#[test]
fn layers_say_where_relevance_is_lost() {
    let (net, x) = two();
    let x = x.narrow(0, 0, 1);
    for composite in [
        Composite::epsilon(1e-6),
        Composite::epsilon(1e-6).without_bias(),
    ] {
        let method = Lrp::with_composite(composite);
        let result = method.attribute(&net, x.clone(), TopClass).unwrap();
        let whole = result.conservation().unwrap()[0];
        assert!((whole.given - f64::from(result.scores()[0])).abs() < 1e-6);
        let layers = method.conservation(&net, x.clone(), TopClass).unwrap();
        let names: Vec<_> = layers.iter().map(|row| row.layer.as_str()).collect();
        assert_eq!(names, ["first", "relu", "second"]);
        let lost: f64 = layers.iter().map(|row| row.relevance.lost()).sum();
        assert!((lost - whole.lost()).abs() < 1e-5, "{lost} {whole:?}");
        assert!(layers[1].relevance.lost().abs() < 1e-6);
    }
    let without = Lrp::with_composite(Composite::epsilon(1e-6).without_bias());
    let whole = without
        .attribute(&net, x, TopClass)
        .unwrap()
        .conservation()
        .unwrap()[0];
    assert!(whole.relative().unwrap().abs() < 1e-3, "{whole:?}");
}

#[test]
fn relevance_of_a_layer_is_what_passes_there() {
    let (net, x) = two();
    let whole = Lrp::new().with_layer("relu");
    let cut = AtLayer::new(Lrp::with_composite(Composite::epsilon(1e-6)), "relu");
    let passed = whole.attribute(&net, x.clone(), Class(1)).unwrap();
    assert_eq!(passed.layer(), Some("relu"));
    assert_eq!(passed.values()[0].shape().as_slice(), [2, 6]);
    let after = cut.attribute(&net, x.clone(), Class(1)).unwrap();
    assert_close(&floats(&passed.values()[0]), &floats(&after.values()[0]));
    // After the cut the second layer is the first one.
    let first = AtLayer::new(Lrp::new(), "relu")
        .attribute(&net, x, Class(1))
        .unwrap();
    let gave = passed.values()[0].flat() - first.values()[0].flat();
    assert!(gave.abs().sum().into_scalar::<f32>() > 0.1);
}

#[test]
fn the_table_of_rules_prints() {
    let (net, _) = two();
    let method = Lrp::with_composite(Composite::epsilon_plus_flat().without_bias());
    let expected = "layer   operation  rule
first   Linear     flat, without bias
relu    Relu       Pass
second  Linear     epsilon, without bias
";
    assert_eq!(method.explain_rules(&net).unwrap().to_string(), expected);
}

#[test]
fn with_the_basic_rule_rectifiers_give_the_gradient_times_the_input() {
    let (net, x) = two();
    let gradient = InputXGradient::new()
        .attribute(&net, x.clone(), Class(1))
        .unwrap();
    let method = Lrp::with_composite(all(zero()));
    assert_close(
        &values(&method, &net, &x, Class(1)),
        &floats(&gradient.values()[0]),
    );
}

#[test]
fn a_composite_says_what_it_does_with_biases() {
    let plus = Composite::epsilon_plus;
    assert_eq!(plus().to_string(), "EpsilonPlus");
    assert_eq!(plus().conserving().to_string(), "EpsilonPlus, conserving");
    assert_eq!(
        plus().without_bias().to_string(),
        "EpsilonPlus, without bias"
    );
    let mixed = plus().conserving().with_first(flat());
    assert_eq!(mixed.to_string(), "EpsilonPlus");
    let (net, x) = two();
    let result = Lrp::with_composite(plus().conserving()).attribute(&net, x, Class(0));
    assert_eq!(
        result.unwrap().option("composite"),
        Some("EpsilonPlus, conserving")
    );
}

#[test]
fn relevance_that_overflows_is_refused() {
    let device = Device::flex();
    let mut model: Linear = LinearConfig::new(1, 1).init(&device);
    model.weight = Param::from_data([[1e-30]], &device);
    model.bias = Some(Param::from_data([1e10], &device));
    let x = Tensor::<2>::from_data([[1.0]], &device);
    let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x)).unwrap();
    // 1e10 by 1e-30.
    let method = Lrp::with_composite(all(zero().without_bias()));
    match method.attribute(&net, x, Class(0)).unwrap_err() {
        Error::NotFinite(error) => assert_eq!(error.what, Quantity::Relevance, "{error}"),
        other => panic!("{other}"),
    }
}

#[test]
fn rules_by_name_come_first() {
    let (net, _) = two();
    let rules = RuleMap::new()
        .by_name("second", gamma(0.1))
        .rectifiers(Pass);
    let composite = Composite::new("mine", rules).with_weighted(z_plus());
    let table = Lrp::with_composite(composite).explain_rules(&net).unwrap();
    assert_eq!(
        (table.of("first"), table.of("second")),
        (Some("z-plus"), Some("gamma"))
    );
}
