//! Draws the picture of each family's documentation: two results beside what is explained.
//!
//! `cargo run --release --example family_pictures` writes `crates/backdraft/src/FAMILY/picture.md`. The pictures are part of
//! the text, as data: documentation on docs.rs has no files beside it.

use std::fs;
use std::path::Path;

use backdraft::catalog::{Entry, Family, Gives, Setup, find};
use backdraft::image::{
    ColorMap, ContactSheet, Normalization, Photo, Picture, Preprocess, Rgb, RgbImage, Scaling,
};
use backdraft::{Attribution, Baseline, Error, Inputs, Method, Network, TokenLayout, TopClass};
use backdraft_models::glyphs::{SIZE, Scene};
use backdraft_models::{EfficientNetLite0, Vit, photos};
use base64::prelude::{BASE64_STANDARD, Engine};
use burn::tensor::Device;
use image::codecs::jpeg::JpegEncoder;

/// Longer side of each of the pictures in a row.
const SIDE: u32 = 170;
const QUALITY: u8 = 80;
/// Part of the values that may be clipped, so that single pixels don't pale the others.
const CLIP: f32 = 97.0;

/// What is explained: a network's top class for a picture.
struct Subject {
    net: Network,
    inputs: Inputs,
    photo: Photo,
    what: &'static str,
}

fn main() -> anyhow::Result<()> {
    let device = Device::default();
    let (cat, scene) = (cat(&device)?, scene(&device)?);
    let plain = Setup::new();
    let black = Baseline::color([0.0; 3], &Normalization::efficientnet_lite());
    let noise = Baseline::average((0..4).map(|seed| Baseline::uniform(-1.0, 1.0, seed)));
    let from = |baseline| Setup::new().with_baseline(baseline);
    let at = Setup::new().with_layer("blocks.9").with_steps(20);
    let tokens = Setup::new().with_tokens(TokenLayout::new().with_leading(1));

    let both = |setup: Setup| [setup.clone(), setup];
    for (family, subject, methods, setups) in [
        (
            Family::Gradient,
            &cat,
            ["saliency", "input-x-gradient"],
            both(plain.clone()),
        ),
        (
            Family::Backprop,
            &cat,
            ["guided-backprop", "deep-lift"],
            both(from(black.clone())),
        ),
        (
            Family::Cam,
            &cat,
            ["grad-cam", "guided-grad-cam"],
            both(plain.clone()),
        ),
        (
            Family::Path,
            &cat,
            ["integrated-gradients", "integrated-gradients"],
            [from(black), from(Baseline::blurred(12.0))],
        ),
        (
            Family::Shap,
            &cat,
            ["gradient-shap", "deep-lift-shap"],
            both(from(noise)),
        ),
        (
            Family::Layer,
            &cat,
            ["layer-activation", "layer-conductance"],
            both(at),
        ),
        (
            Family::Noise,
            &cat,
            ["smooth-grad", "var-grad"],
            both(plain),
        ),
        (
            Family::Attention,
            &scene,
            ["attention-rollout", "attention-relevance"],
            both(tokens),
        ),
    ] {
        let mut sheet = ContactSheet::new().with_columns(3).with_max_side(SIDE);
        sheet = sheet.with_picture(subject.what, subject.photo.picture());
        for (name, setup) in methods.iter().zip(setups) {
            let entry = find(name)?;
            let method = entry.build(&setup)?;
            let result = method.attribute(&subject.net, &subject.inputs, TopClass)?;
            sheet = sheet.with_picture(title(&result), draw(entry, &result, &subject.photo)?);
        }
        save(family, subject.what, methods, &sheet.render()?)?;
    }
    Ok(())
}

/// The part of the photo that the network sees.
fn cat(device: &Device) -> anyhow::Result<Subject> {
    let preprocess = Preprocess::new(Normalization::efficientnet_lite());
    let photo = Photo::decode(photos::CHELSEA)?;
    let image = preprocess.tensor(&photo, device)?;
    let model = EfficientNetLite0::pretrained(device)?;
    let net = Network::capture(&model, image.clone(), EfficientNetLite0::forward)?;
    Ok(Subject {
        net,
        inputs: Inputs::new(image),
        photo: preprocess.crop(&photo)?,
        what: "tiger cat",
    })
}

/// Shapes, of which the only red one is named by a small transformer.
fn scene(device: &Device) -> anyhow::Result<Subject> {
    let scene = Scene::new(5);
    let [height, width] = SIZE;
    let pixels = RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let pixel = y as usize * width + x as usize;
        let channel =
            |channel: usize| (255.0 * scene.pixels()[channel * height * width + pixel]) as u8;
        Rgb([channel(0), channel(1), channel(2)])
    });
    let image = scene.image(device);
    let net = Network::capture(&Vit::pretrained(device)?, image.clone(), Vit::forward)?;
    Ok(Subject {
        net,
        inputs: Inputs::new(image),
        photo: Photo::from_image(pixels)?,
        what: "which red shape?",
    })
}

fn title(result: &Attribution) -> String {
    match result.baseline() {
        Some(baseline) if result.method() == "integrated-gradients" => format!("from {baseline}"),
        _ => result.method().to_string(),
    }
}

/// Maps as heat, what is signed in two colors.
fn draw(entry: &Entry, result: &Attribution, photo: &Photo) -> Result<Picture, Error> {
    let overlay = result.clone().sum_channels().heatmap(0)?;
    let overlay = overlay.overlay(photo).with_gray_photo(true);
    let overlay = match (entry.gives, entry.signed) {
        (Gives::Map | Gives::Tokens, false) => overlay.with_scaling(Scaling::MinMax),
        (_, false) => overlay.with_scaling(Scaling::Percentile(CLIP)),
        (_, true) => {
            let signed = overlay.with_scaling(Scaling::SignedPercentile(CLIP));
            signed.with_color_map(ColorMap::BlueRed)
        }
    };
    Ok(overlay.render()?)
}

/// Writes the documentation's part with a picture in it.
fn save(family: Family, what: &str, methods: [&str; 2], picture: &Picture) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(picture.image())?;
    let data = BASE64_STANDARD.encode(&bytes);
    let [first, second] = methods;
    let described = if first == second {
        format!("{first}, twice")
    } else {
        format!("{first} and {second}")
    };
    let text = format!("![{described}, of \"{what}\"](data:image/jpeg;base64,{data})\n");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/backdraft/src");
    fs::write(folder.join(family.to_string()).join("picture.md"), text)?;
    println!("{family}: {} kB", bytes.len() / 1000);
    Ok(())
}
