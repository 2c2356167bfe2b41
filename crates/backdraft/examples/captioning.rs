//! One heat map for each word of a caption.
//!
//! ```text
//! cargo run --release --example captioning
//! ```
//!
//! The network sees a drawn scene and writes a sentence about it. Grad-CAM then asks of every word
//! where in the picture its log-probability comes from. Don't expect the object that the word names: this
//! network writes well, and yet the heat of a word about the small object is as often on the large one.

use std::env;
use std::error::Error;

use backdraft::image::{ContactSheet, Photo, Rgb, RgbImage};
use backdraft::{Attribution, GradCam, Method, Network, Score, Target};
use backdraft_models::Captioner;
use backdraft_models::scenes::{SIDE, Scene, Vocabulary};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor};
use rand::SeedableRng;
use rand::rngs::StdRng;

const SEED: u64 = 7;
/// "a large red circle and a small blue square"
const WORDS: usize = 9;
/// Pixels of the picture for each of the scene's.
const ZOOM: u32 = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).unwrap_or("captioning.png".into());
    let device = Device::flex();
    let model = Captioner::pretrained(&device)?;
    let scene = Scene::with_two_objects(&mut StdRng::seed_from_u64(SEED));

    let image = scene.image(&device).unsqueeze();
    let start = Vocabulary::CAPTIONS.token(Vocabulary::START)?;
    let written = model.write(image.clone(), start, WORDS);
    let words = tokens(&written);

    let inputs = (image, written.slice([0..1, 0..WORDS]));
    let net = Network::capture(&model, inputs.clone(), Captioner::forward)?;
    let maps = maps(&net, inputs, &words)?;

    let photo = photo(&scene)?;
    let mut sheet = ContactSheet::new().with_picture("the scene", photo.picture());
    for (token, map) in words.iter().zip(&maps) {
        let word = Vocabulary::CAPTIONS.word(*token).unwrap_or("?");
        let probability = format!("probability {:.2}", map.scores()[0].exp());
        let picture = map.heatmap(0)?.overlay(&photo).render()?;
        sheet = sheet.with_captioned_picture(word, probability, picture);
    }
    sheet.with_columns(5).save(&path)?;
    println!("written to {path}: where Grad-CAM finds each word, which is often not at its object");
    Ok(())
}

/// The words after the first one.
fn tokens(written: &Tensor<2, Int>) -> Vec<usize> {
    let tokens = written.to_data();
    tokens.iter::<i64>().skip(1).map(|t| t as usize).collect()
}

/// Grad-CAM for each word.
fn maps(
    net: &Network,
    inputs: (Tensor<4>, Tensor<2, Int>),
    words: &[usize],
) -> Result<Vec<Attribution>, backdraft::Error> {
    let targets = words.iter().enumerate();
    let targets = targets.map(|(step, word)| word_at(step, *word));
    targets
        .map(|target| GradCam::new().attribute(net, inputs.clone(), target))
        .collect()
}

/// The log-probability that the network gives a word at a step.
fn word_at(step: usize, word: usize) -> impl Target {
    Score::new(format!("word {word} at step {step}"), move |logits| {
        let logits: Tensor<3> = logits;
        let [batch, ..] = logits.dims();
        let word = log_softmax(logits, 2).slice([0..batch, step..step + 1, word..word + 1]);
        word.reshape([batch])
    })
}

/// The scene, enlarged.
fn photo(scene: &Scene) -> Result<Photo, Box<dyn Error>> {
    let side = SIDE as u32 * ZOOM;
    let pixel = |x: u32, y: u32| Rgb(scene.pixel((x / ZOOM) as usize, (y / ZOOM) as usize));
    Ok(Photo::from_image(RgbImage::from_fn(side, side, pixel))?)
}
