use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d, Relu};
use burn::tensor::{Device, Tensor};

use super::weights;

/// Two convolutions, global average pooling and one linear layer: 3 x 32 x 32 to 10 classes.
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
    /// The network with the weights of the fixture `gapnet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        let conv = |channels, stride| {
            Conv2dConfig::new(channels, [3, 3])
                .with_stride([stride; 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device)
        };
        let model = Self {
            conv1: conv([3, 8], 2),
            relu1: Relu::new(),
            conv2: conv([8, 16], 1),
            relu2: Relu::new(),
            gap: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            fc: LinearConfig::new(16, 10).init(device),
        };
        weights::load(model, "gapnet", &[])
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, 32, 32]`
    /// - output: `[batch, 10]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = self.relu1.forward(self.conv1.forward(images));
        let x = self.relu2.forward(self.conv2.forward(x));
        self.fc.forward(self.gap.forward(x).flatten(1, 3))
    }
}
