//! Pictures as the text of data URLs.

use std::io::Cursor;

use backdraft::image::{DynamicImage, ImageError, ImageFormat};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::ReportError;

/// A picture as a URL that holds all of it: photos as JPEG, maps, which have few colors and transparent places, as PNG.
pub(crate) fn data_url(image: &DynamicImage, format: ImageFormat) -> Result<String, ReportError> {
    let content = BASE64_STANDARD.encode(bytes(image, format)?);
    Ok(format!("data:{};base64,{content}", format.to_mime_type()))
}

/// A drawing as a URL that holds all of it.
pub(crate) fn svg_url(svg: &str) -> String {
    format!("data:image/svg+xml;base64,{}", BASE64_STANDARD.encode(svg))
}

/// The content of a picture's file.
pub(crate) fn bytes(image: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Cursor::new(Vec::new());
    let written = image.write_to(&mut bytes, format);
    written.map_err(|source| ImageError::CannotSave {
        path: "a picture of the report".into(),
        source,
    })?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use backdraft::image::Photo;

    #[test]
    fn a_data_url_holds_the_picture() {
        let mut image = DynamicImage::new_rgba8(3, 2).into_rgba8();
        image.get_pixel_mut(1, 1).0 = [10, 20, 30, 255];
        let url = data_url(&image.into(), ImageFormat::Png).unwrap();
        let content = url.strip_prefix("data:image/png;base64,").unwrap();
        let photo = Photo::decode(&BASE64_STANDARD.decode(content).unwrap()).unwrap();
        assert_eq!((photo.width(), photo.height()), (3, 2));
        assert_eq!(photo.pixels().get_pixel(1, 1).0, [10, 20, 30]);
    }

    #[test]
    fn photos_are_jpeg() {
        let image = DynamicImage::new_rgb8(3, 2);
        let url = data_url(&image, ImageFormat::Jpeg).unwrap();
        // What every JPEG file begins with.
        assert!(url.starts_with("data:image/jpeg;base64,/9j/"), "{url}");
    }
}
