use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d, Relu};
use burn::tensor::{Device, Tensor, activation};
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "c1")]
    channels1: usize,
    #[serde(rename = "c2")]
    channels2: usize,
    #[serde(rename = "hw")]
    side: usize,
    #[serde(rename = "hid")]
    hidden: usize,
    classes: usize,
}

/// Two convolutions, each with max pooling, and two linear layers: images to classes.
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
    /// The network with the weights of the built-in fixture `convnet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        Self::of(&Fixture::open("convnet"), device)
    }

    /// The network with the sizes and weights of a fixture.
    ///
    /// # Panics
    /// If a size is missing, or the weights do not fit.
    pub fn of(fixture: &Fixture, device: &Device) -> Self {
        weights::load(Self::new(&fixture.config(), device), fixture, &[])
    }

    fn new(sizes: &Sizes, device: &Device) -> Self {
        let &Sizes {
            channels1,
            channels2,
            side,
            hidden,
            classes,
        } = sizes;
        let pooled = side / 2 / 2;
        let conv = |channels| {
            Conv2dConfig::new(channels, [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        };
        let pool = || MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
        Self {
            conv1: conv([3, channels1]),
            pool1: pool(),
            conv2: conv([channels1, channels2]),
            relu: Relu::new(),
            pool2: pool(),
            fc1: LinearConfig::new(channels2 * pooled * pooled, hidden).init(device),
            fc2: LinearConfig::new(hidden, classes).init(device),
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = activation::relu(self.conv1.forward(images));
        let x = self.pool1.forward(x);
        let x = self.relu.forward(self.conv2.forward(x));
        let x = self.pool2.forward(x).flatten(1, 3);
        let x = self.relu.forward(self.fc1.forward(x));
        self.fc2.forward(x)
    }
}
