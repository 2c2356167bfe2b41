//! Smaller copies of pictures, for people to look at; what a network sees is resized by `Preprocess`.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// Width and height of a picture in its own shape whose longer side has at most so many pixels; never larger than it is.
pub(crate) fn size_within((width, height): (u32, u32), max_side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= max_side {
        return (width, height);
    }
    let scale = f64::from(max_side) / f64::from(longest);
    let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
    (side(width), side(height))
}

/// The picture with no side longer than `max_side`, in its own shape.
pub(crate) fn shrunk(image: &RgbImage, max_side: u32) -> RgbImage {
    let (width, height) = size_within(image.dimensions(), max_side);
    if (width, height) == image.dimensions() {
        return image.clone();
    }
    // A filter without negative weights: it adds no color that the picture does not have.
    let triangle = ResizeAlg::Convolution(FilterType::Bilinear);
    let source = ImageRef::new(image.width(), image.height(), image, PixelType::U8x3);
    let mut target = Image::new(width, height, PixelType::U8x3);
    Resizer::new()
        .resize(
            &source.expect("a picture has its own number of pixels"),
            &mut target,
            &ResizeOptions::new().resize_alg(triangle),
        )
        .expect("both pictures have the same type of pixels, and the whole is resized");
    RgbImage::from_vec(width, height, target.into_vec())
        .expect("the resized picture has its own number of pixels")
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn the_longer_side_is_what_counts() {
        assert_eq!(size_within((6000, 4000), 1600), (1600, 1067));
        assert_eq!(size_within((4000, 6000), 1600), (1067, 1600));
        assert_eq!(size_within((1600, 20), 1600), (1600, 20));
        assert_eq!(size_within((10_000, 1), 100), (100, 1));
    }

    #[test]
    fn a_pixel_is_the_average_of_what_it_covers() {
        // Stripes of black and white, one pixel wide.
        let stripes = RgbImage::from_fn(64, 64, |x, _| Rgb([255 * (x % 2) as u8; 3]));
        let small = shrunk(&stripes, 16);
        assert_eq!(small.dimensions(), (16, 16));
        for x in 2..14 {
            let Rgb([gray, ..]) = *small.get_pixel(x, 8);
            assert!((127..=128).contains(&gray), "{gray}");
        }
    }

    #[test]
    fn nothing_is_enlarged() {
        let image = RgbImage::from_pixel(3, 2, Rgb([1, 2, 3]));
        assert_eq!(shrunk(&image, 100), image);
    }
}
