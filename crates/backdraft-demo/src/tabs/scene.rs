//! Drawn scenes of colored shapes, as networks and people see them.

use backdraft::image::{Photo, Rgb, RgbImage, View};
use backdraft_models::scenes::{SIDE, Scene};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::error::DemoError;

/// How many there are to choose from.
pub const SCENES: u64 = 6;
/// Pixels of the picture for each of the scene's.
const ZOOM: u32 = 6;

/// Reads the number of a scene: the first one if nothing is said.
pub fn number(text: &str) -> Result<u64, DemoError> {
    if text.is_empty() {
        return Ok(0);
    }
    let number = text.parse().ok().filter(|number| *number < SCENES);
    number.ok_or_else(|| DemoError::Unknown {
        what: "scene",
        name: text.chars().take(20).collect(),
    })
}

/// A scene with three objects, about which questions are asked.
pub fn with_three_objects(number: u64) -> Scene {
    Scene::with_three_objects(&mut StdRng::seed_from_u64(number + 3))
}

/// A scene with two colors, which a caption describes.
pub fn with_two_colors(number: u64) -> Scene {
    Scene::with_colors(2, &mut StdRng::seed_from_u64(number + 9))
}

/// The scene, enlarged, and that the network sees all of it.
pub fn picture(scene: &Scene) -> Result<(Photo, View), DemoError> {
    let side = SIDE as u32 * ZOOM;
    let pixel = |x: u32, y: u32| Rgb(scene.pixel((x / ZOOM) as usize, (y / ZOOM) as usize));
    let photo = Photo::from_image(RgbImage::from_fn(side, side, pixel));
    let photo = photo.map_err(backdraft::Error::from)?;
    let view = View::whole(&photo);
    Ok((photo, view))
}
