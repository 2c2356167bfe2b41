//! Relevance on numbers by hand, on every kind of layer and on small networks.

mod conditions;
mod layers;
mod method;
mod normalization;
mod operations;
mod rules;

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

use crate::lrp::LinearRule;
use crate::{AnyTensor, Composite, Lrp, Method, Network, Target};

fn assert_close(actual: &[f32], expected: &[f32]) {
    let data = |values: &[f32]| TensorData::new(values.to_vec(), [values.len()]);
    let tolerance = Tolerance::rel_abs(2e-4, 2e-5);
    data(actual).assert_approx_eq::<f32>(&data(expected), tolerance);
}

fn all(rule: LinearRule) -> Composite {
    Composite::named("all").with_weighted(rule)
}

fn floats(tensor: &AnyTensor) -> Vec<f32> {
    tensor.flat().into_data().iter().collect()
}

/// Numbers of both signs without a pattern.
fn numbers<const D: usize>(shape: [usize; D], seed: usize) -> Tensor<D> {
    let count = shape.iter().product();
    let number = |i: usize| ((i * 7919 + seed * 104_729) % 1013) as f32 / 506.5 - 1.0;
    let values: Vec<f32> = (0..count).map(number).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
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

fn values(method: &Lrp, net: &Network, x: &Tensor<2>, target: impl Target) -> Vec<f32> {
    floats(&method.attribute(net, x.clone(), target).unwrap().values()[0])
}
