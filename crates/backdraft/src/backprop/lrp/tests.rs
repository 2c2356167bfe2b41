//! The rules on numbers by hand, and on every kind of layer beside the formula for its matrix.

use burn::module::{Module, Param};
use burn::nn::conv::{
    Conv1dConfig, Conv2d, Conv2dConfig, Conv3dConfig, ConvTranspose1dConfig, ConvTranspose2dConfig,
    ConvTranspose3dConfig,
};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, relu, sigmoid, softmax, tanh};
use burn::tensor::module::{max_pool1d, max_pool2d};
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

use backdraft_graph::{OpKind, PassError, Rule, RuleMap};

use crate::lrp::LinearRule;
use crate::lrp::rules::{
    Attention, Halves, LayerNorm, Pass, Product, ProportionalMaxPool, alpha_beta, epsilon, flat,
    gamma, w_square, z_box, z_box_of, z_box_of_data, z_plus, zero,
};
use crate::{
    AtLayer, Class, Composite, Error, InputXGradient, Lrp, Margin, Method, Network, TopClass, graph,
};

fn assert_close(actual: &[f32], expected: &[f32]) {
    let data = |values: &[f32]| TensorData::new(values.to_vec(), [values.len()]);
    let tolerance = Tolerance::rel_abs(2e-4, 2e-5);
    data(actual).assert_approx_eq::<f32>(&data(expected), tolerance);
}

fn all(rule: LinearRule) -> Composite {
    Composite::named("all").with_weighted(rule)
}

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

fn floats(tensor: &crate::AnyTensor) -> Vec<f32> {
    tensor.flat().into_data().iter().collect()
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

/// A share of a rule for one pair of input and output: contribution, bias, and the part of an output's relevance.
type ByHand = Vec<(fn(f64, f64) -> f64, fn(f64) -> f64, fn(f64) -> f64)>;

/// Every rule with its formula.
fn formulas() -> Vec<(LinearRule, ByHand)> {
    vec![
        (epsilon(1e-6), vec![(|x, w| x * w, |b| b, |_| 1.0)]),
        (
            z_plus(),
            vec![(|x, w| (x * w).max(0.0), |b| b.max(0.0), |_| 1.0)],
        ),
        (
            alpha_beta(2.0, 1.0),
            vec![
                (|x, w| (x * w).max(0.0), |b| b.max(0.0), |_| 2.0),
                (|x, w| (x * w).min(0.0), |b| b.min(0.0), |_| -1.0),
            ],
        ),
        (
            gamma(0.5),
            vec![
                (
                    |x, w| x * w + 0.5 * (x * w).max(0.0),
                    |b| b + 0.5 * b.max(0.0),
                    |z| f64::from(u8::from(z >= 0.0)),
                ),
                (
                    |x, w| x * w + 0.5 * (x * w).min(0.0),
                    |b| b + 0.5 * b.min(0.0),
                    |z| f64::from(u8::from(z < 0.0)),
                ),
            ],
        ),
        (
            z_box(vec![-3.0], vec![2.0]),
            vec![(
                |x, w| x * w + 3.0 * w.max(0.0) - 2.0 * w.min(0.0),
                |_| 0.0,
                |_| 1.0,
            )],
        ),
        (w_square(), vec![(|_, w| w * w, |b| b * b, |_| 1.0)]),
        (
            flat(),
            vec![(|_, w| f64::from(u8::from(w != 0.0)), |_| 0.0, |_| 1.0)],
        ),
    ]
}

/// The relevance of `x` by a rule's formula, given the layer's matrix.
fn by_hand(rule: &ByHand, x: &[f64], w: &[Vec<f64>], b: &[f64], of: usize) -> Vec<f32> {
    let z = |j: usize| b[j] + x.iter().zip(w).map(|(x, w)| x * w[j]).sum::<f64>();
    let mut given = vec![0.0; x.len()];
    for (contribution, bias, part) in rule {
        let parts: Vec<f64> = x
            .iter()
            .zip(w)
            .map(|(&x, w)| contribution(x, w[of]))
            .collect();
        let total = parts.iter().sum::<f64>() + bias(b[of]);
        let total = total + 1e-6_f64.copysign(total);
        for (given, part_of_input) in given.iter_mut().zip(parts) {
            *given += part_of_input / total * part(z(of)) * z(of);
        }
    }
    given.into_iter().map(|value| value as f32).collect()
}

/// Numbers of both signs without a pattern.
fn numbers<const D: usize>(shape: [usize; D], seed: usize) -> Tensor<D> {
    let count = shape.iter().product();
    let number = |i: usize| ((i * 7919 + seed * 104_729) % 1013) as f32 / 506.5 - 1.0;
    let values: Vec<f32> = (0..count).map(number).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// Compares every rule with its formula on a layer, of which the matrix is what it does with unit vectors.
fn assert_like_its_matrix<M: Module + 'static, const D: usize, const E: usize>(
    model: &M,
    shape: [usize; D],
    forward: fn(&M, Tensor<D>) -> Tensor<E>,
) {
    let x = numbers(shape, 5);
    let inputs: usize = shape.iter().product();
    let run = move |model: &M, x: Tensor<D>| forward(model, x).flatten::<2>(1, E - 1);
    let output = |x: Tensor<D>| -> Vec<f64> { run(model, x).into_data().iter::<f64>().collect() };
    let bias = output(x.zeros_like());
    let unit = |at: usize| {
        let values = (0..inputs).map(|i| f32::from(u8::from(i == at))).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    };
    let difference = |at: usize| -> Vec<f64> {
        let difference = output(unit(at)).into_iter().zip(&bias).map(|(y, b)| y - b);
        // What isn't connected differs by rounding alone.
        difference
            .map(|w| if w.abs() < 1e-6 { 0.0 } else { w })
            .collect()
    };
    let weights: Vec<Vec<f64>> = (0..inputs).map(difference).collect();
    let net = Network::capture(model, x.clone(), run).unwrap();
    let values: Vec<f64> = x.clone().into_data().iter::<f64>().collect();
    for (rule, formula) in formulas() {
        let method = Lrp::with_composite(all(rule));
        for class in [0, bias.len() - 1] {
            let result = method.attribute(&net, x.clone(), Class(class)).unwrap();
            let expected = by_hand(&formula, &values, &weights, &bias, class);
            assert_close(&floats(&result.values()[0]), &expected);
        }
    }
}

#[test]
fn every_kind_of_layer_follows_the_formulas_of_its_matrix() {
    let device = Device::flex();
    macro_rules! layer {
        ($config:expr, $shape:expr) => {{
            let mut layer = $config.init(&device);
            layer.weight = Param::from_tensor(numbers(layer.weight.dims(), 1));
            layer.bias = layer
                .bias
                .map(|bias| Param::from_tensor(numbers(bias.dims(), 2)));
            assert_like_its_matrix(&layer, $shape, |layer, x| layer.forward(x));
        }};
    }
    layer!(LinearConfig::new(5, 3), [1, 5]);
    layer!(Conv1dConfig::new(2, 3, 3).with_stride(2), [1, 2, 7]);
    layer!(Conv2dConfig::new([2, 3], [3, 2]), [1, 2, 4, 4]);
    let padded = burn::nn::PaddingConfig2d::Explicit(1, 1, 1, 1);
    layer!(
        Conv2dConfig::new([4, 4], [3, 3])
            .with_groups(4)
            .with_padding(padded),
        [1, 4, 3, 3]
    );
    layer!(
        Conv2dConfig::new([4, 2], [2, 2]).with_groups(2),
        [1, 4, 3, 3]
    );
    layer!(Conv3dConfig::new([1, 2], [2, 2, 2]), [1, 1, 3, 3, 2]);
    layer!(
        ConvTranspose1dConfig::new([2, 3], 3).with_stride(2),
        [1, 2, 4]
    );
    layer!(
        ConvTranspose2dConfig::new([2, 2], [2, 3]).with_stride([2, 1]),
        [1, 2, 3, 3]
    );
    layer!(
        ConvTranspose2dConfig::new([4, 4], [2, 2]).with_groups(2),
        [1, 4, 2, 2]
    );
    layer!(
        ConvTranspose3dConfig::new([1, 2], [2, 2, 2]),
        [1, 1, 2, 2, 2]
    );
}

#[derive(Module, Debug)]
struct Matrix {
    weight: Param<Tensor<2>>,
}

#[test]
fn a_product_with_a_constant_matrix_on_either_side_is_a_layer() {
    let model = Matrix {
        weight: Param::from_tensor(numbers([3, 3], 1)),
    };
    assert_like_its_matrix(&model, [1, 3, 3], |m, x| {
        x.matmul(m.weight.val().unsqueeze())
    });
    assert_like_its_matrix(&model, [1, 3, 3], |m, x| {
        m.weight.val().unsqueeze::<3>().matmul(x)
    });
}

/// A batch normalization `3 (x - 4) / 2 + 1 = 1.5 x - 5` of one channel.
fn normalization() -> BatchNorm {
    let device = Device::flex();
    let mut norm = BatchNormConfig::new(1).init(&device);
    norm.gamma = Param::from_data([3.0], &device);
    norm.beta = Param::from_data([1.0], &device);
    norm.running_mean = burn::module::RunningState::new(Tensor::from_data([4.0], &device));
    norm.running_var = burn::module::RunningState::new(Tensor::from_data([4.0 - 1e-5], &device));
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

#[derive(Module, Debug)]
struct Two {
    first: Linear,
    second: Linear,
}

/// Two dense layers of random weights, with a rectifier between them.
fn two() -> (Network, Tensor<2>) {
    let device = Device::flex();
    let dense = |inputs, outputs, seed| {
        let mut layer: Linear = LinearConfig::new(inputs, outputs).init(&device);
        layer.weight = Param::from_tensor(numbers([inputs, outputs], seed));
        layer.bias = Some(Param::from_tensor(numbers([outputs], seed + 1)));
        layer
    };
    let model = Two {
        first: dense(4, 6, 1),
        second: dense(6, 3, 3),
    };
    let x = numbers([2, 4], 9);
    let forward = |m: &Two, x: Tensor<2>| m.second.forward(relu(m.first.forward(x)));
    (Network::capture(&model, x.clone(), forward).unwrap(), x)
}

fn values(method: &Lrp, net: &Network, x: &Tensor<2>, target: impl crate::Target) -> Vec<f32> {
    floats(&method.attribute(net, x.clone(), target).unwrap().values()[0])
}

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
fn conditions_on_all_channels_sum_to_no_condition() {
    let (net, x) = two();
    let whole = values(&Lrp::new(), &net, &x, Class(1));
    let mut sum = vec![0.0; whole.len()];
    for channel in 0..6 {
        let method = Lrp::new().with_condition("relu", [channel]);
        let part = values(&method, &net, &x, Class(1));
        sum.iter_mut()
            .zip(part)
            .for_each(|(sum, part)| *sum += part);
    }
    assert_close(&sum, &whole);
    let two_of_them = Lrp::new()
        .with_condition("relu", [1, 4])
        .with_condition("first", [4]);
    let one = Lrp::new().with_condition("first", [4]);
    assert_close(
        &values(&two_of_them, &net, &x, Class(1)),
        &values(&one, &net, &x, Class(1)),
    );
}

#[test]
fn a_condition_names_a_layer_and_channels_that_there_are() {
    let (net, x) = two();
    let error = |layer: &str, channel| {
        let method = Lrp::new().with_condition(layer, [channel]);
        method
            .attribute(&net, x.clone(), Class(0))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error("relu", 6),
        "channel 6 doesn't exist: layer relu has 6 of them"
    );
    assert!(error("rely", 0).contains("relu"));
}

#[test]
fn a_condition_finds_channels_that_come_last() {
    let device = Device::flex();
    let mut conv: Conv2d = Conv2dConfig::new([1, 2], [1, 1])
        .with_bias(false)
        .init(&device);
    conv.weight = Param::from_data([[[[1.0]]], [[[10.0]]]], &device);
    let x = Tensor::<4>::from_data([[[[2.0, 3.0]]]], &device);
    // One row, two columns, two channels: dimension 1 has one index, and dimension 2 as many as there are channels.
    let forward = |m: &Conv2d, x: Tensor<4>| {
        let last = relu(m.forward(x).permute([0, 2, 3, 1]));
        last.sum_dim(3).sum_dim(2).flatten::<2>(1, 3)
    };
    let net = Network::capture(&conv, x.clone(), forward).unwrap();
    let through = |channels: &[usize]| {
        let method = Lrp::with_composite(Composite::epsilon(1e-9));
        let method = method.with_condition("relu", channels.to_vec());
        let relevance = method.attribute(&net, x.clone(), Class(0)).unwrap();
        floats(&relevance.values()[0])
    };
    assert_close(&through(&[0]), &[2.0, 3.0]);
    assert_close(&through(&[1]), &[20.0, 30.0]);
}

#[test]
fn a_condition_needs_a_dimension_of_channels() {
    let (net, x) = two();
    let flat = |m: &Vec<Linear>, x: Tensor<4>| {
        assert!(m.is_empty());
        x.flatten::<2>(1, 3)
    };
    let image = Tensor::<4>::ones([1, 2, 2, 2], &Device::flex());
    let folded = Network::capture(&Vec::new(), image.clone(), flat).unwrap();
    let error = Lrp::new()
        .with_condition("reshape", [0])
        .attribute(&folded, image, Class(0))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("one dimension of channels or features"),
        "{error}"
    );
    assert!(
        Lrp::new()
            .with_condition("relu", [0])
            .attribute(&net, x, Class(0))
            .is_ok()
    );
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
