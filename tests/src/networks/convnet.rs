use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d, Relu};
use burn::tensor::{Device, Tensor, activation};

use super::weights;

/// Two convolutions, each with max pooling, and two linear layers: 3 x 32 x 32 to 10 classes.
///
/// The first rectifier is a function; the second and third are one module, used twice.
#[derive(Module, Debug)]
pub struct ConvNet {
    conv1: Conv2d,
    pool1: MaxPool2d,
    conv2: Conv2d,
    relu: Relu,
    pool2: MaxPool2d,
    fc1: Linear,
    fc2: Linear,
}

impl ConvNet {
    /// The network with the weights of the fixture `convnet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        let conv = |channels| {
            Conv2dConfig::new(channels, [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        };
        let pool = || MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
        let model = Self {
            conv1: conv([3, 8]),
            pool1: pool(),
            conv2: conv([8, 16]),
            relu: Relu::new(),
            pool2: pool(),
            fc1: LinearConfig::new(1024, 32).init(device),
            fc2: LinearConfig::new(32, 10).init(device),
        };
        weights::load(model, "convnet", &[])
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, 32, 32]`
    /// - output: `[batch, 10]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = activation::relu(self.conv1.forward(images));
        let x = self.pool1.forward(x);
        let x = self.relu.forward(self.conv2.forward(x));
        let x = self.pool2.forward(x).flatten(1, 3);
        let x = self.relu.forward(self.fc1.forward(x));
        self.fc2.forward(x)
    }
}
