//! One heat map for each word of a caption: the word "circle" lights up the circle.
//!
//! ```text
//! cargo run --release --example captioning
//! cargo run --release --example captioning -- words.png
//! ```
//!
//! The network sees a drawn scene and writes a sentence about it. Grad-CAM then asks of every word where in the
//! picture its log-probability comes from. All words are explained in one call, for which the convolutions run
//! once.

use std::env;

use backdraft::image::{ContactSheet, Photo, Rgb, RgbImage};
use backdraft::{GradCam, Method, Network, SequenceLogProbability};
use backdraft_models::Captioner;
use backdraft_models::scenes::{SIDE, Scene, Vocabulary};
use burn::tensor::{Device, Int, Tensor};
use rand::SeedableRng;
use rand::rngs::StdRng;

const SEED: u64 = 9;
/// "a red circle and a blue square"
const WORDS: usize = 7;
/// Pixels of the picture for each of the scene's.
const ZOOM: u32 = 4;

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).unwrap_or("captioning.png".into());
    let device = Device::default();
    let model = Captioner::pretrained(&device)?;
    let scene = Scene::with_colors(2, &mut StdRng::seed_from_u64(SEED));

    let image = scene.image(&device).unsqueeze();
    let start = Vocabulary::CAPTIONS.token(Vocabulary::START)?;
    let written = model.write(image.clone(), start, WORDS);
    let words = after_the_first(&written);

    // At every step the network reads the words before.
    let inputs = (image, written.slice([0..1, 0..WORDS]));
    let net = Network::capture(&model, inputs.clone(), Captioner::forward)?;
    let caption = SequenceLogProbability::new(vec![words.clone()]);
    let maps = GradCam::new().attribute_each(&net, inputs, caption.steps())?;

    let photo = photo(&scene)?;
    let mut sheet = ContactSheet::new().with_picture("the scene", photo.picture());
    for (token, map) in words.iter().zip(&maps) {
        let word = Vocabulary::CAPTIONS.word(*token).unwrap_or("?");
        let probability = format!("probability {:.2}", map.scores()[0].exp());
        let picture = map.heatmap(0)?.overlay(&photo).render()?;
        sheet = sheet.with_captioned_picture(word, probability, picture);
    }
    sheet.with_columns(4).save(&path)?;
    println!("{path}: the words of a phrase light up the object that they are about");
    Ok(())
}

fn after_the_first(written: &Tensor<2, Int>) -> Vec<usize> {
    let tokens = written.to_data();
    tokens.iter::<i64>().skip(1).map(|t| t as usize).collect()
}

/// The scene, enlarged.
fn photo(scene: &Scene) -> anyhow::Result<Photo> {
    let side = SIDE as u32 * ZOOM;
    let pixel = |x: u32, y: u32| Rgb(scene.pixel((x / ZOOM) as usize, (y / ZOOM) as usize));
    Ok(Photo::from_image(RgbImage::from_fn(side, side, pixel))?)
}
