//! Pictures as the text of data URLs.

use std::fs;
use std::path::Path;

use backdraft::image::{DynamicImage, ImageError};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::ReportError;

/// How a picture is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Without loss: maps, which have few colors and transparent places.
    Png,
    /// With loss that nobody sees: photos.
    Jpeg,
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Self::Png => ".png",
            Self::Jpeg => ".jpg",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// A picture as a URL that holds all of it.
pub(crate) fn data_url(image: &DynamicImage, format: Format) -> Result<String, ReportError> {
    let content = BASE64_STANDARD.encode(bytes(image, format)?);
    Ok(format!("data:{};base64,{content}", format.media_type()))
}

/// The content of a picture's file.
pub(crate) fn bytes(image: &DynamicImage, format: Format) -> Result<Vec<u8>, ReportError> {
    // Through a temporary file: encoders are chosen by the name of one.
    let file = tempfile::Builder::new()
        .prefix("backdraft-")
        .suffix(format.extension())
        .tempfile()
        .map_err(ReportError::writing(std::env::temp_dir()))?;
    let path: &Path = file.path();
    image.save(path).map_err(|source| ImageError::CannotSave {
        path: path.into(),
        source,
    })?;
    fs::read(path).map_err(ReportError::reading(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use backdraft::image::Photo;

    #[test]
    fn a_data_url_holds_the_picture() {
        let mut image = DynamicImage::new_rgba8(3, 2).into_rgba8();
        image.get_pixel_mut(1, 1).0 = [10, 20, 30, 255];
        let url = data_url(&image.into(), Format::Png).unwrap();
        let content = url.strip_prefix("data:image/png;base64,").unwrap();
        let photo = Photo::decode(&BASE64_STANDARD.decode(content).unwrap()).unwrap();
        assert_eq!((photo.width(), photo.height()), (3, 2));
        assert_eq!(photo.pixels().get_pixel(1, 1).0, [10, 20, 30]);
    }

    #[test]
    fn photos_are_jpeg() {
        let image = DynamicImage::new_rgb8(3, 2);
        let url = data_url(&image, Format::Jpeg).unwrap();
        // What every JPEG file begins with.
        assert!(url.starts_with("data:image/jpeg;base64,/9j/"), "{url}");
    }
}
