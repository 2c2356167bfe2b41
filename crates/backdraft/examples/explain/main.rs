//! Explains what EfficientNet-Lite0, trained on `ImageNet`, sees in a photo.
//!
//! ```text
//! cargo run --release --example explain
//! cargo run --release --example explain -- coffee.jpg --method saliency --class 967
//! ```
//!
//! Without a photo it takes the built-in one of a cat.

mod args;
mod backend;
mod manifest;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use backdraft::image::{ColorMap, Heatmap, Normalization, Photo, Preprocess, Scaling, View};
use backdraft::{
    Attribution, Class, Error as ExplainError, GradCam, Method as _, Network, Saliency,
};
use backdraft_models::{EfficientNetLite0, imagenet, photos};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};
use clap::Parser;

use args::{Args, Method};
use manifest::{Manifest, Prediction};

const NETWORK: &str = "EfficientNet-Lite0";

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    args.check()?;
    let device = backend::device(args.backend)?;
    let net = network(&device)?;
    if args.layers {
        return Ok(print_whole(&net)?);
    }
    let (name, photo) = photo(args.photo.as_deref())?;
    let preprocess = Preprocess::new(Normalization::efficientnet_lite());
    let image = preprocess.tensor(&photo, &device)?;
    let top5 = top5(&net, image.clone())?;
    println!("{name}");
    for prediction in &top5 {
        println!("{prediction}");
    }

    let class = args.class.unwrap_or(top5[0].class);
    let explained = explain(args, &net, image, class)?;
    let map = explained.heatmap(0)?;
    let view = preprocess.view(&photo)?;
    save_pictures(&args.out, args.method, &map, &photo, view)?;
    let manifest = Manifest::new(args, name, &explained, &map, view, class, top5);
    manifest.save(&args.out.join("manifest.json"))?;
    println!(
        "{} of {} written to {}",
        explained.method(),
        explained.target(),
        args.out.join("overlay.png").display()
    );
    Ok(())
}

/// Prints; whoever reads only the beginning (`| head`) has seen enough.
fn print_whole(text: impl Display) -> io::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

fn network(device: &Device) -> Result<Network, Box<dyn Error>> {
    let model = EfficientNetLite0::pretrained(device)?;
    let example = Tensor::<4>::zeros([1, 3, 224, 224], device);
    Ok(Network::capture(
        &model,
        example,
        EfficientNetLite0::forward,
    )?)
}

fn photo(path: Option<&Path>) -> Result<(String, Photo), ExplainError> {
    Ok(match path {
        Some(path) => (path.display().to_string(), Photo::open(path)?),
        None => (
            "chelsea.png (built in)".into(),
            Photo::decode(photos::CHELSEA)?,
        ),
    })
}

fn top5(net: &Network, image: Tensor<4>) -> Result<Vec<Prediction>, ExplainError> {
    let logits: Tensor<2> = net.forward(image)?.output()?;
    let (probabilities, classes) = softmax(logits, 1).topk_with_indices(5, 1);
    let classes = classes.into_data();
    let classes = classes.iter::<i64>().map(|class| class as usize);
    let probabilities = probabilities.into_data();
    let predictions = classes.zip(probabilities.iter::<f32>());
    Ok(predictions
        .map(|(class, probability)| Prediction::new(class, probability))
        .collect())
}

fn explain(
    args: &Args,
    net: &Network,
    image: Tensor<4>,
    class: usize,
) -> Result<Attribution, ExplainError> {
    match args.method {
        Method::GradCam => {
            let method = args.layer.as_ref().map_or_else(GradCam::new, GradCam::at);
            method.attribute(net, image, Class(class))
        }
        Method::Saliency => {
            let gradient = Saliency::new().attribute(net, image, Class(class))?;
            Ok(gradient.abs().max_channels())
        }
    }
}

fn save_pictures(
    out: &Path,
    method: Method,
    map: &Heatmap,
    photo: &Photo,
    view: View,
) -> Result<(), Box<dyn Error>> {
    // Gradients are spiky: without clipping, one pixel would darken all others.
    let scaling = match method {
        Method::GradCam => Scaling::MinMax,
        Method::Saliency => Scaling::Percentile(99.0),
    };
    std::fs::create_dir_all(out)
        .map_err(|error| format!("cannot create {}: {error}", out.display()))?;
    let heatmap = map.place(&view).render(ColorMap::Inferno, scaling)?;
    heatmap.save(out.join("heatmap.png"))?;
    let overlay = map.overlay(photo).with_view(view).with_scaling(scaling);
    overlay.save(out.join("overlay.png"))?;
    if heatmap.is_flat() {
        println!("the map is flat: the layer holds no evidence for this class");
    }
    Ok(())
}

fn class_name(class: usize) -> String {
    imagenet::class_name(class)
        .unwrap_or("unknown class")
        .into()
}
