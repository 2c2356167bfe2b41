//! Functions that are small enough to follow by hand, as networks.

use backdraft::Network;
use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

const CAPTURED: &str = "the function can be captured";

fn network(features: usize, device: &Device, forward: fn(&[Tensor<2>]) -> Tensor<2>) -> Network {
    let forward = move |_: &Vec<Linear>, x: Tensor<2>| {
        let columns: Vec<_> = (0..features).map(|i| x.clone().narrow(1, i, 1)).collect();
        forward(&columns)
    };
    let example = Tensor::<2>::zeros([1, features], device);
    Network::capture(&Vec::new(), example, forward).expect(CAPTURED)
}

/// `1 - relu(1 - a)`: from 0 at 0 to 1 at 1, and flat from there.
pub fn saturating(device: &Device) -> Network {
    network(1, device, |x| 1.0 - relu(1.0 - x[0].clone()))
}

/// `relu(a)`.
pub fn rectifier(device: &Device) -> Network {
    network(1, device, |x| relu(x[0].clone()))
}

/// `2 a - 3 b + c / 2 + 1`, as a linear layer.
///
/// # Panics
///
/// If it can't be captured.
pub fn regression(device: &Device) -> Network {
    let mut model = LinearConfig::new(3, 1).init(device);
    model.weight = Param::from_data([[2.0], [-3.0], [0.5]], device);
    model.bias = Some(Param::from_data([1.0], device));
    let example = Tensor::<2>::zeros([1, 3], device);
    Network::capture(&model, example, |m: &Linear, x: Tensor<2>| m.forward(x)).expect(CAPTURED)
}

/// `min(a, 2 b)`, once as `a - relu(a - 2 b)` and once as `2 b - relu(2 b - a)`.
pub fn minimum(device: &Device) -> [Network; 2] {
    [
        network(2, device, |x| {
            x[0].clone() - relu(x[0].clone() - x[1].clone() * 2.0)
        }),
        network(2, device, |x| {
            let double = x[1].clone() * 2.0;
            double.clone() - relu(double - x[0].clone())
        }),
    ]
}

/// `relu(a - 1 - relu(b))` and `relu(relu(a - 1) - relu(b))`, which is the same: where `a` is below 1, both
/// are zero.
pub fn figure_7(device: &Device) -> [Network; 2] {
    [
        network(2, device, |x| relu(x[0].clone() - 1.0 - relu(x[1].clone()))),
        network(2, device, |x| {
            relu(relu(x[0].clone() - 1.0) - relu(x[1].clone()))
        }),
    ]
}

/// `relu(a) + relu(2 b) - relu(b) + relu(c) - relu(c)`: the first two features count the same, and the third
/// doesn't count.
pub fn detour(device: &Device) -> Network {
    network(3, device, |x| {
        let [a, b, c] = [0, 1, 2].map(|i| x[i].clone());
        relu(a) + relu(b.clone() * 2.0) - relu(b) + relu(c.clone()) - relu(c)
    })
}

/// `a b + c`.
pub fn product(device: &Device) -> Network {
    network(3, device, |x| x[0].clone() * x[1].clone() + x[2].clone())
}
