use std::{fmt, path::Path};

use burn::tensor::{Device, Tensor, TensorData};
use image::{DynamicImage, GrayImage, ImageBuffer, Luma, LumaA};

use crate::decode::mixed_with_white;
use crate::scale::check_range;
use crate::{ImageError, Photo, decode};

/// One channel of 16 bits.
pub(crate) type Gray16Image = ImageBuffer<Luma<u16>, Vec<u16>>;

/// A picture of one channel in its whole depth, 8 or 16 bits: X-rays, microscopy, depth maps.
///
/// A [`Photo`] has 8 bits a color, which would throw away 255 of every 256 levels of such a picture. Here black is 0 and
/// the brightest value of the format is 1, whatever the depth: 255 of 8 bits, 65,535 of 16. A camera of 12 bits
/// whose values are stored as they are in 16 is never brighter than 0.0625.
///
/// Read from the formats and in the way that a photo is: upright, over white where it is transparent.
///
/// # Example
///
/// ```
/// use backdraft_image::{GrayPhoto, Heatmap, Normalization, Preprocess};
/// use backdraft_image::{ImageBuffer, Luma};
/// use burn::tensor::Device;
///
/// // A made-up scan; yours comes from `GrayPhoto::open("scan.png")?`.
/// let pixels = ImageBuffer::from_fn(300, 200, |x, y| Luma([(x * y) as u16]));
/// let scan = GrayPhoto::from_image(pixels)?;
///
/// // As it is, or resized, cropped and normalized as the network was trained.
/// let device = Device::flex();
/// assert_eq!(scan.tensor(&device).dims(), [1, 1, 200, 300]);
/// let preprocess = Preprocess::new(Normalization::custom([0.5], [0.25])?);
/// assert_eq!(preprocess.tensor(&scan, &device)?.dims(), [1, 1, 224, 224]);
///
/// // Maps are laid over the scan as it is drawn.
/// let photo = scan.photo();
/// let map = Heatmap::new(2, 2, vec![0.0, 1.0, 0.5, 0.0])?;
/// let picture = map.overlay(&photo).with_view(preprocess.view(&photo)?).render()?;
/// assert_eq!(picture.image().dimensions(), (300, 200));
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct GrayPhoto {
    pixels: Gray16Image,
}

impl GrayPhoto {
    /// Reads a file in one of the formats of a [`Photo`].
    ///
    /// # Errors
    ///
    /// As for [`Photo::open`], and [`ImageError::NotGray`] when the picture has colors.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        let (image, origin) = decode::open(path.as_ref())?;
        Self::of(image, &origin)
    }

    /// Decodes the content of a file.
    ///
    /// # Errors
    ///
    /// When the bytes are not a picture, damaged or cut off, or have colors.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        let origin = "the given data";
        Self::of(decode::decode(bytes, origin)?, origin)
    }

    /// Takes a picture that is already in memory, such as a [`GrayImage`].
    ///
    /// # Errors
    ///
    /// When the picture has no pixels, or has colors.
    pub fn from_image(image: impl Into<DynamicImage>) -> Result<Self, ImageError> {
        Self::of(image.into(), "the given picture")
    }

    fn of(image: DynamicImage, origin: &str) -> Result<Self, ImageError> {
        decode::check_size(&image)?;
        let color = image.color();
        if color.has_color() {
            return Err(ImageError::NotGray {
                origin: origin.into(),
                color: format!("{color:?}"),
            });
        }
        let pixels = if color.has_alpha() {
            over_white(&image.into_luma_alpha16())
        } else {
            image.into_luma16()
        };
        Ok(Self { pixels })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// The pixels, row by row from the top, with 65,535 for 1; a value of 8 bits is multiplied by 257.
    pub fn pixels(&self) -> &Gray16Image {
        &self.pixels
    }

    /// The whole picture, values from 0 to 1.
    ///
    /// # Shapes
    ///
    /// - output: `[1, 1, height, width]`
    pub fn tensor(&self, device: &Device) -> Tensor<4> {
        let shape = [1, 1, self.height() as usize, self.width() as usize];
        Tensor::from_data(TensorData::new(self.values(), shape), device)
    }

    /// The picture as it is drawn, in gray of 8 bits, for maps to lie on.
    pub fn photo(&self) -> Photo {
        self.drawn(0.0, 1.0)
    }

    /// The same with another range of values from black to white; what lies outside is black or white. For pictures
    /// that use little of their depth, which are almost black otherwise.
    ///
    /// # Errors
    ///
    /// [`ImageError::InvalidRange`] when the ends are not finite, or the first is not the smaller.
    pub fn photo_between(&self, black: f32, white: f32) -> Result<Photo, ImageError> {
        check_range(black, white)?;
        Ok(self.drawn(black, white))
    }

    fn drawn(&self, black: f32, white: f32) -> Photo {
        let level = |value: f32| {
            let share = (value - black) / (white - black);
            (255.0 * share.clamp(0.0, 1.0)).round() as u8
        };
        let levels = self.values().into_iter().map(level).collect();
        let drawn = GrayImage::from_vec(self.width(), self.height(), levels);
        Photo::from_image(drawn.expect("a picture has its own number of pixels"))
            .expect("a picture with pixels is a photo")
    }

    /// From 0 to 1, row by row from the top.
    pub(crate) fn values(&self) -> Vec<f32> {
        let value = |&level: &u16| f32::from(level) / f32::from(u16::MAX);
        self.pixels.iter().map(value).collect()
    }

    /// Another picture of the same kind, which has pixels.
    pub(crate) fn from_pixels(pixels: Gray16Image) -> Self {
        Self { pixels }
    }
}

impl fmt::Debug for GrayPhoto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrayPhoto({} x {})", self.width(), self.height())
    }
}

fn over_white(image: &ImageBuffer<LumaA<u16>, Vec<u16>>) -> Gray16Image {
    Gray16Image::from_fn(image.width(), image.height(), |x, y| {
        let LumaA([level, alpha]) = *image.get_pixel(x, y);
        Luma([mixed_with_white(level.into(), alpha.into(), u16::MAX.into()) as u16])
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{GrayAlphaImage, ImageFormat, RgbImage};

    use super::*;
    use crate::{Heatmap, Scaling};

    fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// 3 x 2 pixels whose levels are a step of 1 in 65,535 apart, and the ends.
    fn deep() -> Gray16Image {
        Gray16Image::from_vec(3, 2, vec![0, 1, 2, 30_000, 30_001, 65_535]).unwrap()
    }

    fn read(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn sixteen_bits_come_back_step_by_step() {
        for format in [ImageFormat::Png, ImageFormat::Tiff] {
            let photo = GrayPhoto::decode(&encoded(deep(), format)).unwrap();
            assert_eq!(photo.pixels(), &deep(), "{format:?}");
            let tensor = photo.tensor(&Device::flex());
            assert_eq!(tensor.dims(), [1, 1, 2, 3]);
            let expected = [0.0, 1.0, 2.0, 30_000.0, 30_001.0, 65_535.0].map(|v| v / 65_535.0);
            assert_eq!(read(tensor), expected, "{format:?}");
        }
    }

    #[test]
    fn eight_bits_are_the_same_values_as_in_a_photo() {
        let gray = GrayImage::from_fn(256, 1, |x, _| Luma([x as u8]));
        let expected: Vec<f32> = (0_u8..=255).map(|v| f32::from(v) / 255.0).collect();
        for format in [ImageFormat::Png, ImageFormat::Tiff] {
            let photo = GrayPhoto::decode(&encoded(gray.clone(), format)).unwrap();
            assert_eq!(read(photo.tensor(&Device::flex())), expected, "{format:?}");
        }
    }

    #[test]
    fn a_file_is_read_and_named() {
        let name = format!("backdraft-gray-{}.png", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, encoded(deep(), ImageFormat::Png)).unwrap();
        let photo = GrayPhoto::open(&path);
        std::fs::write(&path, encoded(RgbImage::new(2, 1), ImageFormat::Png)).unwrap();
        let colored = GrayPhoto::open(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(photo.unwrap().pixels(), &deep());
        let text = colored.unwrap_err().to_string();
        assert!(
            text.contains("backdraft-gray") && text.contains("Rgb8"),
            "{text}"
        );
        assert!(matches!(
            GrayPhoto::open("no/such/scan.png"),
            Err(ImageError::PhotoNotFound { .. })
        ));
    }

    #[test]
    fn transparency_is_laid_over_white() {
        let pixels = GrayAlphaImage::from_vec(3, 1, vec![100, 255, 100, 0, 100, 51]).unwrap();
        let photo = GrayPhoto::from_image(pixels).unwrap();
        let values = photo
            .values()
            .into_iter()
            .map(|value| (value * 255.0).round());
        // A fifth of the gray, four fifths of white.
        assert_eq!(values.collect::<Vec<_>>(), [100.0, 255.0, 224.0]);
    }

    #[test]
    fn it_is_drawn_in_eight_bits_or_in_a_window() {
        let levels = |photo: &Photo| -> Vec<u8> {
            let pixels = photo.pixels().pixels();
            pixels.map(|pixel| pixel.0[0]).collect()
        };
        let photo = GrayPhoto::from_image(deep()).unwrap();
        assert_eq!(levels(&photo.photo()), [0, 0, 0, 117, 117, 255]);
        let narrow = photo.photo_between(0.0, 2.0 / 65_535.0).unwrap();
        assert_eq!(levels(&narrow), [0, 128, 255, 255, 255, 255]);
        for (black, white) in [(0.5, 0.5), (1.0, 0.0), (f32::NAN, 1.0)] {
            assert!(matches!(
                photo.photo_between(black, white),
                Err(ImageError::InvalidRange { .. })
            ));
        }
    }

    #[test]
    fn maps_lie_on_it() {
        let photo = GrayPhoto::from_image(deep()).unwrap().photo();
        let map = Heatmap::new(3, 2, vec![0.0, 0.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
        let overlay = map
            .overlay(&photo)
            .with_scaling(Scaling::MinMax)
            .with_alpha(1.0);
        let picture = overlay.render().unwrap();
        assert_eq!(picture.image().get_pixel(0, 1).0, [117; 3]);
        assert_eq!(picture.image().get_pixel(2, 1).0, [252, 255, 164]);
    }

    #[test]
    fn no_pixels_is_an_error() {
        assert!(matches!(
            GrayPhoto::from_image(GrayImage::new(0, 5)),
            Err(ImageError::EmptyPhoto {
                width: 0,
                height: 5
            })
        ));
    }
}
