//! A network whose activation and gradient are given, for tests.

use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

use crate::{Class, Method, Network};

/// Two channels of two positions.
const ACTIVATION: [[f32; 2]; 2] = [[1.0, 2.0], [4.0, -1.0]];
const GRADIENT: [[f32; 2]; 2] = [[1.0, -2.0], [3.0, 2.0]];

/// The layer with this activation and gradient.
pub(super) const LAYER: &str = "mul_scalar";

/// `F = sum(G A)` for the activation `A = 1 x` and the gradient `G`.
fn net(x: &Tensor<3>) -> Network {
    Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<3>| {
        let [batch, ..] = x.dims();
        let gradient = Tensor::<2>::from_data(GRADIENT, &x.device()).unsqueeze();
        (x * 1.0 * gradient).reshape([batch, 4]).sum_dim(1)
    })
    .unwrap()
}

/// The two values of a method's map.
pub(super) fn map(method: impl Method) -> Vec<f32> {
    let x = Tensor::<2>::from_data(ACTIVATION, &Device::flex()).unsqueeze();
    let map = method.attribute(&net(&x), x, Class(0)).unwrap();
    let map = map.tensor::<3>().unwrap();
    assert_eq!(map.dims(), [1, 1, 2]);
    map.into_data().iter().collect()
}

pub(super) fn assert_close(map: &[f32], expected: [f64; 2]) {
    for (value, expected) in map.iter().zip(expected) {
        assert!((f64::from(*value) - expected).abs() < 1e-5, "{map:?}");
    }
}
