use burn::tensor::{Tensor, TensorReadError};
use image::{Rgb, RgbImage};

use crate::{Heatmap, ImageError, Picture, Scaling, View, heatmap::check_size};

/// A signed attribution to every color channel of every pixel, drawn as an image itself.
///
/// This is how gradients, and those of Guided Backpropagation above all, are usually shown: zero
/// is mid-gray, and a channel grows lighter with positive and darker with negative values. Edges
/// that matter stand out like a relief. The colors say to which of red, green and blue the network
/// is sensitive, not what the photo looks like.
///
/// All channels share one [`Scaling`], which has to put zero in the middle. Gradients have a few
/// very large values: `Scaling::SignedPercentile(99.0)` keeps them from turning the rest gray.
///
/// # Example
///
/// ```
/// use backdraft_image::{GradientImage, Scaling};
/// use burn::tensor::{Device, Tensor};
///
/// // One pixel whose red should rise and whose blue should fall.
/// let gradient = Tensor::<3>::from_floats([[[2.0]], [[0.0]], [[-2.0]]], &Device::flex());
/// let picture = GradientImage::from_tensor(gradient)?.render(Scaling::Symmetric)?;
/// assert_eq!(picture.image().get_pixel(0, 0).0, [255, 128, 0]);
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GradientImage {
    /// Red, green and blue, or one for gray.
    channels: Vec<Heatmap>,
}

impl GradientImage {
    /// A gradient image from a tensor of any float type.
    ///
    /// # Shapes
    ///
    /// - tensor: `[3, height, width]` for red, green and blue, or `[1, height, width]` for gray
    ///
    /// # Errors
    ///
    /// When the tensor has another number of channels, no pixels, or values that are NaN or
    /// infinite, or cannot be read from its device.
    pub fn from_tensor(tensor: Tensor<3>) -> Result<Self, ImageError> {
        let shape @ [channels, height, width] = tensor.dims();
        if !matches!(channels, 1 | 3) {
            return Err(ImageError::NotGradientImage { shape });
        }
        check_size(width, height)?;
        let values: Vec<f32> = tensor
            .try_into_data_as::<f32>()?
            .try_into_vec()
            .map_err(TensorReadError::from)?;
        let channels = values
            .chunks_exact(width * height)
            .map(|channel| Heatmap::new(width, height, channel.to_vec()))
            .collect::<Result<_, _>>()?;
        Ok(Self { channels })
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.channels[0].width()
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.channels[0].height()
    }

    /// Draws the image by itself, in its own size.
    ///
    /// An image with the same value everywhere is mid-gray, unless its range is fixed, and
    /// [`Picture::is_flat`] tells.
    ///
    /// # Errors
    ///
    /// When the scaling is invalid or does not put zero in the middle.
    pub fn render(&self, scaling: Scaling) -> Result<Picture, ImageError> {
        let (width, height) = (self.width(), self.height());
        self.draw((width as u32, height as u32), scaling, |map, x, y| {
            map.values()[y as usize * width + x as usize]
        })
    }

    /// Draws the image where it lies in its photo, as large as the photo and mid-gray around the
    /// `view`, so that it lines up with overlays. It is interpolated as in [`Heatmap::resize`].
    ///
    /// # Errors
    ///
    /// Those of [`render`](Self::render).
    pub fn render_in(&self, view: &View, scaling: Scaling) -> Result<Picture, ImageError> {
        self.draw(view.photo_size(), scaling, |map, column, row| {
            view.fraction_at(column, row)
                .map_or(0.0, |(x, y)| map.sample(x, y))
        })
    }

    fn draw(
        &self,
        (width, height): (u32, u32),
        scaling: Scaling,
        value: impl Fn(&Heatmap, u32, u32) -> f32,
    ) -> Result<Picture, ImageError> {
        if !scaling.is_signed() {
            return Err(ImageError::UnsignedScaling { scaling });
        }
        let scale = scaling.fit(&self.stacked()?)?;
        let image = RgbImage::from_fn(width, height, |x, y| {
            Rgb(std::array::from_fn(|color| {
                let channel = &self.channels[color % self.channels.len()];
                level(scale.intensity(value(channel, x, y)))
            }))
        });
        let gray = |intensity| [level(intensity); 3];
        Ok(Picture::with_scale(image, &scale, gray))
    }

    /// All channels below one another, for what they have in common.
    fn stacked(&self) -> Result<Heatmap, ImageError> {
        let values: Vec<f32> = self
            .channels
            .iter()
            .flat_map(Heatmap::values)
            .copied()
            .collect();
        Heatmap::new(self.width(), self.height() * self.channels.len(), values)
    }
}

/// From an intensity of `-1.0..=1.0` to 8 bits, with zero at 128.
fn level(intensity: f32) -> u8 {
    (127.5 + 127.5 * intensity).round() as u8
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};

    use super::*;
    use crate::Photo;

    const GRAY: [u8; 3] = [128; 3];

    fn tensor(shape: [usize; 3], values: &[f32]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    fn gradient(shape: [usize; 3], values: &[f32]) -> GradientImage {
        GradientImage::from_tensor(tensor(shape, values)).unwrap()
    }

    fn colors(picture: &Picture) -> Vec<[u8; 3]> {
        picture.image().pixels().map(|pixel| pixel.0).collect()
    }

    #[test]
    fn zero_is_mid_gray_and_signs_go_either_way() {
        #[rustfmt::skip]
        let gradient = gradient([3, 1, 3], &[
            0.0, 4.0, -2.0,
            0.0, 0.0, -2.0,
            0.0, -4.0, -2.0,
        ]);
        assert_eq!((gradient.width(), gradient.height()), (3, 1));
        let picture = gradient.render(Scaling::Symmetric).unwrap();
        // Half of the range down: 127.5 - 63.75, rounded.
        assert_eq!(colors(&picture), [GRAY, [255, 128, 0], [64; 3]]);
        assert!(!picture.is_flat());
    }

    #[test]
    fn channels_share_one_scale() {
        let picture = gradient([3, 1, 1], &[1.0, 2.0, -4.0])
            .render(Scaling::Symmetric)
            .unwrap();
        assert_eq!(colors(&picture), [[159, 191, 0]]);
    }

    #[test]
    fn one_channel_is_gray() {
        let picture = gradient([1, 2, 1], &[-1.0, 1.0])
            .render(Scaling::Symmetric)
            .unwrap();
        assert_eq!(colors(&picture), [[0; 3], [255; 3]]);
        assert_eq!(picture.image().dimensions(), (1, 2));
    }

    #[test]
    fn percentiles_clip_the_outliers_of_all_channels() {
        // Of the absolute values 0, 1, 1, 2, 2, 100 the 80th percentile is 2.
        let gradient = gradient([3, 1, 2], &[1.0, 2.0, -1.0, -2.0, 0.0, 100.0]);
        let picture = gradient.render(Scaling::SignedPercentile(80.0)).unwrap();
        assert_eq!(colors(&picture), [[191, 64, 128], [255, 0, 255]]);
    }

    #[test]
    fn around_the_view_is_gray() {
        let photo = Photo::from_image(RgbImage::new(6, 3)).unwrap();
        let view = View::new(&photo, 1.0, 1.0, 4.0, 2.0).unwrap();
        let picture = gradient([1, 1, 2], &[-1.0, 1.0])
            .render_in(&view, Scaling::Symmetric)
            .unwrap();
        let levels: Vec<u8> = colors(&picture).iter().map(|color| color[0]).collect();
        // -1, -0.5, 0.5 and 1, and zero around.
        #[rustfmt::skip]
        let expected = [
            128, 128, 128, 128, 128, 128,
            128, 0, 64, 191, 255, 128,
            128, 0, 64, 191, 255, 128,
        ];
        assert_eq!(levels, expected);
    }

    #[test]
    fn a_flat_image_is_gray_and_flagged() {
        for value in [0.0, 3.0] {
            let gradient = gradient([3, 1, 2], &[value; 6]);
            let picture = gradient.render(Scaling::SignedPercentile(99.0)).unwrap();
            assert_eq!(colors(&picture), [GRAY; 2]);
            assert!(picture.is_flat());
        }
    }

    #[test]
    fn any_float_type_is_read() {
        let expected = gradient([3, 1, 1], &[1.0, -0.5, 0.25]);
        let double = tensor([3, 1, 1], &[1.0, -0.5, 0.25]).cast(DType::F64);
        assert_eq!(GradientImage::from_tensor(double).unwrap(), expected);
    }

    #[test]
    fn a_scaling_that_moves_zero_is_refused() {
        let gradient = gradient([1, 1, 2], &[-1.0, 1.0]);
        for scaling in [Scaling::MinMax, Scaling::Percentile(99.0)] {
            let error = gradient.render(scaling).unwrap_err();
            assert!(
                matches!(error, ImageError::UnsignedScaling { .. }),
                "{error}"
            );
        }
        let error = gradient.render(Scaling::SignedPercentile(0.0)).unwrap_err();
        assert!(matches!(error, ImageError::InvalidPercentile { .. }));
    }

    #[test]
    fn other_shapes_are_refused() {
        for channels in [0, 2, 4] {
            let error =
                GradientImage::from_tensor(Tensor::zeros([channels, 2, 2], &Device::flex()))
                    .unwrap_err();
            assert!(
                matches!(error, ImageError::NotGradientImage { shape: [found, 2, 2] } if found == channels)
            );
        }
        for shape in [[3, 0, 2], [3, 2, 0]] {
            let error = GradientImage::from_tensor(Tensor::zeros(shape, &Device::flex()));
            assert!(matches!(error, Err(ImageError::EmptyHeatmap { .. })));
        }
    }

    #[test]
    fn values_without_a_color_are_located_in_their_channel() {
        let values = [0.0, 0.0, 0.0, f32::NAN, 0.0, 0.0];
        let error = GradientImage::from_tensor(tensor([3, 2, 1], &values)).unwrap_err();
        assert!(matches!(
            error,
            ImageError::NonFiniteHeatmap {
                count: 1,
                x: 0,
                y: 1,
                ..
            }
        ));
    }
}
