//! One photo with a cat and a cup, made of two.

use backdraft::image::{Photo, Rgb, RgbImage};
use backdraft_models::photos;
use burn::tensor::{Device, Tensor, TensorData};
use image::Pixel as _;

/// Multiples of 32, the stride of the network.
pub const SIZE: [u32; 2] = [512, 288];
/// The column where the cat ends and the cup begins.
pub const SEAM: u32 = 262;
/// Columns in which one photo fades into the other.
const FADE: f32 = 60.0;
/// Where the cat's photo begins in the whole, and the cup's.
const CAT: [i64; 2] = [-98, -6];
const CUP: [i64; 2] = [150, -6];
/// Width of the cup's photo: both photos are equally high then.
const CUP_WIDTH: u32 = 450;

/// The cat on the left, the cup on the right.
pub fn photo() -> anyhow::Result<Photo> {
    let cat = Photo::decode(photos::CHELSEA)?;
    let cup = Photo::decode(photos::COFFEE)?.shrunk(CUP_WIDTH);
    let image = RgbImage::from_fn(SIZE[0], SIZE[1], |x, y| {
        let part = (x as f32 - SEAM as f32) / FADE + 0.5;
        let [cat, cup] = [pixel(&cat, CAT, x, y), pixel(&cup, CUP, x, y)];
        let part = smooth(part.clamp(0.0, 1.0));
        cat.map2(&cup, |cat, cup| {
            (f32::from(cat) + (f32::from(cup) - f32::from(cat)) * part).round() as u8
        })
    });
    Ok(Photo::from_image(image)?)
}

/// The whole photo, pixel by pixel, with values from 0 to 1.
pub fn pixels(photo: &Photo, device: &Device) -> Tensor<4> {
    let values = photo.pixels().iter().map(|level| f32::from(*level) / 255.0);
    let shape = [1, photo.height() as usize, photo.width() as usize, 3];
    let channels_last = TensorData::new(values.collect::<Vec<_>>(), shape);
    Tensor::from_data(channels_last, device).permute([0, 3, 1, 2])
}

/// A pixel of a photo that begins at `start`; its border goes on beyond it.
fn pixel(photo: &Photo, start: [i64; 2], x: u32, y: u32) -> Rgb<u8> {
    let inside = |at: u32, start: i64, side: u32| {
        (i64::from(at) - start).clamp(0, i64::from(side) - 1) as u32
    };
    let x = inside(x, start[0], photo.width());
    let y = inside(y, start[1], photo.height());
    *photo.pixels().get_pixel(x, y)
}

/// From 0 to 1 without a corner at either end.
fn smooth(part: f32) -> f32 {
    part * part * (3.0 - 2.0 * part)
}
