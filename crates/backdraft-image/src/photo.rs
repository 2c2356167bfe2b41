use std::{fmt, path::Path};

use image::{DynamicImage, Rgb, RgbImage, RgbaImage};

use crate::decode::mixed_with_white;
use crate::{ImageError, decode, shrink::shrunk};

/// A picture as a person sees it: upright, 8 bits each of red, green and blue, at least one pixel.
///
/// Photos are read from JPEG, PNG, WebP, GIF (of several frames the first), BMP and TIFF. The orientation
/// that a camera wrote into the file (EXIF) is applied, because a network that sees a cat lying on its
/// side explains a sideways cat. Transparent pixels are laid over white. The format is recognized by
/// content, not by file name. A picture of one channel keeps its depth as a [`GrayPhoto`](crate::GrayPhoto).
///
/// # Example
///
/// ```
/// use backdraft_image::{Photo, RgbImage};
///
/// let photo = Photo::from_image(RgbImage::new(640, 480))?;
/// assert_eq!((photo.width(), photo.height()), (640, 480));
/// # Ok::<(), backdraft_image::ImageError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    pixels: RgbImage,
}

impl Photo {
    /// Reads a file in one of the [formats](Self).
    ///
    /// # Errors
    ///
    /// When the file is missing, unreadable, not a picture, damaged or cut off; the error names
    /// the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        let (image, _) = decode::open(path.as_ref())?;
        Self::from_image(image)
    }

    /// Decodes the content of a file in one of the [formats](Self).
    ///
    /// # Errors
    ///
    /// When the bytes are not a picture, damaged or cut off.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        Self::from_image(decode::decode(bytes, "the given data")?)
    }

    /// Takes a picture that is already in memory, such as an [`RgbImage`].
    ///
    /// # Errors
    ///
    /// When the picture has no pixels.
    pub fn from_image(image: impl Into<DynamicImage>) -> Result<Self, ImageError> {
        let image = image.into();
        decode::check_size(&image)?;
        let pixels = if image.color().has_alpha() {
            over_white(&image.into_rgba8())
        } else {
            image.into_rgb8()
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

    /// The pixels, row by row from the top.
    pub fn pixels(&self) -> &RgbImage {
        &self.pixels
    }

    /// A copy whose longer side has at most so many pixels, in the same shape, to draw pictures on; an unchanged copy if
    /// the photo is no larger. What a network should see is made from the photo itself.
    ///
    /// ```
    /// use backdraft_image::{Photo, RgbImage};
    ///
    /// let photo = Photo::from_image(RgbImage::new(6000, 4000))?;
    /// let small = photo.shrunk(1600);
    /// assert_eq!((small.width(), small.height()), (1600, 1067));
    /// # Ok::<(), backdraft_image::ImageError>(())
    /// ```
    #[must_use]
    pub fn shrunk(&self, max_side: u32) -> Self {
        Self {
            pixels: shrunk(&self.pixels, max_side.max(1)),
        }
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Photo({} x {})", self.width(), self.height())
    }
}

fn over_white(image: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, alpha] = image.get_pixel(x, y).0;
        Rgb([r, g, b]
            .map(|channel| mixed_with_white(channel.into(), alpha.into(), u8::MAX.into()) as u8))
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use image::codecs::{gif::GifEncoder, jpeg::JpegEncoder};
    use image::{Frame, ImageEncoder, ImageFormat, Rgba};

    use super::*;

    /// The smallest EXIF block: little-endian TIFF with the one tag 0x0112, orientation.
    fn exif(orientation: u8) -> Vec<u8> {
        let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        block.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        block
    }

    /// 16 x 8 pixels, the left half black and the right half white.
    fn black_then_white() -> RgbImage {
        RgbImage::from_fn(16, 8, |x, _| Rgb([if x < 8 { 0 } else { 255 }; 3]))
    }

    fn jpeg(orientation: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        encoder.encode_image(&black_then_white()).unwrap();
        bytes
    }

    fn png(image: &DynamicImage) -> Vec<u8> {
        encoded(image, ImageFormat::Png)
    }

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// The formats whose encoders lose nothing of two colors.
    const LOSSLESS: [ImageFormat; 5] = [
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
    ];

    #[test]
    fn a_camera_held_on_its_side_gives_an_upright_photo() {
        let as_stored = Photo::decode(&jpeg(1)).unwrap();
        assert_eq!((as_stored.width(), as_stored.height()), (16, 8));

        // 6 asks for a quarter turn clockwise: the left half becomes the top half.
        let turned = Photo::decode(&jpeg(6)).unwrap();
        assert_eq!((turned.width(), turned.height()), (8, 16));
        assert!(turned.pixels().get_pixel(4, 2).0[0] < 10);
        assert!(turned.pixels().get_pixel(4, 13).0[0] > 245);
    }

    #[test]
    fn other_formats_are_read_without_loss() {
        let image = black_then_white();
        for format in LOSSLESS {
            let photo = Photo::decode(&encoded(&image.clone().into(), format)).unwrap();
            assert_eq!(photo.pixels(), &image, "{format:?}");
        }
    }

    #[test]
    fn of_an_animation_the_first_frame_is_the_photo() {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        for shade in [0, 255] {
            let frame = RgbaImage::from_pixel(4, 3, Rgba([shade, shade, shade, 255]));
            encoder.encode_frame(Frame::new(frame)).unwrap();
        }
        drop(encoder);
        let photo = Photo::decode(&bytes).unwrap();
        assert_eq!(photo.pixels(), &RgbImage::new(4, 3));
    }

    #[test]
    fn a_smaller_copy_keeps_its_shape() {
        let photo = Photo::from_image(black_then_white()).unwrap();
        let small = photo.shrunk(4);
        assert_eq!((small.width(), small.height()), (4, 2));
        assert_eq!(small.pixels().get_pixel(0, 0).0, [0; 3]);
        assert_eq!(small.pixels().get_pixel(3, 1).0, [255; 3]);
        assert_eq!(photo.shrunk(16), photo);
        assert_eq!(photo.shrunk(0).width(), 1);
    }

    #[test]
    fn transparency_is_laid_over_white() {
        let mut image = RgbaImage::from_pixel(3, 1, Rgba([200, 0, 100, 255]));
        image.put_pixel(1, 0, Rgba([200, 0, 100, 0]));
        image.put_pixel(2, 0, Rgba([200, 0, 100, 51]));
        let photo = Photo::decode(&png(&image.into())).unwrap();
        assert_eq!(photo.pixels().get_pixel(0, 0).0, [200, 0, 100]);
        assert_eq!(photo.pixels().get_pixel(1, 0).0, [255, 255, 255]);
        // A fifth of the color, four fifths of white.
        assert_eq!(photo.pixels().get_pixel(2, 0).0, [244, 204, 224]);
    }

    #[test]
    fn gray_becomes_three_equal_channels() {
        let gray = image::GrayImage::from_pixel(1, 1, image::Luma([77]));
        let photo = Photo::from_image(gray).unwrap();
        assert_eq!(photo.pixels().get_pixel(0, 0).0, [77; 3]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Photo::open("no/such/cat.png").unwrap_err();
        assert!(matches!(error, ImageError::PhotoNotFound { .. }));
        assert!(error.to_string().contains("no/such/cat.png"));
    }

    #[test]
    fn a_folder_is_not_a_photo() {
        let error = Photo::open(".").unwrap_err();
        assert!(
            matches!(error, ImageError::PhotoUnreadable { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_is_no_picture_is_named() {
        let error = Photo::open("Cargo.toml").unwrap_err();
        assert!(matches!(error, ImageError::NotAnImage { .. }), "{error}");
        assert!(error.to_string().contains("Cargo.toml"));
    }

    #[test]
    fn a_cut_off_file_is_an_error_at_any_length() {
        let others = LOSSLESS.map(|format| encoded(&black_then_white().into(), format));
        for whole in others.into_iter().chain([jpeg(1)]) {
            for length in 0..whole.len() - 12 {
                assert!(
                    Photo::decode(&whole[..length]).is_err(),
                    "first {length} of {} bytes: {:?}",
                    whole.len(),
                    &whole[..4]
                );
            }
        }
    }

    #[test]
    fn a_header_that_announces_a_giant_is_refused() {
        // A PNG of one pixel whose header says 60000 x 60000, with the matching checksum.
        let mut bytes = png(&RgbImage::new(1, 1).into());
        bytes[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let checksum = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        let error = Photo::decode(&bytes).unwrap_err();
        assert!(
            matches!(
                error,
                ImageError::NotAnImage {
                    source: image::ImageError::Limits(_),
                    ..
                }
            ),
            "{error}"
        );
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
            })
        })
    }

    #[test]
    fn no_pixels_is_an_error() {
        let error = Photo::from_image(RgbImage::new(0, 5)).unwrap_err();
        assert!(matches!(
            error,
            ImageError::EmptyPhoto {
                width: 0,
                height: 5
            }
        ));
    }
}
