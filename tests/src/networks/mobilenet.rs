use burn::module::Module;
use burn::nn::activation::Relu6;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
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
    head: usize,
    #[serde(rename = "expand")]
    expansion: usize,
    classes: usize,
}

/// Three inverted residual blocks with `Relu6`: images to classes.
#[derive(Module, Debug)]
pub struct MobileNet {
    stem: ConvNorm,
    blocks: Vec<InvertedResidual>,
    head: ConvNorm,
    gap: AdaptiveAvgPool2d,
    fc: Linear,
}

impl MobileNet {
    /// The network with the weights of the built-in fixture `mobilenet`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        Self::of(&Fixture::open("mobilenet"), device)
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
            width1,
            width2,
            head,
            expansion,
            classes,
        } = sizes;
        Self {
            stem: ConvNorm::new(
                &Conv2dConfig::new([3, width1], [3, 3]).with_stride([2, 2]),
                device,
            ),
            blocks: vec![
                InvertedResidual::new([width1, width1], 1, 1, device),
                InvertedResidual::new([width1, width2], expansion, 2, device),
                InvertedResidual::new([width2, width2], expansion, 1, device),
            ],
            head: ConvNorm::new(&Conv2dConfig::new([width2, head], [1, 1]), device),
            gap: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            fc: LinearConfig::new(head, classes).init(device),
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut x = self.stem.forward(images);
        for block in &self.blocks {
            x = block.forward(x);
        }
        let x = self.gap.forward(self.head.forward(x));
        self.fc.forward(x.flatten(1, 3))
    }
}

/// Expands the channels, convolves each by itself and projects them to fewer channels again.
#[derive(Module, Debug)]
struct InvertedResidual {
    expand: Option<ConvNorm>,
    depthwise: ConvNorm,
    project: ConvNorm,
    residual: bool,
}

impl InvertedResidual {
    fn new(channels: [usize; 2], expansion: usize, stride: usize, device: &Device) -> Self {
        let [channels_in, channels_out] = channels;
        let expanded = channels_in * expansion;
        let pointwise = |channels| Conv2dConfig::new(channels, [1, 1]);
        let depthwise = Conv2dConfig::new([expanded; 2], [3, 3])
            .with_stride([stride; 2])
            .with_groups(expanded);
        Self {
            expand: (expansion > 1)
                .then(|| ConvNorm::new(&pointwise([channels_in, expanded]), device)),
            depthwise: ConvNorm::new(&depthwise, device),
            project: ConvNorm::new(&pointwise([expanded, channels_out]), device).linear(),
            residual: stride == 1 && channels_in == channels_out,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let expanded = match &self.expand {
            Some(expand) => expand.forward(input.clone()),
            None => input.clone(),
        };
        let projected = self.project.forward(self.depthwise.forward(expanded));
        if self.residual {
            projected + input
        } else {
            projected
        }
    }
}

/// Convolution without bias, batch normalization and, unless linear, `Relu6`.
#[derive(Module, Debug)]
struct ConvNorm {
    conv: Conv2d,
    bn: BatchNorm,
    act: Option<Relu6>,
}

impl ConvNorm {
    /// Pads half the kernel on each side, whatever `config` says.
    fn new(config: &Conv2dConfig, device: &Device) -> Self {
        let pad = config.kernel_size[0] / 2;
        let conv = config
            .clone()
            .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
            .with_bias(false);
        Self {
            conv: conv.init(device),
            bn: BatchNormConfig::new(config.channels[1]).init(device),
            act: Some(Relu6::new()),
        }
    }

    /// Leaves the activation out.
    fn linear(mut self) -> Self {
        self.act = None;
        self
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let normed = self.bn.forward(self.conv.forward(input));
        match &self.act {
            Some(relu6) => relu6.forward(normed),
            None => normed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sizes_are_those_of_config() {
        let device = Device::flex();
        let config = json!({"w1": 3, "w2": 5, "head": 7, "expand": 2, "hw": 16, "classes": 4});
        let net = MobileNet::new(&serde_json::from_value(config).unwrap(), &device);
        let images = Tensor::zeros([2, 3, 16, 16], &device);
        assert_eq!(net.forward(images).dims(), [2, 4]);
    }
}
