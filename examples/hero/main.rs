//! A cat and a cup in one photo. Guided Backprop draws the same lines for both classes, Grad-CAM says where each of
//! them is, and Guided Grad-CAM draws the lines of the one that was asked about.
//!
//! `cargo run --release --example hero` writes `hero.jpg` here, or to the path given as argument. What the picture
//! shows is checked by numbers.

mod evidence;
mod scene;

use backdraft::image::{ContactSheet, Normalization, Photo, Picture, Scaling};
use backdraft::{
    Attribution, Class, GradCam, GuidedBackprop, GuidedGradCam, Inputs, Method, Network,
};
use backdraft_models::EfficientNetLite0;
use backdraft_models::imagenet::class_name;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

/// "tiger cat" and "cup".
const CLASSES: [usize; 2] = [282, 968];

/// A method, what it says about each class, and how that is drawn.
struct Explained {
    method: &'static str,
    results: Vec<Attribution>,
    draw: fn(&Attribution, &Photo) -> anyhow::Result<Picture>,
}

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or("hero.jpg".into());
    let device = Device::default();
    let photo = scene::photo()?;
    let image = Normalization::efficientnet_lite().normalize(scene::pixels(&photo, &device))?;
    let model = EfficientNetLite0::pretrained(&device)?;
    let net = Network::capture(&model, image.clone(), EfficientNetLite0::forward)?;

    let explained = explain(&net, image.clone())?;
    check(&explained)?;
    let mut sheet = ContactSheet::new().with_columns(4).with_max_side(372);
    for (index, probability) in probabilities(model.forward(image)).into_iter().enumerate() {
        let name = class_name(CLASSES[index]).unwrap_or("?");
        let probability = format!("{:.0}% probable", 100.0 * probability);
        sheet = sheet.with_captioned_picture(format!("“{name}”"), probability, photo.picture());
        for Explained {
            method,
            results,
            draw,
        } in &explained
        {
            let picture = draw(&results[index], &photo)?;
            sheet = sheet.with_captioned_picture(*method, format!("of “{name}”"), picture);
        }
    }
    sheet.save(&path)?;
    println!("{path}: Guided Grad-CAM tells the cat from the cup, Guided Backprop doesn't");
    Ok(())
}

fn explain(net: &Network, image: Tensor<4>) -> Result<[Explained; 3], backdraft::Error> {
    let inputs = Inputs::new(image);
    let classes = CLASSES.map(Class);
    Ok([
        Explained {
            method: "Grad-CAM",
            results: GradCam::new().attribute_each(net, inputs.clone(), classes)?,
            draw: heat,
        },
        Explained {
            method: "Guided Backprop",
            results: GuidedBackprop::new().attribute_each(net, inputs.clone(), classes)?,
            draw: lines,
        },
        Explained {
            method: "Guided Grad-CAM",
            results: GuidedGradCam::new().attribute_each(net, inputs, classes)?,
            draw: lines,
        },
    ])
}

fn heat(result: &Attribution, photo: &Photo) -> anyhow::Result<Picture> {
    Ok(result.heatmap(0)?.overlay(photo).render()?)
}

fn lines(result: &Attribution, _: &Photo) -> anyhow::Result<Picture> {
    let scaling = Scaling::SignedPercentile(99.0);
    Ok(result.gradient_image(0)?.render(scaling)?)
}

fn probabilities(scores: Tensor<2>) -> [f32; 2] {
    let all: Vec<f32> = softmax(scores, 1).into_data().iter().collect();
    CLASSES.map(|class| all[class])
}

/// Whether the picture shows what is said of it.
fn check(explained: &[Explained]) -> anyhow::Result<()> {
    println!("The cat's share of what speaks for each class, and how alike the maps of both are:");
    for Explained {
        method, results, ..
    } in explained
    {
        let cat = evidence::on_the_left(&results[0], scene::SEAM)?;
        let cup = evidence::on_the_left(&results[1], scene::SEAM)?;
        let alike = evidence::correlation(&results[0], &results[1])?;
        println!("{method:>16}: cat {cat:.2}, cup {cup:.2}, correlation {alike:.2}");
    }
    Ok(())
}
