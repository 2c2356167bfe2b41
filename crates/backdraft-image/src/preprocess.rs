use burn::tensor::{Device, Tensor, TensorData};
use image::imageops::{self, FilterType};
use image::{ImageBuffer, Pixel};
use rayon::prelude::*;

use crate::{GrayPhoto, ImageError, Normalization, Photo, View};

/// The most pixels a photo's longer side may have after resizing: with a shorter side of 256, the
/// work space is then at most 130 MB.
const LONGEST_SIDE: u32 = 32_768;
/// Rows that are resized at a time.
const BAND: u32 = 64;
/// How many rows up and down a filter looks where the height stays as it is.
const REACH: u32 = 4;

/// From a photo to the input of a network: resize, crop the center, normalize.
///
/// The shorter side is resized to `resize` pixels and the longer one in proportion, rounded to
/// the nearest pixel. Then the central square of `crop` pixels is cut out; if the rest cannot be
/// split evenly, half a pixel is rounded to even. Then [`Normalization`] is applied.
///
/// The default is the usual evaluation pipeline in Python, and gives the same pixels as PIL's
/// `resize` with `BICUBIC` up to single steps of 1 in 255. Like there, filters are widened when a
/// photo shrinks, so that fine patterns do not alias. (torchvision's `Resize` rounds the longer
/// side down: there the crop may be one column off.)
///
/// A [`Normalization`] of three channels makes tensors of [`Photo`]s, one of a single channel tensors of
/// [`GrayPhoto`]s, which keep their depth.
///
/// | option | default |
/// |---|---|
/// | [`with_resize`](Self::with_resize) | 256 |
/// | [`with_crop`](Self::with_crop) | 224 |
/// | [`with_filter`](Self::with_filter) | [`FilterType::CatmullRom`] |
///
/// # Example
///
/// ```
/// use backdraft_image::{Normalization, Photo, Preprocess, RgbImage};
/// use burn::tensor::Device;
///
/// let photo = Photo::from_image(RgbImage::new(451, 300))?;
/// let preprocess = Preprocess::new(Normalization::imagenet());
///
/// let input = preprocess.tensor(&photo, &Device::flex())?;
/// assert_eq!(input.dims(), [1, 3, 224, 224]);
///
/// // The network saw 262.5 of the photo's 300 rows.
/// assert_eq!(preprocess.view(&photo)?.height(), 262.5);
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preprocess<const C: usize = 3> {
    resize: u32,
    crop: u32,
    filter: FilterType,
    normalization: Normalization<C>,
}

impl<const C: usize> Preprocess<C> {
    /// The usual 224 pixels out of 256, with the normalization that the network was trained with.
    pub fn new(normalization: Normalization<C>) -> Self {
        Self {
            resize: 256,
            crop: 224,
            filter: FilterType::CatmullRom,
            normalization,
        }
    }

    /// Sets the length of the shorter side after resizing, in pixels.
    #[must_use]
    pub fn with_resize(mut self, shorter_side: u32) -> Self {
        self.resize = shorter_side;
        self
    }

    /// Sets the side of the central square that the network sees, in pixels after resizing.
    #[must_use]
    pub fn with_crop(mut self, side: u32) -> Self {
        self.crop = side;
        self
    }

    /// Sets the filter that photos are resized with.
    #[must_use]
    pub fn with_filter(mut self, filter: FilterType) -> Self {
        self.filter = filter;
        self
    }

    /// The normalization, for baselines and for turning inputs back into pixels.
    pub fn normalization(&self) -> &Normalization<C> {
        &self.normalization
    }

    /// Where the part that the network sees lies in the photo. For a [`GrayPhoto`] pass the photo that it is
    /// [drawn](GrayPhoto::photo) as.
    ///
    /// # Errors
    ///
    /// When the crop is zero or larger than the resized photo, or the photo is far too elongated.
    pub fn view(&self, photo: &Photo) -> Result<View, ImageError> {
        let frame = self.frame((photo.width(), photo.height()))?;
        // Rounding the longer side stretches the photo a little: the two scales differ.
        let across = f64::from(photo.width()) / f64::from(frame.width);
        let down = f64::from(photo.height()) / f64::from(frame.height);
        View::new(
            photo,
            f64::from(frame.left) * across,
            f64::from(frame.top) * down,
            f64::from(self.crop) * across,
            f64::from(self.crop) * down,
        )
    }

    fn frame(&self, (width, height): (u32, u32)) -> Result<Frame, ImageError> {
        let Self { resize, crop, .. } = *self;
        if crop == 0 || crop > resize {
            return Err(ImageError::InvalidCrop { resize, crop });
        }
        let scale = f64::from(resize) / f64::from(width.min(height));
        let resized = |side: u32| (f64::from(side) * scale).round() as u32;
        let frame = Frame {
            left: margin(resized(width), crop),
            top: margin(resized(height), crop),
            width: resized(width),
            height: resized(height),
        };
        if frame.width.max(frame.height) > LONGEST_SIDE {
            return Err(ImageError::PhotoTooElongated {
                width,
                height,
                resize,
                limit: LONGEST_SIDE,
            });
        }
        Ok(frame)
    }

    /// The part that the network sees, resized.
    fn seen<P: SharedPixel>(&self, pixels: &Pixels<P>) -> Result<Pixels<P>, ImageError> {
        let frame = self.frame(pixels.dimensions())?;
        // Across first and then down, each rounded to the pixels' own depth: PIL's order, hence PIL's pixels.
        let resized = resize_across(pixels, frame.width, self.filter);
        let resized = imageops::resize(&resized, frame.width, frame.height, self.filter);
        let crop = imageops::crop_imm(&resized, frame.left, frame.top, self.crop, self.crop);
        Ok(crop.to_image())
    }

    /// The input of a network from values of `0.0..=1.0`, channel by channel and row by row.
    fn stacked(
        &self,
        pictures: impl IntoIterator<Item = Result<Vec<f32>, ImageError>>,
        device: &Device,
    ) -> Result<Tensor<4>, ImageError> {
        let (mut values, mut count) = (Vec::new(), 0);
        for picture in pictures {
            values.extend(picture?);
            count += 1;
        }
        if count == 0 {
            return Err(ImageError::EmptyBatch);
        }
        let side = self.crop as usize;
        let data = TensorData::new(values, [count, C, side, side]);
        self.normalization
            .normalize(Tensor::from_data(data, device))
    }
}

impl Preprocess {
    /// The network's input for one photo, of shape `[1, 3, crop, crop]`.
    ///
    /// # Errors
    ///
    /// When the crop is zero or larger than the resized photo, or the photo is far too elongated.
    pub fn tensor(&self, photo: &Photo, device: &Device) -> Result<Tensor<4>, ImageError> {
        self.batch([photo], device)
    }

    /// The network's input for several photos, of shape `[photos, 3, crop, crop]`. The photos may
    /// differ in size.
    ///
    /// # Errors
    ///
    /// Those of [`tensor`](Self::tensor), and when there are no photos.
    pub fn batch<'a>(
        &self,
        photos: impl IntoIterator<Item = &'a Photo>,
        device: &Device,
    ) -> Result<Tensor<4>, ImageError> {
        let values = |photo: &Photo| -> Result<Vec<f32>, ImageError> {
            let seen = self.seen(photo.pixels())?;
            let channel = |channel: usize| seen.pixels().map(move |pixel| pixel[channel]);
            let levels = (0..3).flat_map(channel);
            Ok(levels.map(|level| f32::from(level) / 255.0).collect())
        };
        self.stacked(photos.into_iter().map(values), device)
    }

    /// The part of the photo that the network sees, resized, as a photo of `crop x crop` pixels.
    ///
    /// # Errors
    ///
    /// Those of [`tensor`](Self::tensor).
    pub fn crop(&self, photo: &Photo) -> Result<Photo, ImageError> {
        Photo::from_image(self.seen(photo.pixels())?)
    }
}

impl Preprocess<1> {
    /// The network's input for one photo, of shape `[1, 1, crop, crop]`.
    ///
    /// # Errors
    ///
    /// When the crop is zero or larger than the resized photo, or the photo is far too elongated.
    pub fn tensor(&self, photo: &GrayPhoto, device: &Device) -> Result<Tensor<4>, ImageError> {
        self.batch([photo], device)
    }

    /// The network's input for several photos, of shape `[photos, 1, crop, crop]`. The photos may
    /// differ in size.
    ///
    /// # Errors
    ///
    /// Those of [`tensor`](Self::tensor), and when there are no photos.
    pub fn batch<'a>(
        &self,
        photos: impl IntoIterator<Item = &'a GrayPhoto>,
        device: &Device,
    ) -> Result<Tensor<4>, ImageError> {
        let values =
            |photo: &GrayPhoto| -> Result<Vec<f32>, ImageError> { Ok(self.crop(photo)?.values()) };
        self.stacked(photos.into_iter().map(values), device)
    }

    /// The part of the photo that the network sees, resized, as a photo of `crop x crop` pixels.
    ///
    /// # Errors
    ///
    /// Those of [`tensor`](Self::tensor).
    pub fn crop(&self, photo: &GrayPhoto) -> Result<GrayPhoto, ImageError> {
        Ok(GrayPhoto::from_pixels(self.seen(photo.pixels())?))
    }
}

/// Pixels row by row, of any depth.
type Pixels<P> = ImageBuffer<P, Vec<<P as Pixel>::Subpixel>>;

/// A pixel that threads can share.
trait SharedPixel: Pixel<Subpixel: Send + Sync> + Send + Sync + 'static {}

impl<P: Pixel<Subpixel: Send + Sync> + Send + Sync + 'static> SharedPixel for P {}

/// A photo's size after resizing, and the corner of the crop in it, in pixels.
struct Frame {
    width: u32,
    height: u32,
    left: u32,
    top: u32,
}

/// The picture in another width, pixel by pixel what `imageops::resize` makes of it, which would hold all of a large
/// picture in floats.
fn resize_across<P: SharedPixel>(image: &Pixels<P>, width: u32, filter: FilterType) -> Pixels<P> {
    let mut resized = Pixels::<P>::new(width, image.height());
    let row = usize::from(P::CHANNEL_COUNT) * width as usize;
    resized
        .par_chunks_mut(row * BAND as usize)
        .zip((0..image.height()).into_par_iter().step_by(BAND as usize))
        .for_each(|(band, top)| {
            let start = top.saturating_sub(REACH);
            let end = (top + BAND + REACH).min(image.height());
            let rows = imageops::crop_imm(image, 0, start, image.width(), end - start);
            let rows = imageops::resize(&*rows, width, end - start, filter);
            let above = row * (top - start) as usize;
            band.copy_from_slice(&rows.as_raw()[above..above + band.len()]);
        });
    resized
}

/// What is left on one side of a centered crop.
fn margin(side: u32, crop: u32) -> u32 {
    (f64::from(side - crop) / 2.0).round_ties_even() as u32
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use image::{Luma, Rgb, RgbImage};

    use super::*;
    use crate::gray_photo::Gray16Image;

    fn photo(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Photo {
        Photo::from_image(RgbImage::from_fn(width, height, |x, y| Rgb(color(x, y)))).unwrap()
    }

    fn raw() -> Preprocess {
        Preprocess::new(Normalization::custom([0.0; 3], [1.0; 3]).unwrap())
    }

    fn read(tensor: Tensor<4>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn scan(width: u32, height: u32, level: impl Fn(u32, u32) -> u16) -> GrayPhoto {
        let pixels = Gray16Image::from_fn(width, height, |x, y| Luma([level(x, y)]));
        GrayPhoto::from_image(pixels).unwrap()
    }

    fn raw_gray() -> Preprocess<1> {
        Preprocess::new(Normalization::custom([0.0], [1.0]).unwrap())
    }

    #[test]
    fn one_channel_keeps_its_depth() {
        let device = Device::flex();
        let scan = scan(4, 3, |x, y| 40_000 + (x + 4 * y) as u16);
        let whole = raw_gray().with_resize(3).with_crop(3);
        let input = whole.tensor(&scan, &device).unwrap();
        assert_eq!(input.dims(), [1, 1, 3, 3]);
        // Half a column is cut off on either side, rounded to none on the left.
        let expected = [0, 1, 2, 4, 5, 6, 8, 9, 10].map(|step| (40_000 + step) as f32 / 65_535.0);
        assert_eq!(read(input), expected);
        let normalized = Preprocess::new(Normalization::custom([0.5], [0.25]).unwrap());
        let normalized = normalized
            .with_resize(3)
            .with_crop(3)
            .batch([&scan, &scan], &device);
        let normalized = normalized.unwrap();
        assert_eq!(normalized.dims(), [2, 1, 3, 3]);
        assert_relative_eq!(
            read(normalized)[0],
            (expected[0] - 0.5) / 0.25,
            epsilon = 1e-6
        );
    }

    #[test]
    fn sixteen_bits_are_resized_as_eight_are() {
        // Levels 0, 1024, 2048, ... halved: away from the border, each new pixel is midway of two.
        let scan = scan(48, 48, |x, _| 1024 * x as u16);
        let seen = raw_gray()
            .with_resize(24)
            .with_crop(16)
            .crop(&scan)
            .unwrap();
        for column in 0..16 {
            let expected = 512 + 2048 * (column as u16 + 4);
            assert_eq!(seen.pixels().get_pixel(column, 0).0, [expected]);
        }
        let view = raw_gray()
            .with_resize(24)
            .with_crop(16)
            .view(&scan.photo())
            .unwrap();
        assert_eq!((view.x(), view.width()), (8.0, 32.0));
    }

    #[test]
    fn channels_come_first_and_rows_from_the_top() {
        let photo = photo(2, 2, |x, y| [(x + 2 * y) as u8, 100, 255]);
        let input = raw()
            .with_resize(2)
            .with_crop(2)
            .tensor(&photo, &Device::flex())
            .unwrap();
        assert_eq!(input.dims(), [1, 3, 2, 2]);
        let expected = [
            0., 1., 2., 3., 100., 100., 100., 100., 255., 255., 255., 255.,
        ]
        .map(|v| v / 255.0);
        assert_eq!(read(input), expected);
    }

    #[test]
    fn one_color_stays_that_color() {
        let photo = photo(451, 300, |_, _| [255, 0, 51]);
        let normalization = Normalization::imagenet();
        let input = read(
            Preprocess::new(normalization)
                .tensor(&photo, &Device::flex())
                .unwrap(),
        );
        let expected = normalization.value_of([1.0, 0.0, 0.2]);
        for (channel, plane) in input.chunks(224 * 224).enumerate() {
            for value in plane {
                assert_relative_eq!(*value, expected[channel], epsilon = 1e-5);
            }
        }
    }

    #[test]
    fn shrinking_a_ramp_to_half_averages_its_steps() {
        // Pixels 0, 4, 8, ... halved: away from the border, each new pixel is midway of two.
        let photo = photo(48, 48, |x, _| [4 * x as u8; 3]);
        let seen = raw().with_resize(24).with_crop(16).crop(&photo).unwrap();
        for column in 0..16 {
            let expected = 2 + 8 * (column as u8 + 4);
            assert_eq!(seen.pixels().get_pixel(column, 0).0, [expected; 3]);
        }
    }

    #[test]
    fn bands_of_a_photo_are_resized_as_the_whole() {
        let noise = |x: u32, y: u32| {
            let hash = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
            [(hash >> 8) as u8, (hash >> 16) as u8, (hash >> 24) as u8]
        };
        for (width, height) in [(97, 300), (40, 64), (31, 65), (200, 5)] {
            let photo = photo(width, height, noise);
            for filter in [
                FilterType::Nearest,
                FilterType::Triangle,
                FilterType::CatmullRom,
                FilterType::Gaussian,
                FilterType::Lanczos3,
            ] {
                for to in [13, width, 123] {
                    let whole = imageops::resize(photo.pixels(), to, height, filter);
                    let bands = resize_across(photo.pixels(), to, filter);
                    assert!(bands == whole, "{width} x {height} to {to}, {filter:?}");
                }
            }
        }
    }

    #[test]
    fn a_photo_in_landscape_loses_its_sides() {
        // 451 x 300 becomes 385 x 256 (384.85 rounded); of the 161 columns left, 80 are cut on
        // the left.
        let photo = photo(451, 300, |_, _| [0; 3]);
        let view = raw().view(&photo).unwrap();
        assert_relative_eq!(view.x(), 80.0 * 451.0 / 385.0);
        assert_relative_eq!(view.width(), 224.0 * 451.0 / 385.0);
        assert_relative_eq!(view.y(), 16.0 * 300.0 / 256.0);
        assert_relative_eq!(view.height(), 262.5);
        assert_eq!(view.photo_size(), (451, 300));
    }

    #[test]
    fn what_the_network_sees_is_where_the_view_says() {
        // A white square of 20 pixels around (130, 70) on black, in a photo that is enlarged.
        let photo = photo(200, 120, |x, y| {
            [if (120..140).contains(&x) && (60..80).contains(&y) {
                255
            } else {
                0
            }; 3]
        });
        let preprocess = Preprocess::new(Normalization::imagenet());
        let seen = preprocess.crop(&photo).unwrap();
        let bright: Vec<_> = seen
            .pixels()
            .enumerate_pixels()
            .filter(|(_, _, pixel)| pixel[0] > 127)
            .collect();
        let middle = |sum: u32| (f64::from(sum) / bright.len() as f64 + 0.5) / 224.0;
        let center = (
            middle(bright.iter().map(|(x, _, _)| x).sum()),
            middle(bright.iter().map(|(_, y, _)| y).sum()),
        );
        let (x, y) = preprocess.view(&photo).unwrap().to_photo(center);
        assert_relative_eq!(x * 200.0, 130.0, epsilon = 0.5);
        assert_relative_eq!(y * 120.0, 70.0, epsilon = 0.5);
    }

    #[test]
    fn a_batch_is_its_photos_one_by_one() {
        let device = Device::flex();
        let preprocess = raw().with_resize(8).with_crop(4);
        let photos = [
            photo(20, 10, |x, y| [(x * y) as u8, 0, 9]),
            photo(9, 16, |x, y| [0, (x + y) as u8, 200]),
        ];
        let batch = preprocess.batch(&photos, &device).unwrap();
        assert_eq!(batch.dims(), [2, 3, 4, 4]);
        let singly: Vec<f32> = photos
            .iter()
            .flat_map(|photo| read(preprocess.tensor(photo, &device).unwrap()))
            .collect();
        assert_eq!(read(batch), singly);
    }

    #[test]
    fn a_batch_of_nothing_is_refused() {
        assert!(matches!(
            raw().batch([], &Device::flex()),
            Err(ImageError::EmptyBatch)
        ));
    }

    #[test]
    fn a_crop_that_does_not_fit_is_refused() {
        let photo = photo(8, 8, |_, _| [0; 3]);
        for (resize, crop) in [(224, 225), (224, 0), (0, 0)] {
            let error = raw()
                .with_resize(resize)
                .with_crop(crop)
                .view(&photo)
                .unwrap_err();
            assert!(matches!(error, ImageError::InvalidCrop { .. }));
        }
    }

    #[test]
    fn a_thread_of_a_photo_is_refused() {
        let error = raw().crop(&photo(1, 129, |_, _| [0; 3])).unwrap_err();
        assert!(matches!(error, ImageError::PhotoTooElongated { .. }));
    }
}
