//! The rules on every kind of layer, beside the formula for the layer's matrix.

use burn::module::{Module, Param};
use burn::nn::LinearConfig;
use burn::nn::conv::{
    Conv1dConfig, Conv2dConfig, Conv3dConfig, ConvTranspose1dConfig, ConvTranspose2dConfig,
    ConvTranspose3dConfig,
};
use burn::tensor::{Device, Tensor, TensorData};

use super::{all, assert_close, floats, numbers};
use crate::lrp::LinearRule;
use crate::lrp::rules::{alpha_beta, epsilon, flat, gamma, w_square, z_box, z_plus};
use crate::{Class, Lrp, Method, Network};

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
