//! Photos of visitors, and the built-in ones.

use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use backdraft::Network;
use backdraft::image::{Normalization, Photo, Preprocess, View};
use burn::tensor::{Device, Tensor};
use image::{ImageFormat, ImageReader, RgbImage};

use crate::answer::Answer;
use crate::error::DemoError;
use crate::limits;

/// A photo as the network and as people see it.
pub struct Shown {
    /// At most as large as a screen needs.
    pub photo: Photo,
    /// What the network sees of it.
    pub view: View,
    /// What the network is given.
    pub image: Tensor<4>,
    /// The photo as a file.
    pub png: Vec<u8>,
    /// What the network says to it, once that was asked.
    answer: OnceLock<Arc<Answer>>,
}

impl Shown {
    /// Decodes the bytes of a file, after a look at its size.
    pub fn decode(bytes: &[u8], device: &Device) -> Result<Self, DemoError> {
        check_size(bytes)?;
        let photo =
            Photo::decode(bytes).map_err(|error| DemoError::NotAPhoto(error.to_string()))?;
        Self::new(&photo, device)
    }

    fn new(photo: &Photo, device: &Device) -> Result<Self, DemoError> {
        let preprocess = Preprocess::new(normalization());
        let image = preprocess
            .tensor(photo, device)
            .map_err(backdraft::Error::from)?;
        let view = preprocess.view(photo).map_err(backdraft::Error::from)?;
        let shown = photo.shrunk(limits::SHOWN_SIDE);
        Ok(Self {
            view: view.scaled_to(&shown),
            png: png(shown.pixels()),
            photo: shown,
            image,
            answer: OnceLock::new(),
        })
    }

    /// What the network says to it.
    pub fn answer(&self, net: &Network) -> Result<Arc<Answer>, DemoError> {
        if let Some(known) = self.answer.get() {
            return Ok(Arc::clone(known));
        }
        let answer = Answer::of(net, &self.image)?;
        Ok(Arc::clone(self.answer.get_or_init(|| Arc::new(answer))))
    }

    /// What keeping it takes.
    pub fn bytes(&self) -> usize {
        const TENSOR: usize = 224 * 224 * 3 * 4;
        self.png.len() + self.photo.pixels().len() + TENSOR
    }
}

/// How the photo network wants its pixels.
pub fn normalization() -> Normalization {
    Normalization::efficientnet_lite()
}

/// Refuses what is no picture, or unfolds to too many pixels, before anything is decoded.
fn check_size(bytes: &[u8]) -> Result<(), DemoError> {
    let unreadable = |error: String| DemoError::NotAPhoto(error);
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|error| unreadable(error.to_string()))?;
    let (width, height) = reader
        .into_dimensions()
        .map_err(|error| unreadable(error.to_string()))?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits::PIXELS {
        return Err(DemoError::TooManyPixels(pixels / 1_000_000));
    }
    Ok(())
}

/// A picture as a file.
pub fn png(pixels: &RgbImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    pixels
        .write_to(&mut file, ImageFormat::Png)
        .expect("pixels in memory can be encoded");
    file.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_photo_is_refused() {
        for bytes in [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n"] {
            let error = Shown::decode(bytes, &Device::flex())
                .err()
                .unwrap()
                .to_string();
            assert!(error.starts_with("This file isn't a photo"), "{error}");
        }
    }

    #[test]
    fn a_large_photo_is_shown_smaller() {
        let shown = Shown::decode(&png(&RgbImage::new(1000, 500)), &Device::flex()).unwrap();
        assert_eq!((shown.photo.width(), shown.photo.height()), (768, 384));
        assert_eq!(shown.image.dims(), [1, 3, 224, 224]);
    }
}
