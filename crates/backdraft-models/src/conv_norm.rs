use burn::module::Module;
use burn::nn::activation::Relu6;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor};

/// Convolution without bias, batch normalization and, unless linear, `Relu6`.
///
/// Padding is `SAME` as `TensorFlow` has it: the output is `ceil(input / stride)` wide, and an
/// odd amount of padding puts the extra pixel at the bottom and at the right.
#[derive(Module, Debug)]
pub(crate) struct ConvNorm {
    conv: Conv2d,
    bn: BatchNorm,
    activation: Option<Relu6>,
}

impl ConvNorm {
    /// A convolution that mixes all channels, followed by `Relu6`.
    pub(crate) fn new(channels: [usize; 2], kernel: usize, stride: usize, device: &Device) -> Self {
        let config = Conv2dConfig::new(channels, [kernel; 2]).with_stride([stride; 2]);
        Self::from_config(&config, device)
    }

    /// A convolution of each channel by itself, followed by `Relu6`.
    pub(crate) fn depthwise(
        channels: usize,
        kernel: usize,
        stride: usize,
        device: &Device,
    ) -> Self {
        let config = Conv2dConfig::new([channels; 2], [kernel; 2])
            .with_stride([stride; 2])
            .with_groups(channels);
        Self::from_config(&config, device)
    }

    /// Leaves the activation out.
    pub(crate) fn linear(mut self) -> Self {
        self.activation = None;
        self
    }

    fn from_config(config: &Conv2dConfig, device: &Device) -> Self {
        Self {
            conv: config
                .clone()
                .with_padding(PaddingConfig2d::Same)
                .with_bias(false)
                .init(device),
            bn: BatchNormConfig::new(config.channels[1])
                .with_epsilon(1e-3)
                .init(device),
            activation: Some(Relu6::new()),
        }
    }

    /// Applies convolution, normalization and activation.
    ///
    /// # Shapes
    /// - input: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]`
    pub(crate) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let normed = self.bn.forward(self.conv.forward(input));
        match &self.activation {
            Some(relu6) => relu6.forward(normed),
            None => normed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{TensorData, Tolerance};

    #[test]
    fn the_output_is_the_input_over_the_stride_rounded_up() {
        let device = Device::flex();
        for (kernel, stride, size, expected) in [
            (3, 2, [8, 8], [4, 4]),
            (3, 2, [7, 9], [4, 5]),
            (5, 2, [5, 6], [3, 3]),
            (5, 1, [5, 6], [5, 6]),
            (3, 2, [1, 1], [1, 1]),
        ] {
            let layer = ConvNorm::new([1, 2], kernel, stride, &device);
            let output = layer.forward(Tensor::ones([1, 1, size[0], size[1]], &device));
            assert_eq!(output.dims(), [1, 2, expected[0], expected[1]]);
        }
    }

    #[test]
    fn only_the_activation_keeps_the_output_between_0_and_6() {
        let device = Device::flex();
        let input = Tensor::<4>::from_data([[[[-100.0, 100.0]]]], &device);
        let mut layer = ConvNorm::depthwise(1, 1, 1, &device);
        layer.conv.weight = layer.conv.weight.map(|weight| weight.ones_like());
        let activated = layer.forward(input.clone()).into_data();
        assert_eq!(activated.try_to_vec::<f32>().unwrap(), [0.0, 6.0]);

        let linear = layer.linear().forward(input).into_data();
        let scale = 1.001f32.sqrt().recip();
        let expected = TensorData::from([[[[-100.0 * scale, 100.0 * scale]]]]);
        linear.assert_approx_eq::<f32>(&expected, Tolerance::relative(1e-5));
    }
}
