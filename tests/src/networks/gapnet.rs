use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d, Relu};
use burn::tensor::{Device, Tensor};
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
    classes: usize,
}

/// Two convolutions, global average pooling and one linear layer: images to classes.
///
/// Grad-CAM at `relu2` is the network's class activation map, up to its scale.
#[derive(Module, Debug)]
pub struct GapNet {
    conv1: Conv2d,
    relu1: Relu,
    conv2: Conv2d,
    relu2: Relu,
    gap: AdaptiveAvgPool2d,
    fc: Linear,
}

impl GapNet {
    /// The network with the weights of the built-in fixture `gapnet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        Self::of(&Fixture::open("gapnet"), device)
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
            classes,
        } = sizes;
        let conv = |channels, stride| {
            Conv2dConfig::new(channels, [3, 3])
                .with_stride([stride; 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        };
        Self {
            conv1: conv([3, channels1], 2),
            relu1: Relu::new(),
            conv2: conv([channels1, channels2], 1),
            relu2: Relu::new(),
            gap: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            fc: LinearConfig::new(channels2, classes).init(device),
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = self.relu1.forward(self.conv1.forward(images));
        let x = self.relu2.forward(self.conv2.forward(x));
        self.fc.forward(self.gap.forward(x).flatten(1, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_are_those_of_config() {
        let device = Device::flex();
        let config = json!({"c1": 3, "c2": 5, "hw": 16, "classes": 4});
        let net = GapNet::new(&serde_json::from_value(config).unwrap(), &device);
        let images = Tensor::zeros([2, 3, 16, 16], &device);
        assert_eq!(net.forward(images).dims(), [2, 4]);
    }
}
