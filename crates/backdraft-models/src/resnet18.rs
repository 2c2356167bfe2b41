use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig, PaddingConfig2d, Relu,
};
use burn::tensor::{Device, Tensor};

const CLASSES: usize = 1000;

/// ResNet-18: 11.7 million parameters, 1000 classes, random weights.
///
/// The network of [*Deep Residual Learning for Image
/// Recognition*](https://arxiv.org/abs/1512.03385) with `torchvision`'s names and initialization.
///
/// # Example
/// ```
/// use backdraft_models::ResNet18;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let model = ResNet18::new(&device);
/// let logits = model.forward(Tensor::zeros([1, 3, 224, 224], &device));
/// assert_eq!(logits.dims(), [1, 1000]);
/// ```
#[derive(Module, Debug)]
pub struct ResNet18 {
    conv1: Conv2d,
    bn1: BatchNorm,
    relu: Relu,
    maxpool: MaxPool2d,
    layer1: Vec<BasicBlock>,
    layer2: Vec<BasicBlock>,
    layer3: Vec<BasicBlock>,
    layer4: Vec<BasicBlock>,
    avgpool: AdaptiveAvgPool2d,
    fc: Linear,
}

impl ResNet18 {
    /// The network with random weights.
    pub fn new(device: &Device) -> Self {
        Self::with_classes(CLASSES, device)
    }

    /// The network with random weights for another number of classes, to train it on photos of your own.
    pub fn with_classes(classes: usize, device: &Device) -> Self {
        Self {
            conv1: conv([3, 64], 7, 2, device),
            bn1: BatchNormConfig::new(64).init(device),
            relu: Relu::new(),
            maxpool: MaxPool2dConfig::new([3, 3])
                .with_strides([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(),
            layer1: layer([64, 64], 1, device),
            layer2: layer([64, 128], 2, device),
            layer3: layer([128, 256], 2, device),
            layer4: layer([256, 512], 2, device),
            avgpool: AdaptiveAvgPool2dConfig::new([1, 1]).init(),
            fc: LinearConfig::new(512, classes).init(device),
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - images: `[batch, 3, height, width]`, of any size; 224 x 224 is usual
    /// - output: `[batch, 1000]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let stem = self
            .relu
            .forward(self.bn1.forward(self.conv1.forward(images)));
        let mut features = self.maxpool.forward(stem);
        for layer in [&self.layer1, &self.layer2, &self.layer3, &self.layer4] {
            for block in layer {
                features = block.forward(features);
            }
        }
        let pooled = self.avgpool.forward(features).flatten(1, 3);
        self.fc.forward(pooled)
    }
}

/// Two convolutions whose result is added to their input.
#[derive(Module, Debug)]
struct BasicBlock {
    conv1: Conv2d,
    bn1: BatchNorm,
    relu: Relu,
    conv2: Conv2d,
    bn2: BatchNorm,
    downsample: Option<Downsample>,
}

impl BasicBlock {
    fn new(channels: [usize; 2], stride: usize, device: &Device) -> Self {
        let [channels_in, channels_out] = channels;
        Self {
            conv1: conv(channels, 3, stride, device),
            bn1: BatchNormConfig::new(channels_out).init(device),
            relu: Relu::new(),
            conv2: conv([channels_out; 2], 3, 1, device),
            bn2: BatchNormConfig::new(channels_out).init(device),
            downsample: (stride > 1 || channels_in != channels_out)
                .then(|| Downsample::new(channels, stride, device)),
        }
    }

    /// Applies the block.
    ///
    /// # Shapes
    /// - input: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]`
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let hidden = self.bn1.forward(self.conv1.forward(input.clone()));
        let hidden = self.relu.forward(hidden);
        let output = self.bn2.forward(self.conv2.forward(hidden));
        let shortcut = match &self.downsample {
            Some(downsample) => downsample.forward(input),
            None => input,
        };
        self.relu.forward(output + shortcut)
    }
}

/// Brings a block's input to the shape of its output.
#[derive(Module, Debug)]
struct Downsample {
    conv: Conv2d,
    bn: BatchNorm,
}

impl Downsample {
    fn new(channels: [usize; 2], stride: usize, device: &Device) -> Self {
        Self {
            conv: conv(channels, 1, stride, device),
            bn: BatchNormConfig::new(channels[1]).init(device),
        }
    }

    /// Applies the convolution and its normalization.
    ///
    /// # Shapes
    /// - input: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]`
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.bn.forward(self.conv.forward(input))
    }
}

/// Two blocks, the first of which changes channels and size.
fn layer(channels: [usize; 2], stride: usize, device: &Device) -> Vec<BasicBlock> {
    vec![
        BasicBlock::new(channels, stride, device),
        BasicBlock::new([channels[1]; 2], 1, device),
    ]
}

/// A convolution without bias that pads `kernel / 2` on each side.
fn conv(channels: [usize; 2], kernel: usize, stride: usize, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new(channels, [kernel; 2])
        .with_stride([stride; 2])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_bias(false)
        .with_initializer(Initializer::KaimingNormal {
            gain: std::f64::consts::SQRT_2,
            fan_out_only: true,
        })
        .init(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_parameters_as_published() {
        // Burn counts the running mean and variance of each normalization as well.
        let statistics = 2 * (64 * 5 + 128 * 5 + 256 * 5 + 512 * 5);
        let model = ResNet18::new(&Device::flex());
        assert_eq!(model.num_params(), 11_689_512 + statistics);
    }

    #[test]
    fn each_layer_after_the_first_halves_the_size() {
        let device = Device::flex();
        let model = ResNet18::new(&device);
        let mut features = Tensor::ones([1, 64, 15, 8], &device);
        let mut shapes = Vec::new();
        for layer in [&model.layer1, &model.layer2, &model.layer3, &model.layer4] {
            for block in layer {
                features = block.forward(features);
            }
            shapes.push(features.dims());
        }
        assert_eq!(
            shapes,
            [
                [1, 64, 15, 8],
                [1, 128, 8, 4],
                [1, 256, 4, 2],
                [1, 512, 2, 1]
            ]
        );
    }

    #[test]
    fn logits_are_finite_and_differ_between_images() {
        let device = Device::flex();
        let model = ResNet18::new(&device);
        let black = Tensor::zeros([1, 3, 64, 64], &device);
        let white = Tensor::ones([1, 3, 64, 64], &device);
        let logits = model.forward(Tensor::cat(vec![black, white], 0));
        assert_eq!(logits.dims(), [2, 1000]);

        let values = logits.into_data().try_to_vec::<f32>().unwrap();
        assert!(values.iter().all(|x| x.is_finite()));
        assert_ne!(values[..1000], values[1000..]);
    }
}
