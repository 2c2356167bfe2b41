//! Files of pictures, decoded as a person sees them: upright.

use std::{io, path::Path};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::{ImageError, jpeg};

/// The picture in a file, and the file in words.
pub(crate) fn open(path: &Path) -> Result<(DynamicImage, String), ImageError> {
    let bytes = std::fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ImageError::PhotoNotFound { path: path.into() },
        _ => ImageError::PhotoUnreadable {
            path: path.into(),
            source,
        },
    })?;
    let origin = format!("`{}`", path.display());
    Ok((decode(&bytes, &origin)?, origin))
}

/// The picture that the content of a file is; `origin` says in words where it is from.
pub(crate) fn decode(bytes: &[u8], origin: &str) -> Result<DynamicImage, ImageError> {
    if jpeg::is_truncated(bytes) {
        return Err(ImageError::TruncatedImage {
            origin: origin.into(),
        });
    }
    decode_upright(bytes).map_err(|source| ImageError::NotAnImage {
        origin: origin.into(),
        source,
    })
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

/// A picture without a pixel is none.
pub(crate) fn check_size(image: &DynamicImage) -> Result<(), ImageError> {
    let (width, height) = (image.width(), image.height());
    if width == 0 || height == 0 {
        return Err(ImageError::EmptyPhoto { width, height });
    }
    Ok(())
}

/// A level on white, of which `alpha` shows; `full` is the largest value of both.
pub(crate) fn mixed_with_white(level: u64, alpha: u64, full: u64) -> u64 {
    (level * alpha + full * (full - alpha) + full / 2) / full
}
