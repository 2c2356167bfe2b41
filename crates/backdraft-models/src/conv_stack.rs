//! Convolutions one after the other, as small networks begin with.

use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Initializer, PaddingConfig2d};
use burn::tensor::Device;

/// Convolutions of 3 x 3 with padding for RGB images, initialized for rectifiers after them. A stride of `s`
/// leaves `ceil(side / s)`.
///
/// # Panics
/// If there are not as many strides as channels.
pub(crate) fn conv_stack(channels: &[usize], strides: &[usize], device: &Device) -> Vec<Conv2d> {
    assert_eq!(
        channels.len(),
        strides.len(),
        "every convolution needs channels and a stride"
    );
    let inputs = [3].iter().chain(channels);
    let sizes = inputs.zip(channels).zip(strides);
    sizes
        .map(|((&input, &output), &stride)| {
            Conv2dConfig::new([input, output], [3, 3])
                .with_stride([stride; 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_initializer(Initializer::KaimingNormal {
                    gain: std::f64::consts::SQRT_2,
                    fan_out_only: false,
                })
                .init(device)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;

    #[test]
    fn channels_follow_each_other_and_strides_shrink() {
        let device = Device::flex();
        let mut features = Tensor::<4>::zeros([1, 3, 9, 8], &device);
        let mut shapes = Vec::new();
        for conv in conv_stack(&[4, 6, 5], &[2, 1, 3], &device) {
            features = conv.forward(features);
            shapes.push(features.dims());
        }
        assert_eq!(shapes, [[1, 4, 5, 4], [1, 6, 5, 4], [1, 5, 2, 2]]);
    }

    #[test]
    #[should_panic(expected = "every convolution needs channels and a stride")]
    fn a_missing_stride_is_refused() {
        conv_stack(&[4, 6], &[2], &Device::flex());
    }
}
