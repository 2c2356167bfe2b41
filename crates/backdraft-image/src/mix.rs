//! Colors that let others through.

use image::Rgb;

/// The color of something more or less opaque, from 0 to 1, over something else.
pub(crate) fn mix(Rgb(under): Rgb<u8>, over: [u8; 3], opacity: f32) -> Rgb<u8> {
    Rgb(std::array::from_fn(|channel| {
        let (under, over) = (f32::from(under[channel]), f32::from(over[channel]));
        (under + (over - under) * opacity).round() as u8
    }))
}
