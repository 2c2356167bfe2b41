use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d, Relu};
use burn::tensor::{Device, Tensor};
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "w1")]
    width1: usize,
    #[serde(rename = "w2")]
    width2: usize,
    classes: usize,
}

/// Three residual blocks with batch normalization: images to classes.
#[derive(Module, Debug)]
pub struct ResNet {
    conv1: Conv2d,
    bn1: BatchNorm,
    relu: Relu,
    blocks: Vec<BasicBlock>,
    gap: AdaptiveAvgPool2d,
    fc: Linear,
}

impl ResNet {
    /// The network with the weights of the built-in fixture `resnet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        Self::of(&Fixture::open("resnet"), device)
    }

    /// The network with the sizes and weights of a fixture.
    ///
    /// # Panics
    /// If a size is missing, or the weights do not fit.
    pub fn of(fixture: &Fixture, device: &Device) -> Self {
        let renames = [
            (r"shortcut\.0\.", "shortcut.conv."),
            (r"shortcut\.1\.", "shortcut.bn."),
        ];
        weights::load(Self::new(&fixture.config(), device), fixture, &renames)
    }

    fn new(sizes: &Sizes, device: &Device) -> Self {
        let &Sizes {
            width1,
            width2,
            classes,
        } = sizes;
        Self {
            conv1: conv([3, width1], 3, 1, device),
            bn1: BatchNormConfig::new(width1).init(device),
            relu: Relu::new(),
            blocks: vec![
                BasicBlock::new([width1, width1], 1, device),
                BasicBlock::new([width1, width2], 2, device),
                BasicBlock::new([width2, width2], 1, device),
            ],
            gap: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            fc: LinearConfig::new(width2, classes).init(device),
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut x = self
            .relu
            .forward(self.bn1.forward(self.conv1.forward(images)));
        for block in &self.blocks {
            x = block.forward(x);
        }
        self.fc.forward(self.gap.forward(x).flatten(1, 3))
    }
}

/// Two convolutions whose result is added to their input; both rectifiers are one module.
#[derive(Module, Debug)]
struct BasicBlock {
    conv1: Conv2d,
    bn1: BatchNorm,
    relu: Relu,
    conv2: Conv2d,
    bn2: BatchNorm,
    shortcut: Option<Shortcut>,
}

impl BasicBlock {
    fn new(channels: [usize; 2], stride: usize, device: &Device) -> Self {
        let width = channels[1];
        Self {
            conv1: conv(channels, 3, stride, device),
            bn1: BatchNormConfig::new(width).init(device),
            relu: Relu::new(),
            conv2: conv([width; 2], 3, 1, device),
            bn2: BatchNormConfig::new(width).init(device),
            shortcut: (stride > 1).then(|| Shortcut {
                conv: conv(channels, 1, stride, device),
                bn: BatchNormConfig::new(width).init(device),
            }),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let x = self.bn1.forward(self.conv1.forward(input.clone()));
        let x = self.relu.forward(x);
        let x = self.bn2.forward(self.conv2.forward(x));
        let shortcut = match &self.shortcut {
            Some(shortcut) => shortcut.bn.forward(shortcut.conv.forward(input)),
            None => input,
        };
        self.relu.forward(x + shortcut)
    }
}

/// Brings a block's input to the shape of its output.
#[derive(Module, Debug)]
struct Shortcut {
    conv: Conv2d,
    bn: BatchNorm,
}

/// A convolution without bias that pads `kernel / 2` on each side.
fn conv(channels: [usize; 2], kernel: usize, stride: usize, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new(channels, [kernel; 2])
        .with_stride([stride; 2])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_bias(false)
        .init(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_are_those_of_config() {
        let device = Device::flex();
        let config = json!({"w1": 3, "w2": 5, "hw": 16, "classes": 4});
        let net = ResNet::new(&serde_json::from_value(config).unwrap(), &device);
        let images = Tensor::zeros([2, 3, 16, 16], &device);
        assert_eq!(net.forward(images).dims(), [2, 4]);
    }
}
