//! Contributions sum to the output's difference from the reference, for every kind of operation.

use backdraft_graph::{AnyTensor, Error, InputError, Network, Probes, RuleMap, Tensors};
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::activation::{
    elu, gelu, hard_sigmoid, leaky_relu, log_sigmoid, log_softmax, relu, sigmoid, silu, softmax,
    softmin, softplus, tanh,
};
use burn::tensor::module::{attention, conv2d, layer_norm, linear, max_pool2d};
use burn::tensor::ops::{AttentionModuleOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Bool, Device, Shape, Tensor};

use crate::DeepLiftRule;

const THRESHOLD: f64 = 1e-6;

/// What the rules say about a function at one point.
#[derive(Debug)]
struct Explained {
    /// Multipliers of every input, one after the other.
    multipliers: Vec<f64>,
    /// Multipliers times the inputs' differences from the reference.
    contributions: Vec<f64>,
    /// The score's difference from the reference.
    change: f64,
}

impl Explained {
    /// What the contributions miss of the change, relative to their size.
    fn gap(&self) -> f64 {
        let sum: f64 = self.contributions.iter().sum();
        let size: f64 = self.contributions.iter().map(|c| c.abs()).sum();
        (sum - self.change).abs() / size.max(self.change.abs())
    }
}

/// Explains the sum of the outputs, each with another weight.
fn explain<I: Tensors + Clone + 'static, const D: usize>(
    f: impl Fn(I) -> Tensor<D> + Send + Sync + 'static,
    x: I,
    reference: I,
    rules: RuleMap,
) -> Explained {
    explain_model(&Vec::<Linear>::new(), move |_, x| f(x), x, reference, rules)
}

fn explain_model<M: Module + 'static, I: Tensors + Clone + 'static, const D: usize>(
    model: &M,
    f: impl Fn(&M, I) -> Tensor<D> + Send + Sync + 'static,
    x: I,
    reference: I,
    rules: RuleMap,
) -> Explained {
    let net = Network::capture(model, x.clone(), f).unwrap();
    let probes = Probes::new().with_input_gradients().with_rules(rules);
    let probes = probes.with_reference(reference.clone());
    let pass = net.run(x.clone(), &probes).unwrap();
    let output: Tensor<D> = pass.output().unwrap();
    let weights = values(output.shape(), 5.0);
    let before = pass.reference_outputs()[0].to_tensor::<D, _>().unwrap();
    let change = (output.clone().inner() - before) * weights.clone();
    let change = numbers(change.into()).into_iter().sum();
    let gradients = pass.backward((output * weights).sum()).unwrap();
    let pairs = x.into_tensors().into_iter().zip(reference.into_tensors());
    let (mut multipliers, mut contributions) = (Vec::new(), Vec::new());
    for (input, (x, x0)) in pairs.enumerate() {
        let own = numbers(gradients.input(input).unwrap());
        let (x, x0) = (numbers(x), numbers(x0));
        contributions.extend((x.iter().zip(&x0).zip(&own)).map(|((x, x0), m)| (x - x0) * m));
        multipliers.extend(own);
    }
    Explained {
        multipliers,
        contributions,
        change,
    }
}

fn numbers(tensor: AnyTensor) -> Vec<f64> {
    tensor.flat().into_data().iter().collect()
}

/// Numbers between -2 and 2 without pattern, the same every time.
fn values<const D: usize>(shape: impl Into<Shape>, seed: f64) -> Tensor<D> {
    values_on(&Device::flex(), shape, seed)
}

/// The same where a forward pass is recorded.
fn values_on<const D: usize>(device: &Device, shape: impl Into<Shape>, seed: f64) -> Tensor<D> {
    let shape = shape.into();
    let numbers: Vec<f32> = (0..shape.num_elements())
        .map(|index| (2.0 * (seed + 7.3 * index as f64).sin()) as f32)
        .collect();
    Tensor::<1>::from_floats(numbers.as_slice(), device).reshape(shape)
}

fn x<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    values(shape, 1.0)
}

fn x0<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    values(shape, 3.0)
}

fn assert_complete(name: &str, explained: &Explained) {
    assert!(
        explained.change.abs() > 1e-2,
        "{name} doesn't change: {}",
        explained.change
    );
    assert!(explained.gap() < 1e-5, "{name}: gap {}", explained.gap());
}

fn check<I: Tensors + Clone + 'static, const D: usize>(
    name: &str,
    f: impl Fn(I) -> Tensor<D> + Send + Sync + 'static,
    x: I,
    reference: I,
) {
    let rules = DeepLiftRule::Rescale.rule_map(THRESHOLD);
    assert_complete(name, &explain(f, x, reference, rules));
}

#[test]
fn functions_of_each_element_are_complete() {
    type Function = fn(Tensor<2>) -> Tensor<2>;
    let functions: &[(&str, Function)] = &[
        ("relu", relu),
        ("relu6", |x| (x * 5.0).clamp(0.0, 6.0)),
        ("leaky_relu", |x| leaky_relu(x, 0.1)),
        ("sigmoid", sigmoid),
        ("tanh", tanh),
        ("gelu", gelu),
        ("silu", silu),
        ("elu", |x| elu(x, 1.0)),
        ("softplus", |x| softplus(x, 1.0)),
        ("hard_sigmoid", |x| hard_sigmoid(x, 0.4, 0.5)),
        ("log_sigmoid", log_sigmoid),
        ("exp", Tensor::exp),
        ("log", |x| (x + 3.0).log()),
        ("log1p", |x| (x + 2.5).log1p()),
        ("sqrt", |x| (x + 2.5).sqrt()),
        ("recip", |x| (x + 2.5).recip()),
        ("abs", Tensor::abs),
        ("sign", Tensor::sign),
        ("round", Tensor::round),
        ("floor", Tensor::floor),
        ("sin", Tensor::sin),
        ("cos", Tensor::cos),
        ("erf", Tensor::erf),
        ("clamp", |x| x.clamp(-1.0, 1.0)),
        ("clamp_max", |x| x.clamp_max(0.3)),
        ("square", |x| x.powi_scalar(2)),
        ("cube", |x| x.powf_scalar(3.0)),
        ("remainder", |x| x.remainder_scalar(0.7)),
        ("mask_fill", |x| {
            let mask = x.clone().lower_elem(0.0);
            x.mask_fill(mask, 0.25)
        }),
    ];
    for (name, function) in functions {
        check(name, *function, x([2, 5]), x0([2, 5]));
    }
}

#[test]
fn functions_of_several_tensors_are_complete() {
    type Pair = (Tensor<2>, Tensor<2>);
    type Function = fn(Pair) -> Tensor<2>;
    let functions: &[(&str, Function)] = &[
        ("add", |(a, b)| a + b),
        ("sub", |(a, b)| a - b),
        ("mul", |(a, b)| a * b),
        ("mul, repeated", |(a, b)| a.slice([0..1, 0..3]) * b),
        ("div", |(a, b)| a / (b + 2.5)),
        ("div by the other sign", |(a, b)| a / (b + 0.01)),
        ("div, repeated", |(a, b)| a / (b.slice([0..3, 1..2]) + 2.5)),
        ("constant / b", |(a, b)| a.ones_like() / (b + 2.5) + a),
        ("powf", |(a, b)| (a + 2.5).powf(b)),
        ("hypot", |(a, b)| (a + 2.5).hypot(b)),
        ("atan2", |(a, b)| (a + 2.5).atan2(b + 2.5)),
        ("matmul", |(a, b)| a.matmul(b)),
        ("linear", |(a, b)| linear(a, b, None)),
        ("mask_where", |(a, b)| {
            let mask = a.clone().lower(b.clone());
            a.mask_where(mask, b)
        }),
        ("max_pair", |(a, b)| a.max_pair(b)),
        ("cross", |(a, b)| a.exp().cross(b, 1)),
        ("cumulative", |(a, b)| (a.cumprod(1) * 0.1).cumsum(0) + b),
        ("prod", |(a, b)| (a + 3.0).prod_dim(1) + b),
        ("slice_assign", |(a, b)| a.slice_assign([0..3, 0..3], b)),
    ];
    for (name, function) in functions {
        let (x, reference) = (
            (x([3, 3]), values([3, 3], 2.0)),
            (x0([3, 3]), values([3, 3], 4.0)),
        );
        check(name, *function, x, reference);
    }
}

#[test]
fn a_tensor_with_itself_is_complete() {
    check("x * x", |x: Tensor<2>| x.clone() * x, x([2, 5]), x0([2, 5]));
    check(
        "x^x",
        |x: Tensor<2>| (x.clone() + 2.5).powf(x),
        x([2, 5]),
        x0([2, 5]),
    );
    check(
        "norm",
        |x: Tensor<2>| x.clone() / x.powi_scalar(2).mean_dim(1).sqrt(),
        x([2, 5]),
        x0([2, 5]),
    );
}

#[test]
fn softmax_is_complete_however_far_apart_the_logits_are() {
    type Function = fn(Tensor<3>) -> Tensor<3>;
    let functions: &[(&str, Function)] = &[
        ("softmax", |x| softmax(x, 1)),
        ("log_softmax", |x| log_softmax(x, 1)),
        ("softmin", |x| softmin(x, 1)),
        ("softmax, last", |x| softmax(x, 2)),
    ];
    for (name, function) in functions {
        for spread in [0.01, 1.0, 7.5, 30.0] {
            let scale = move |seed| values::<3>([2, 4, 3], seed) * spread;
            let explained = explain(
                *function,
                scale(1.0),
                scale(3.0),
                DeepLiftRule::Rescale.rule_map(THRESHOLD),
            );
            assert!(explained.gap() < 1e-5, "{name} {spread}: {explained:?}");
        }
    }
}

#[test]
fn maxima_are_complete() {
    type Function = fn(Tensor<4>) -> Tensor<4>;
    let functions: &[(&str, Function)] = &[
        ("overlapping windows", |x| {
            max_pool2d(
                x,
                MaxPoolOptions::new([3, 3])
                    .with_stride([1, 1])
                    .with_padding([1, 1]),
            )
        }),
        ("max_dim", |x| x.max_dim(3)),
        ("min_dim", |x| x.min_dim(2)),
        ("max_abs_dim", |x| x.max_abs_dim(3)),
        ("cummax", |x| x.cummax(3)),
        ("cummin", |x| x.cummin(3)),
        ("max", |x| x.max().reshape([1, 1, 1, 1])),
        ("min", |x| x.min().reshape([1, 1, 1, 1])),
        ("with indices", |x| x.max_dim_with_indices(2).0),
    ];
    for (name, function) in functions {
        check(name, *function, x([1, 2, 4, 5]), x0([1, 2, 4, 5]) * 0.7);
    }
}

#[test]
fn layer_norm_is_complete_even_from_a_constant_reference() {
    let f = |x: Tensor<3>| {
        let weights = |seed| values_on(&x.device(), [4], seed);
        layer_norm(x.clone(), weights(8.0), Some(weights(9.0)), 1e-5)
    };
    let constant = x([2, 3, 4]).zeros_like() + 0.5;
    for reference in [x0([2, 3, 4]), constant] {
        check("layer_norm", f, x([2, 3, 4]), reference);
    }
}

#[test]
fn attention_is_complete() {
    type Three = (Tensor<4>, Tensor<4>, Tensor<4>);
    let options = |softcap, is_causal| AttentionModuleOptions {
        scale: None,
        softcap,
        is_causal,
    };
    let at = |seed: f64| -> Three {
        let values = |add| values([2, 2, 3, 4], seed + add);
        (values(0.1), values(0.2) * 2.0, values(0.3))
    };
    for (softcap, causal) in [
        (None, false),
        (Some(2.0), false),
        (None, true),
        (Some(1.5), true),
    ] {
        let f = move |(q, k, v): Three| attention(q, k, v, None, None, options(softcap, causal));
        check("attention", f, at(1.0), at(3.0));
    }
    // A mask that leaves nothing to one query, and a bias for each head that is computed from the inputs.
    let f = move |(q, k, v): Three| {
        let device = q.device();
        let mask = Tensor::<2, Bool>::from_data(
            [
                [false, true, false],
                [true, true, true],
                [false, false, false],
            ],
            &device,
        );
        let mask = mask.reshape([1, 1, 3, 3]).expand([2, 2, 3, 3]);
        let bias = q
            .clone()
            .slice([0..1, 0..2, 0..3, 0..3])
            .expand([2, 2, 3, 3]);
        attention(q, k, v, Some(mask), Some(bias), options(None, false))
    };
    check("attention", f, at(1.0), at(3.0));
}

#[test]
fn layers_whose_weights_are_computed_are_complete() {
    let f = |(x, w): (Tensor<4>, Tensor<4>)| {
        conv2d(x, w, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1))
    };
    let at = |seed| (values([1, 2, 4, 4], seed), values([3, 2, 3, 3], seed + 1.0));
    check("conv2d", f, at(1.0), at(3.0));
}

#[test]
fn a_hand_written_lstm_is_complete() {
    let f = |x: Tensor<3>| {
        let weights = values_on::<2>(&x.device(), [3, 8], 8.0);
        let recurrent = values_on::<2>(&x.device(), [2, 8], 9.0);
        let mut cell = Tensor::<2>::zeros([2, 2], &x.device());
        let mut hidden = cell.clone();
        for step in 0..3 {
            let x = x
                .clone()
                .slice([0..2, step..step + 1, 0..3])
                .reshape([2, 3]);
            let gates = x.matmul(weights.clone()) + hidden.matmul(recurrent.clone());
            let gate = |index| gates.clone().slice([0..2, 2 * index..2 * index + 2]);
            cell = sigmoid(gate(0)) * cell + sigmoid(gate(1)) * tanh(gate(2));
            hidden = sigmoid(gate(3)) * tanh(cell.clone());
        }
        hidden
    };
    check("lstm", f, x([2, 3, 3]), x0([2, 3, 3]));
}

#[test]
fn sorting_is_complete_up_to_the_quadrature() {
    let rules = DeepLiftRule::Rescale.rule_map(THRESHOLD);
    let explained = explain(|x: Tensor<2>| x.sort(1), x([2, 5]), x0([2, 5]), rules);
    assert!(explained.gap() < 0.05, "{explained:?}");
}

#[test]
fn the_change_is_shared_as_the_rules_say() {
    let point = |x: [f32; 2]| Tensor::<1>::from_floats(x, &Device::flex()).reshape([1, 2]);
    let f = |x: Tensor<2>| {
        let (a, b) = (x.clone().slice([0..1, 0..1]), x.slice([0..1, 1..2]));
        a * relu(b)
    };
    let explained = explain(
        f,
        point([3.0, 4.0]),
        point([1.0, -2.0]),
        DeepLiftRule::Rescale.rule_map(0.0),
    );
    let weight = f64::from(values::<1>([1], 5.0).into_scalar::<f32>());
    // relu goes from 0 to 4, by 4/6 of the change of b; the mean of relu is 2, that of a is 2.
    let expected = [2.0 * weight, 2.0 * 4.0 / 6.0 * weight];
    for (actual, expected) in explained.multipliers.iter().zip(expected) {
        assert!((actual - expected).abs() < 1e-6, "{actual} {expected}");
    }
}

#[test]
fn a_rectifier_written_as_a_product_is_a_rectifier() {
    let at = |f: fn(Tensor<2>) -> Tensor<2>| {
        explain(
            f,
            x([2, 5]),
            x0([2, 5]),
            DeepLiftRule::Rescale.rule_map(THRESHOLD),
        )
        .multipliers
    };
    let expected = at(relu);
    let product = at(|x| {
        let positive = x.clone().greater_elem(0.0).float();
        x * positive
    });
    let choice = at(|x| {
        let negative = x.clone().lower_elem(0.0);
        x.zeros_like().mask_where(negative.bool_not(), x)
    });
    for (index, expected) in expected.iter().enumerate() {
        assert!((product[index] - expected).abs() < 1e-6, "{product:?}");
        assert!((choice[index] - expected).abs() < 1e-6, "{choice:?}");
    }
}

/// A network with many kinds of operations, all smooth at the point that the tests use.
fn mixed(x: Tensor<2>) -> Tensor<2> {
    let constant = |shape: [usize; 2], seed| values_on::<2>(&x.device(), shape, seed);
    let gamma = constant([1, 5], 2.0).reshape([5]);
    let y = layer_norm(x.clone(), gamma, None, 1e-5);
    let y = softmax(y.clone() * x.clone(), 1) / (x.clone().exp() + 1.0) + gelu(y);
    let pooled = (y.clone() + 3.0).log().max_dim(1);
    let product = y.clone().matmul(y.transpose());
    relu(product) * pooled + (x.clone() + 2.5).powf(constant([2, 5], 6.0)).prod_dim(1)
}

#[test]
fn without_a_difference_the_multipliers_are_the_gradient() {
    let gradient = explain(mixed, x([2, 5]), x([2, 5]), RuleMap::new());
    let near = x([2, 5]) + 1e-9;
    for reference in [x([2, 5]), near] {
        let rules = DeepLiftRule::Rescale.rule_map(THRESHOLD);
        let multipliers = explain(mixed, x([2, 5]), reference, rules).multipliers;
        for (actual, expected) in multipliers.iter().zip(&gradient.multipliers) {
            let difference = (actual - expected).abs();
            assert!(difference < 1e-4 * expected.abs(), "{actual} {expected}");
        }
    }
}

#[test]
fn near_the_reference_the_multipliers_are_near_the_gradient() {
    let gradient = explain(mixed, x([2, 5]), x([2, 5]), RuleMap::new());
    let reference = x([2, 5]) + values([2, 5], 7.0) * 5e-4;
    let multipliers = explain(
        mixed,
        x([2, 5]),
        reference,
        DeepLiftRule::Rescale.rule_map(1e-4),
    )
    .multipliers;
    for (actual, expected) in multipliers.iter().zip(&gradient.multipliers) {
        assert!(
            (actual - expected).abs() < 1e-2 * expected.abs().max(1.0),
            "{actual} {expected}"
        );
    }
}

#[test]
fn nothing_is_nan_where_derivatives_are_infinite() {
    type Function = fn(Tensor<2>) -> Tensor<2>;
    let zeros = Tensor::<2>::zeros([2, 3], &Device::flex());
    let functions: &[(&str, Function)] = &[
        ("sqrt", Tensor::sqrt),
        ("hypot", |x| x.clone().hypot(x)),
        ("norm", |x| x.powi_scalar(2).sum_dim(1).sqrt()),
        ("abs", Tensor::abs),
        ("masked softmax", |x| {
            let mask = Tensor::<2, Bool>::from_data([[true, false, false]; 2], &x.device());
            softmax(x.mask_fill(mask, f32::NEG_INFINITY), 1)
        }),
    ];
    for (name, function) in functions {
        for reference in [zeros.clone(), zeros.clone() + 1.0] {
            let rules = DeepLiftRule::Rescale.rule_map(THRESHOLD);
            let multipliers = explain(*function, zeros.clone(), reference, rules).multipliers;
            assert!(
                multipliers.iter().all(|m| m.is_finite()),
                "{name}: {multipliers:?}"
            );
        }
    }
}

/// `min(a, b)` as `a - relu(a - b)`, the paper's example.
fn minimum(x: Tensor<2>) -> Tensor<2> {
    let weight = Tensor::<2>::from_floats([[1.0], [-1.0]], &x.device());
    x.clone().slice([0..1, 0..1]) - relu(x.matmul(weight))
}

#[test]
fn reveal_cancel_shares_a_minimum() {
    let point = |x: [f32; 2]| Tensor::<2>::from_floats([x], &Device::flex());
    let (x, zeros) = (point([6.0, 10.0]), point([0.0, 0.0]));
    let weight = f64::from(values::<1>([1], 5.0).into_scalar::<f32>());
    let contributions = |rules| explain(minimum, x.clone(), zeros.clone(), rules).contributions;
    // The rectifier's operand goes from 0 to 6 - 10. Rescale sees no change after it.
    assert_eq!(
        contributions(DeepLiftRule::Rescale.rule_map(THRESHOLD)),
        [6.0 * weight, 0.0]
    );
    // Change by 6: [relu(6) - relu(0) + relu(-4) - relu(-10)] / 2 = 3; by -10 likewise -3.
    let revealed = contributions(DeepLiftRule::RevealCancel.rule_map(THRESHOLD));
    for (actual, expected) in revealed.into_iter().zip([3.0 * weight, 3.0 * weight]) {
        assert!((actual - expected).abs() < 1e-6, "{actual} {expected}");
    }
}

#[derive(Module, Debug)]
struct Normalized {
    conv: Conv2d,
    norm: BatchNorm,
}

#[test]
fn reveal_cancel_is_complete_through_layers_and_normalization() {
    type Forward = fn(&Normalized, Tensor<4>) -> Tensor<4>;
    let device = Device::flex();
    let mut model = Normalized {
        conv: Conv2dConfig::new([2, 3], [3, 3]).init(&device),
        norm: BatchNormConfig::new(3).init(&device),
    };
    model.conv.weight = Param::from_tensor(values([3, 2, 3, 3], 8.0));
    model.conv.bias = Some(Param::from_tensor(values([3], 9.0)));
    model.norm.gamma = Param::from_data([-1.5, 0.5, 2.0], &device);
    model.norm.beta = Param::from_data([0.5, -0.25, 1.0], &device);
    let forwards: &[(&str, Forward)] = &[
        ("conv, relu", |m, x| relu(m.conv.forward(x))),
        ("conv, norm, relu", |m, x| {
            relu(m.norm.forward(m.conv.forward(x)))
        }),
        ("conv, norm, tanh", |m, x| {
            tanh(m.norm.forward(m.conv.forward(x)))
        }),
        ("conv, silu", |m, x| silu(m.conv.forward(x))),
        ("two", |m, x| {
            let y = relu(m.conv.forward(x.clone()));
            let weight = values_on::<4>(&x.device(), [2, 3, 1, 1], 4.0);
            let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
            sigmoid(conv2d(y, weight, None, options))
        }),
    ];
    for (name, forward) in forwards {
        let rules = DeepLiftRule::RevealCancel.rule_map(THRESHOLD);
        let (x, x0) = (x([2, 2, 4, 4]), x0([2, 2, 4, 4]));
        let rescale = DeepLiftRule::Rescale.rule_map(THRESHOLD);
        let rescale = explain_model(&model, *forward, x.clone(), x0.clone(), rescale);
        let revealed = explain_model(&model, *forward, x, x0, rules);
        assert_complete(name, &rescale);
        assert_complete(name, &revealed);
        let differs = rescale.multipliers.iter().zip(&revealed.multipliers);
        let differs = differs.filter(|(rescale, revealed)| (*rescale - *revealed).abs() > 1e-3);
        assert!(differs.count() > 0, "{name}: the same as Rescale");
    }
}

#[test]
fn reveal_cancel_leaves_a_layer_whose_gradient_is_asked_for() {
    let point = |x: [f32; 2]| Tensor::<2>::from_floats([x], &Device::flex());
    let forward = |_: &Vec<Linear>, x: Tensor<2>| minimum(x);
    let net = Network::capture(&Vec::new(), point([0.0, 0.0]), forward).unwrap();
    let probes = Probes::new()
        .with_layer_gradient("linear")
        .with_reference(point([1.0, 0.0]))
        .with_rules(DeepLiftRule::RevealCancel.rule_map(THRESHOLD));
    let pass = net.run(point([4.0, 1.0]), &probes).unwrap();
    let output: Tensor<2> = pass.output().unwrap();
    let gradients = pass.backward(output.reshape([1])).unwrap();
    assert_eq!(numbers(gradients.layer("linear").unwrap()), [-1.0]);
}

#[test]
fn rules_that_compare_need_a_reference() {
    let x = x([1, 3]);
    let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.exp());
    let probes = Probes::new().with_rules(DeepLiftRule::Rescale.rule_map(THRESHOLD));
    let result = net.unwrap().run(x, &probes);
    assert!(matches!(result, Err(Error::Input(InputError::NoReference))));
}
