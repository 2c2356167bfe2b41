//! Two questions about one scene: the heat moves to what is asked about.
//!
//! ```text
//! cargo run --release --example vqa
//! cargo run --release --example vqa -- answers.png
//! ```
//!
//! Grad-CAM shows where in the image the answer comes from. Integrated Gradients follow image and words on one path
//! from a gray image and an empty question, and say which pixels and which words decided.

use std::env;

use backdraft::image::{ColorMap, ContactSheet, Photo, Rgb, RgbImage, Scaling};
use backdraft::{AtLayer, Baseline, Class, GradCam, IntegratedGradients, Method, Network};
use backdraft_models::Vqa;
use backdraft_models::scenes::{Question, SIDE, Scene, Vocabulary};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::rngs::StdRng;

const SEED: u64 = 3;
/// Pixels of the picture for each of the scene's.
const ZOOM: u32 = 4;

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).unwrap_or("vqa.png".into());
    let device = Device::default();
    let model = Vqa::pretrained(&device)?;
    let scene = Scene::with_three_objects(&mut StdRng::seed_from_u64(SEED));
    let image = scene.image(&device).unsqueeze::<4>();
    let photo = photo(&scene)?;

    let empty = Vocabulary::question(&[], &device)?.unsqueeze::<2>();
    let nothing = (Tensor::<4>::zeros_like(&image), empty);
    let net = Network::capture(&model, nothing.clone(), Vqa::forward)?;
    let together = IntegratedGradients::new().with_baseline(Baseline::inputs(nothing));
    let together = AtLayer::new(together, "embedding").with_inputs();

    let asked = scene.questions();
    let mut sheet = ContactSheet::new();
    for Question { words, .. } in [&asked[0], &asked[5]] {
        let question = Vocabulary::question(words, &device)?.unsqueeze::<2>();
        let inputs = (image.clone(), question);
        let logits: Tensor<2> = net.forward(inputs.clone())?.output()?;
        let answer = Class(logits.argmax(1).into_scalar::<i64>() as usize);
        let cam = GradCam::new().attribute(&net, inputs.clone(), answer)?;
        let both = together.attribute(&net, inputs, answer)?;

        let answer = Vocabulary::ANSWERS.word(answer.0).unwrap_or("?");
        let heat = cam.heatmap(0)?.overlay(&photo).render()?;
        let pixels = both.clone().only(0)?.sum_channels().heatmap(0)?;
        let pixels = pixels.overlay(&photo).with_color_map(ColorMap::BlueRed);
        let pixels = pixels
            .with_scaling(Scaling::SignedPercentile(99.5))
            .render()?;
        let asked = words.join(" ");
        sheet = sheet
            .with_captioned_picture("the scene", &asked, photo.picture())
            .with_captioned_picture("Grad-CAM", answer, heat)
            .with_captioned_picture("Integrated Gradients", answer, pixels);

        // A question that is shorter than others is padded in front.
        let padding = vec![Vocabulary::PAD; Vocabulary::QUESTION_LENGTH - words.len()];
        let tokens = [padding, words.clone()].concat();
        let relevance = both.only(1)?.token_relevance(0, &tokens)?;
        let relevance = relevance.without(&[Vocabulary::PAD]);
        println!("{} -> {answer}", relevance.for_stdout());
    }
    sheet.with_columns(3).save(&path)?;
    println!("{path}: the heat is on the object that the question is about");
    Ok(())
}

/// The scene, enlarged.
fn photo(scene: &Scene) -> anyhow::Result<Photo> {
    let side = SIDE as u32 * ZOOM;
    let pixel = |x: u32, y: u32| Rgb(scene.pixel((x / ZOOM) as usize, (y / ZOOM) as usize));
    Ok(Photo::from_image(RgbImage::from_fn(side, side, pixel))?)
}
