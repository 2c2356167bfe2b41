use burn::tensor::Tensor;

use crate::ImageError;

/// How a network wants its pixels: `(pixel - mean) / std` per channel.
///
/// Pixel values, means and standard deviations are in units of `0.0..=1.0`, red, green and blue
/// in this order; a `Normalization<1>` is for pictures of [one channel](crate::GrayPhoto). After normalization black is *not* zero: see [`value_of`](Self::value_of).
///
/// # Example
///
/// ```
/// use backdraft_image::Normalization;
///
/// let black = Normalization::efficientnet_lite().value_of([0.0; 3]);
/// assert!((black[0] + 127.0 / 128.0).abs() < 1e-6);
///
/// let gray: Normalization<1> = Normalization::custom([0.5], [0.25])?;
/// assert_eq!(gray.value_of([1.0]), [2.0]);
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalization<const C: usize = 3> {
    mean: [f32; C],
    std: [f32; C],
}

impl Normalization {
    /// Mean and standard deviation of the `ImageNet` photos, as most networks trained on them
    /// expect: mean `[0.485, 0.456, 0.406]`, standard deviation `[0.229, 0.224, 0.225]`.
    pub fn imagenet() -> Self {
        Self {
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225],
        }
    }

    /// What `EfficientNet`-Lite expects: `(p - 127) / 128` for pixels `p` of `0..=255`.
    pub fn efficientnet_lite() -> Self {
        Self {
            mean: [127.0 / 255.0; 3],
            std: [128.0 / 255.0; 3],
        }
    }
}

impl<const C: usize> Normalization<C> {
    /// Any mean and standard deviation per channel, in units of `0.0..=1.0`.
    ///
    /// # Errors
    ///
    /// When a value is not finite, or a standard deviation is not above zero.
    pub fn custom(mean: [f32; C], std: [f32; C]) -> Result<Self, ImageError> {
        for (channel, (mean, std)) in mean.into_iter().zip(std).enumerate() {
            if !mean.is_finite() || !std.is_finite() || std <= 0.0 {
                return Err(ImageError::InvalidNormalization { channel, mean, std });
            }
        }
        Ok(Self { mean, std })
    }

    /// Mean per channel, in units of `0.0..=1.0`.
    pub fn mean(&self) -> [f32; C] {
        self.mean
    }

    /// Standard deviation per channel, in units of `0.0..=1.0`.
    pub fn std(&self) -> [f32; C] {
        self.std
    }

    /// From pixel values of `0.0..=1.0` to what the network expects.
    ///
    /// # Shapes
    ///
    /// - input and output: `[batch, channels, height, width]`
    ///
    /// # Errors
    ///
    /// When there are not as many channels.
    pub fn normalize(&self, pixels: Tensor<4>) -> Result<Tensor<4>, ImageError> {
        let mean = per_channel(self.mean, &pixels)?;
        let std = per_channel(self.std, &pixels)?;
        Ok((pixels - mean) / std)
    }

    /// From what the network expects back to pixel values: the inverse of
    /// [`normalize`](Self::normalize).
    ///
    /// # Shapes
    ///
    /// - input and output: `[batch, channels, height, width]`
    ///
    /// # Errors
    ///
    /// When there are not as many channels.
    pub fn denormalize(&self, values: Tensor<4>) -> Result<Tensor<4>, ImageError> {
        let mean = per_channel(self.mean, &values)?;
        let std = per_channel(self.std, &values)?;
        Ok(values * std + mean)
    }

    /// What one color, given as red, green and blue of `0.0..=1.0`, or one gray is to the network.
    ///
    /// This is how to build a baseline that means something to a person: black is
    /// `value_of([0.0; 3])`, white `value_of([1.0; 3])`.
    pub fn value_of(&self, color: [f32; C]) -> [f32; C] {
        std::array::from_fn(|channel| (color[channel] - self.mean[channel]) / self.std[channel])
    }
}

/// A number for each channel as a tensor that broadcasts over `pictures`.
fn per_channel<const C: usize>(
    values: [f32; C],
    pictures: &Tensor<4>,
) -> Result<Tensor<4>, ImageError> {
    let shape = pictures.dims();
    if shape[1] != C {
        return Err(ImageError::WrongChannels { channels: C, shape });
    }
    let values = Tensor::<1>::from_floats(values, &pictures.device()).cast(pictures.dtype());
    Ok(values.reshape([1, C, 1, 1]))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use burn::tensor::Device;

    use super::*;

    fn read(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// One picture, one row, two pixels: black and white.
    fn black_and_white() -> Tensor<4> {
        Tensor::<1>::from_floats([0.0, 1.0, 0.0, 1.0, 0.0, 1.0], &Device::flex())
            .reshape([1, 3, 1, 2])
    }

    #[test]
    fn each_channel_has_its_own_mean_and_deviation() {
        let normalization = Normalization::custom([0.5, 0.25, 0.0], [0.5, 0.25, 2.0]).unwrap();
        let values = read(normalization.normalize(black_and_white()).unwrap());
        assert_eq!(values, [-1.0, 1.0, -1.0, 3.0, 0.0, 0.5]);
    }

    #[test]
    fn efficientnet_lite_is_127_and_128() {
        let values = read(
            Normalization::efficientnet_lite()
                .normalize(black_and_white())
                .unwrap(),
        );
        assert_relative_eq!(values[0], -127.0 / 128.0, epsilon = 1e-6);
        assert_relative_eq!(values[1], 1.0, epsilon = 1e-6);
    }

    #[test]
    fn denormalize_undoes_normalize() {
        let normalization = Normalization::imagenet();
        let there = normalization.normalize(black_and_white()).unwrap();
        let back = read(normalization.denormalize(there).unwrap());
        for (found, expected) in back.into_iter().zip(read(black_and_white())) {
            assert_relative_eq!(found, expected, epsilon = 1e-6);
        }
    }

    #[test]
    fn a_color_has_the_value_of_a_pixel_of_that_color() {
        let normalization = Normalization::imagenet();
        let black = normalization.value_of([0.0; 3]);
        let pixels = read(normalization.normalize(black_and_white()).unwrap());
        assert_eq!(black, [pixels[0], pixels[2], pixels[4]]);
        assert_relative_eq!(black[0], -0.485 / 0.229, epsilon = 1e-6);
    }

    #[test]
    fn a_deviation_that_cannot_be_divided_by_is_refused() {
        for bad in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            let error = Normalization::custom([0.0; 3], [1.0, bad, 1.0]).unwrap_err();
            assert!(matches!(
                error,
                ImageError::InvalidNormalization { channel: 1, .. }
            ));
        }
        assert!(Normalization::custom([f32::NAN, 0.0, 0.0], [1.0; 3]).is_err());
    }

    #[test]
    fn a_picture_without_three_channels_is_refused() {
        let gray = Tensor::<4>::zeros([2, 1, 4, 4], &Device::flex());
        let error = Normalization::imagenet().normalize(gray).unwrap_err();
        assert!(matches!(
            error,
            ImageError::WrongChannels {
                channels: 3,
                shape: [2, 1, 4, 4]
            }
        ));
        assert_eq!(
            error.to_string(),
            "expected pictures of shape [batch, 3, height, width], found [2, 1, 4, 4]"
        );
    }

    #[test]
    fn one_channel_has_one_mean_and_deviation() {
        let gray = Normalization::custom([0.5], [0.25]).unwrap();
        let pixels = Tensor::<4>::from_data([[[[0.0, 0.5, 1.0]]]], &Device::flex());
        let values = gray.normalize(pixels.clone()).unwrap();
        assert_eq!(read(values.clone()), [-2.0, 0.0, 2.0]);
        assert_eq!(read(gray.denormalize(values).unwrap()), read(pixels));
        let error = gray.normalize(black_and_white()).unwrap_err().to_string();
        assert!(error.contains("[batch, 1, height, width]"), "{error}");
    }
}
