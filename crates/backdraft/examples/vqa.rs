//! Two questions about one scene: the heat moves to what is asked about.
//!
//! ```text
//! cargo run --release --example vqa
//! ```
//!
//! Grad-CAM shows where in the image the answer comes from, and the relevance of each word shows what
//! in the question decides it.

use std::env;
use std::error::Error;

use backdraft::graph::Probes;
use backdraft::image::{ContactSheet, Photo, Rgb, RgbImage};
use backdraft::{GradCam, Method, Network, TopClass};
use backdraft_models::Vqa;
use backdraft_models::scenes::{Question, SIDE, Scene, Vocabulary};
use burn::tensor::{Device, Int, Tensor};
use rand::SeedableRng;
use rand::rngs::StdRng;

const SEED: u64 = 3;
/// Pixels of the picture for each of the scene's.
const ZOOM: u32 = 4;

type Inputs = (Tensor<4>, Tensor<2, Int>);

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).unwrap_or("vqa.png".into());
    let device = Device::flex();
    let model = Vqa::pretrained(&device)?;
    let scene = Scene::with_three_objects(&mut StdRng::seed_from_u64(SEED));
    let image = scene.image(&device).unsqueeze::<4>();
    let photo = photo(&scene)?;

    let asked = scene.questions();
    let mut sheet = ContactSheet::new().with_picture("the scene", photo.picture());
    for Question { words, .. } in [&asked[0], &asked[5]] {
        let question = Vocabulary::question(words, &device)?.unsqueeze();
        let inputs = (image.clone(), question);
        let net = Network::capture(&model, inputs.clone(), Vqa::forward)?;

        let answer = answer(&net, inputs.clone())?;
        let word = Vocabulary::ANSWERS.word(answer).unwrap_or("?");
        let map = GradCam::new().attribute(&net, inputs.clone(), TopClass)?;
        let picture = map.heatmap(0)?.overlay(&photo).render()?;
        sheet = sheet.with_captioned_picture(word, words.join(" "), picture);

        let relevance = word_relevance(&net, inputs, answer)?;
        let padding = relevance.len() - words.len();
        for (word, relevance) in words.iter().zip(&relevance[padding..]) {
            print!("{word} {relevance:+.2}  ");
        }
        println!("-> {word}");
    }
    sheet.with_columns(3).save(&path)?;
    println!("written to {path}: the heat is on the object that the question is about");
    Ok(())
}

/// The class of the answer that the network gives.
fn answer(net: &Network, inputs: Inputs) -> Result<usize, Box<dyn Error>> {
    let logits = net.forward(inputs)?.output::<2>()?;
    let answer: i64 = logits.argmax(1).into_scalar();
    Ok(answer as usize)
}

/// How much each word speaks for the answer: gradient times activation, summed over the numbers that stand for
/// the word.
fn word_relevance(
    net: &Network,
    inputs: Inputs,
    answer: usize,
) -> Result<Vec<f32>, Box<dyn Error>> {
    const LAYER: &str = "embedding";
    let probes = Probes::new()
        .with_activation(LAYER)
        .with_layer_gradient(LAYER);
    let pass = net.run(inputs, &probes)?;
    let activation: Tensor<3> = pass.activation(LAYER)?.to_tensor()?;
    let logits: Tensor<2> = pass.output()?;
    let score = logits.slice([0..1, answer..answer + 1]).reshape([1]);
    let gradient: Tensor<3> = pass.backward(score)?.layer(LAYER)?.to_tensor()?;
    let relevance = (activation * gradient).sum_dim(2);
    Ok(relevance.into_data().iter().collect())
}

/// The scene, enlarged.
fn photo(scene: &Scene) -> Result<Photo, Box<dyn Error>> {
    let side = SIDE as u32 * ZOOM;
    let pixel = |x: u32, y: u32| Rgb(scene.pixel((x / ZOOM) as usize, (y / ZOOM) as usize));
    Ok(Photo::from_image(RgbImage::from_fn(side, side, pixel))?)
}
