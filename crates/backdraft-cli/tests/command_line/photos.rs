//! Files to explain.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// A landscape of 60 x 40 pixels: sky, grass, and a dark square.
pub fn png() -> Vec<u8> {
    let pixels = RgbImage::from_fn(60, 40, |x, y| match (x, y) {
        (20..35, 15..30) => Rgb([60, 40, 20]),
        (_, 0..22) => Rgb([90, 150, 230]),
        _ => Rgb([50, 140, 40]),
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// What is left of a photo after half of it was copied.
pub fn cut_off() -> Vec<u8> {
    let mut bytes = png();
    bytes.truncate(bytes.len() / 2);
    bytes
}
