//! A model with readable weights, and a check that a rewrite keeps its function.

use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear};
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

use crate::build;
use crate::capture::{Captured, Forward};
use crate::ir::graph::Graph;
use crate::{Network, Rewrite};

/// Parts for networks on images `[batch, 2, 4, 4]`.
#[derive(Module, Debug)]
pub(crate) struct Model {
    /// `[2, 4, 4]` to `[3, 3, 3]`.
    pub(crate) conv: Conv2d,
    pub(crate) norm: BatchNorm,
    /// Flattened `[3, 2, 2]` to 2.
    pub(crate) wide: Linear,
    /// Three channels to 2.
    pub(crate) head: Linear,
}

impl Model {
    pub(crate) fn new() -> Self {
        let device = Device::flex();
        let linear = |inputs| Linear {
            weight: parameter([inputs, 2]),
            bias: Some(parameter([2])),
        };
        let mut conv = Conv2dConfig::new([2, 3], [2, 2]).init(&device);
        conv.weight = parameter([3, 2, 2, 2]);
        conv.bias = Some(parameter([3]));
        let mut norm = BatchNormConfig::new(3).init(&device);
        norm.gamma = parameter([3]);
        norm.beta = Param::from_data([0.5, 1.0, -1.0], &device);
        norm.running_mean = RunningState::new(Tensor::from_data([1.0, -1.0, 0.5], &device));
        norm.running_var = RunningState::new(Tensor::from_data([4.0, 0.25, 1.0], &device));
        Self {
            conv,
            norm,
            wide: linear(12),
            head: linear(3),
        }
    }
}

/// Halves from -2.5 to 2.5 without a simple order.
fn parameter<const D: usize>(shape: [usize; D]) -> Param<Tensor<D>> {
    Param::from_tensor(numbers(shape))
}

fn numbers<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let count = shape.iter().product::<usize>();
    let values: Vec<f32> = (0..count)
        .map(|i| ((i * 7 + 2) % 11) as f32 / 2.0 - 2.5)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

pub(crate) fn images(batch: usize) -> Tensor<4> {
    numbers([batch, 2, 4, 4])
}

pub(crate) fn graph(forward: fn(&Model, Tensor<4>) -> Tensor<2>) -> Graph {
    let captured = Captured::<_, _, Tensor<4>, Tensor<2>>::of_model(Model::new(), forward);
    let recording = captured.record(&[images(1).into()], &Device::flex());
    build::graph(recording.unwrap()).unwrap()
}

pub(crate) fn capture(forward: fn(&Model, Tensor<4>) -> Tensor<2>) -> Network {
    Network::capture(&Model::new(), images(1), forward).unwrap()
}

pub(crate) fn output(net: &Network, images: Tensor<4>) -> TensorData {
    let output: Tensor<2> = net.forward(images).unwrap().output().unwrap();
    output.into_data()
}

/// The network before and after a rewrite, which compute the same.
pub(crate) fn both(
    forward: fn(&Model, Tensor<4>) -> Tensor<2>,
    rewrite: Rewrite,
) -> (Network, Network) {
    let net = capture(forward);
    let rewritten = net.rewritten(rewrite).unwrap();
    for batch in [1, 3] {
        let expected = output(&net, images(batch));
        output(&rewritten, images(batch))
            .assert_approx_eq::<f32>(&expected, Tolerance::rel_abs(1e-5, 1e-5));
    }
    (net, rewritten)
}

/// Name and operation of every layer.
pub(crate) fn layers(net: &Network) -> Vec<(String, String)> {
    let layers = net.layers().into_iter();
    layers
        .map(|layer| (layer.name().to_string(), layer.op().to_string()))
        .collect()
}

/// What a layer computes for three images, which is not the batch that was captured.
pub(crate) fn activation(net: &Network, layer: &str) -> Vec<f32> {
    let probes = crate::Probes::new().with_activation(layer);
    let pass = net.run(images(3), &probes).unwrap();
    let activation = pass.activation(layer).unwrap();
    let count = activation.shape().num_elements();
    activation.reshape([count]).into_data().iter().collect()
}
