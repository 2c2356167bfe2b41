//! Colors that let others through.

use image::{Pixel as _, Rgb};

/// The color of something more or less opaque, from 0 to 1, over something else.
pub(crate) fn mix(under: Rgb<u8>, over: [u8; 3], opacity: f32) -> Rgb<u8> {
    under.map2(&Rgb(over), |under, over| {
        let (under, over) = (f32::from(under), f32::from(over));
        (under + (over - under) * opacity).round() as u8
    })
}
