//! What the book's code is about, in hidden lines.

use backdraft::Network;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Distribution, Tensor};

#[derive(Module, Debug)]
struct Convnet {
    conv: Conv2d,
    fc: Linear,
}

impl Convnet {
    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let features = relu(self.conv.forward(images));
        self.fc
            .forward(features.mean_dim(3).mean_dim(2).flatten(1, 3))
    }
}

/// A network of layers `conv`, `relu` and `fc`, with ten classes, and two images of `[3, 16, 16]` for it.
///
/// # Panics
///
/// If the network can't be captured.
pub fn convnet() -> (Network, Tensor<4>) {
    let device = Device::default();
    let model = Convnet {
        conv: Conv2dConfig::new([3, 8], [3, 3]).init(&device),
        fc: LinearConfig::new(8, 10).init(&device),
    };
    let images = Tensor::random([2, 3, 16, 16], Distribution::Default, &device);
    let net = Network::capture(&model, images.clone(), Convnet::forward);
    (net.expect("the network can be captured"), images)
}
