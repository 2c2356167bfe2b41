use burn::module::Module;
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use crate::conv_norm::ConvNorm;
use crate::{ModelError, weights};

static WEIGHTS: &[u8] = include_bytes!("../assets/efficientnet_lite0.safetensors");

/// Blocks that share one shape; only the first of them changes size and channels.
struct Stage {
    repeats: usize,
    kernel: usize,
    stride: usize,
    expansion: usize,
    channels: usize,
}

impl Stage {
    const fn new(
        repeats: usize,
        kernel: usize,
        stride: usize,
        expansion: usize,
        channels: usize,
    ) -> Self {
        Self {
            repeats,
            kernel,
            stride,
            expansion,
            channels,
        }
    }
}

const STEM_CHANNELS: usize = 32;
const STAGES: [Stage; 7] = [
    Stage::new(1, 3, 1, 1, 16),
    Stage::new(2, 3, 2, 6, 24),
    Stage::new(2, 5, 2, 6, 40),
    Stage::new(3, 3, 2, 6, 80),
    Stage::new(3, 5, 1, 6, 112),
    Stage::new(4, 5, 2, 6, 192),
    Stage::new(1, 3, 1, 6, 320),
];
const HEAD_CHANNELS: usize = 1280;
const CLASSES: usize = 1000;

/// EfficientNet-Lite0: 4.7 million parameters, 1000 `ImageNet` classes.
///
/// `EfficientNet`-B0 without squeeze-and-excitation and with `Relu6` for swish, as published with
/// [*EfficientNet: Rethinking Model Scaling for Convolutional Neural
/// Networks*](https://arxiv.org/abs/1905.11946). The dropout before the last layer, used only to
/// train, is left out.
///
/// # Example
/// ```
/// use backdraft_models::EfficientNetLite0;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let model = EfficientNetLite0::pretrained(&device)?;
/// let logits = model.forward(Tensor::zeros([1, 3, 224, 224], &device));
/// assert_eq!(logits.dims(), [1, 1000]);
/// # Ok::<(), backdraft_models::ModelError>(())
/// ```
#[derive(Module, Debug)]
pub struct EfficientNetLite0 {
    stem: ConvNorm,
    blocks: Vec<InvertedResidual>,
    head: ConvNorm,
    gap: AdaptiveAvgPool2d,
    fc: Linear,
}

impl EfficientNetLite0 {
    /// The network with random weights, from Burn's default initializers.
    pub fn new(device: &Device) -> Self {
        Self::with_classes(CLASSES, device)
    }

    /// The network with random weights for another number of classes, to train it on photos of your own.
    pub fn with_classes(classes: usize, device: &Device) -> Self {
        let mut blocks = Vec::new();
        let mut channels = STEM_CHANNELS;
        for stage in &STAGES {
            for repeat in 0..stage.repeats {
                let stride = if repeat == 0 { stage.stride } else { 1 };
                blocks.push(InvertedResidual::new(channels, stage, stride, device));
                channels = stage.channels;
            }
        }
        Self {
            stem: ConvNorm::new([3, STEM_CHANNELS], 3, 2, device),
            blocks,
            head: ConvNorm::new([channels, HEAD_CHANNELS], 1, 1, device),
            gap: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            fc: LinearConfig::new(HEAD_CHANNELS, classes).init(device),
        }
    }

    /// The network with weights trained on `ImageNet`, which are built into this crate.
    ///
    /// # Errors
    /// [`ModelError`] if the built-in weights do not fit the network exactly.
    pub fn pretrained(device: &Device) -> Result<Self, ModelError> {
        weights::load(Self::new(device), WEIGHTS, device)
    }

    /// Computes the logits of the 1000 classes, named by
    /// [`class_name`](crate::imagenet::class_name).
    ///
    /// The images are RGB, each value `(pixel - 127) / 128` of a pixel from 0 to 255. The
    /// network was trained on 224 x 224 pixels and takes images of any size.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`
    /// - output: `[batch, 1000]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let mut features = self.stem.forward(images);
        for block in &self.blocks {
            features = block.forward(features);
        }
        let features = self.head.forward(features);
        let pooled = self.gap.forward(features).flatten(1, 3);
        self.fc.forward(pooled)
    }
}

/// Expands the channels, convolves each by itself and projects them to fewer channels again.
///
/// The input is added to the output where both have the same shape.
#[derive(Module, Debug)]
struct InvertedResidual {
    expand: Option<ConvNorm>,
    depthwise: ConvNorm,
    project: ConvNorm,
    residual: bool,
}

impl InvertedResidual {
    fn new(channels_in: usize, stage: &Stage, stride: usize, device: &Device) -> Self {
        let expanded = channels_in * stage.expansion;
        Self {
            expand: (stage.expansion > 1)
                .then(|| ConvNorm::new([channels_in, expanded], 1, 1, device)),
            depthwise: ConvNorm::depthwise(expanded, stage.kernel, stride, device),
            project: ConvNorm::new([expanded, stage.channels], 1, 1, device).linear(),
            residual: stride == 1 && channels_in == stage.channels,
        }
    }

    /// Applies the block.
    ///
    /// # Shapes
    /// - input: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]`
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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn there_are_as_many_blocks_and_residuals_as_published() {
        let blocks = EfficientNetLite0::new(&Device::flex()).blocks;
        let residuals: Vec<usize> = (0..blocks.len()).filter(|&i| blocks[i].residual).collect();
        assert_eq!(blocks.len(), 16);
        assert_eq!(residuals, [2, 4, 6, 7, 9, 10, 12, 13, 14]);
    }

    #[test]
    fn a_batch_of_another_size_is_classified_image_by_image() {
        let device = Device::flex();
        let model = EfficientNetLite0::pretrained(&device).unwrap();
        let images = Tensor::random([3, 3, 160, 192], Distribution::Uniform(-1.0, 1.0), &device);
        let together = model.forward(images.clone());
        assert_eq!(together.dims(), [3, 1000]);

        let last = model.forward(images.slice(2..3)).into_data();
        let tolerance = Tolerance::rel_abs(1e-4, 1e-4);
        let batched = together.slice(2..3).into_data();
        batched.assert_approx_eq::<f32>(&last, tolerance);
    }

    #[test]
    fn odd_sizes_are_accepted() {
        let device = Device::flex();
        let model = EfficientNetLite0::pretrained(&device).unwrap();
        let logits = model
            .forward(Tensor::zeros([1, 3, 97, 33], &device))
            .into_data();
        assert!(
            logits
                .try_to_vec::<f32>()
                .unwrap()
                .iter()
                .all(|x| x.is_finite())
        );
    }
}
