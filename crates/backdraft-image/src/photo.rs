use std::{fmt, io, path::Path};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage, RgbaImage};

use crate::{ImageError, jpeg};

/// A picture as a person sees it: upright, 8 bits each of red, green and blue, at least one pixel.
///
/// Photos are read from JPEG and PNG. The orientation that a camera wrote into the file (EXIF) is
/// applied, because a network that sees a cat lying on its side explains a sideways cat.
/// Transparent pixels are laid over white. The format is recognized by content, not by file name.
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
    /// Reads a JPEG or PNG file.
    ///
    /// # Errors
    ///
    /// When the file is missing, unreadable, not a picture, damaged or cut off; the error names
    /// the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ImageError::PhotoNotFound { path: path.into() },
            _ => ImageError::PhotoUnreadable {
                path: path.into(),
                source,
            },
        })?;
        decode(&bytes, &format!("`{}`", path.display()))
    }

    /// Decodes the content of a JPEG or PNG file.
    ///
    /// # Errors
    ///
    /// When the bytes are not a picture, damaged or cut off.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        decode(bytes, "the given data")
    }

    /// Takes a picture that is already in memory, such as an [`RgbImage`].
    ///
    /// # Errors
    ///
    /// When the picture has no pixels.
    pub fn from_image(image: impl Into<DynamicImage>) -> Result<Self, ImageError> {
        let image = image.into();
        let (width, height) = (image.width(), image.height());
        if width == 0 || height == 0 {
            return Err(ImageError::EmptyPhoto { width, height });
        }
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
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Photo({} x {})", self.width(), self.height())
    }
}

fn decode(bytes: &[u8], origin: &str) -> Result<Photo, ImageError> {
    if jpeg::is_truncated(bytes) {
        return Err(ImageError::TruncatedImage {
            origin: origin.into(),
        });
    }
    let image = decode_upright(bytes).map_err(|source| ImageError::NotAnImage {
        origin: origin.into(),
        source,
    })?;
    Photo::from_image(image)
}

fn decode_upright(bytes: &[u8]) -> image::ImageResult<DynamicImage> {
    let mut decoder = ImageReader::new(io::Cursor::new(bytes))
        .with_guessed_format()?
        .into_decoder()?;
    // A damaged header can announce any size: refuse before the memory is asked for.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn over_white(image: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [r, g, b, alpha] = image.get_pixel(x, y).0;
        Rgb([r, g, b].map(|channel| {
            let alpha = u32::from(alpha);
            ((u32::from(channel) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        }))
    })
}

#[cfg(test)]
mod tests {
    use image::{ImageEncoder, ImageFormat, Rgba, codecs::jpeg::JpegEncoder};

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
        let mut bytes = io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

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
    fn png_is_read_without_loss() {
        let image = black_then_white();
        let photo = Photo::decode(&png(&image.clone().into())).unwrap();
        assert_eq!(photo.pixels(), &image);
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
        for whole in [png(&black_then_white().into()), jpeg(1)] {
            for length in 0..whole.len() - 12 {
                assert!(
                    Photo::decode(&whole[..length]).is_err(),
                    "first {length} bytes"
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
