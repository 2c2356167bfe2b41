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
const QUALITY: u8 = 75;
/// Pixels of the picture for each pixel of the scene.
const ZOOM: usize = 3;
/// Part of the values that may be clipped, so that single pixels don't pale the others.
const CLIP: f32 = 92.0;

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
    let black = Baseline::color([0.0; 3], &Normalization::efficientnet_lite());
    let noise = Baseline::average((0..4).map(|seed| Baseline::uniform(-1.0, 1.0, seed)));
    let plain = Setup::new();
    let black = plain.clone().with_baseline(black);
    let blur = plain.clone().with_baseline(Baseline::blurred(12.0));
    let noise = plain.clone().with_baseline(noise);
    let layer = plain.clone().with_layer("blocks.9").with_steps(20);
    let tokens = plain
        .clone()
        .with_tokens(TokenLayout::new().with_leading(1));

    for (family, subject, results) in [
        (
            Family::Gradient,
            &cat,
            [
                ("saliency", "saliency", &plain),
                ("input-x-gradient", "input x gradient", &plain),
            ],
        ),
        (
            Family::Backprop,
            &cat,
            [
                ("guided-backprop", "guided backprop", &plain),
                ("deep-lift", "DeepLIFT", &black),
            ],
        ),
        (
            Family::Cam,
            &cat,
            [
                ("grad-cam", "Grad-CAM", &plain),
                ("guided-grad-cam", "guided Grad-CAM", &plain),
            ],
        ),
        (
            Family::Path,
            &cat,
            [
                ("integrated-gradients", "from black", &black),
                ("integrated-gradients", "from a blur", &blur),
            ],
        ),
        (
            Family::Shap,
            &cat,
            [
                ("gradient-shap", "GradientSHAP", &noise),
                ("deep-lift-shap", "DeepLIFTSHAP", &noise),
            ],
        ),
        (
            Family::Layer,
            &cat,
            [
                ("layer-activation", "activation", &layer),
                ("layer-conductance", "conductance", &layer),
            ],
        ),
        (
            Family::Noise,
            &cat,
            [
                ("smooth-grad", "SmoothGrad", &plain),
                ("var-grad", "VarGrad", &plain),
            ],
        ),
        (
            Family::Attention,
            &scene,
            [
                ("attention-rollout", "rollout", &tokens),
                ("attention-relevance", "relevance", &tokens),
            ],
        ),
    ] {
        let mut sheet = ContactSheet::new().with_columns(3).with_max_side(SIDE);
        sheet = sheet.with_picture(subject.what, subject.photo.picture());
        for (name, title, setup) in results {
            let entry = find(name)?;
            let method = entry.build(setup)?;
            let result = method.attribute(&subject.net, &subject.inputs, TopClass)?;
            sheet = sheet.with_picture(title, draw(entry, &result, &subject.photo)?);
        }
        let titles = results.map(|(_, title, _)| title).join(" and ");
        save(
            family,
            &format!("{titles}: {}", subject.what),
            &sheet.render()?,
        )?;
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
    let side = |pixels: usize| (pixels * ZOOM) as u32;
    let pixels = RgbImage::from_fn(side(width), side(height), |x, y| {
        let pixel = y as usize / ZOOM * width + x as usize / ZOOM;
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
fn save(family: Family, what: &str, picture: &Picture) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(picture.image())?;
    let data = BASE64_STANDARD.encode(&bytes);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/backdraft/src");
    let path = folder.join(family.to_string()).join("picture.md");
    fs::write(path, format!("![{what}](data:image/jpeg;base64,{data})\n"))?;
    println!("{family}: {} kB", bytes.len() / 1000);
    Ok(())
}
