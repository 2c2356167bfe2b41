//! A cat and a cup in one photo. Guided Backprop draws nearly the same lines for both classes, Grad-CAM says where each
//! of them is, and Guided Grad-CAM draws the lines of the one that was asked about.
//!
//! `cargo run --release --example hero` writes `hero.jpg` here, or to the path given as argument. What the picture
//! shows is checked by numbers.

mod evidence;
mod scene;

use anyhow::ensure;
use backdraft::image::{ContactSheet, Normalization, Photo, Picture, Scaling};
use backdraft::{
    Attribution, Class, GradCam, GuidedBackprop, GuidedGradCam, Inputs, Method, Network,
};
use backdraft_models::EfficientNetLite0;
use backdraft_models::imagenet::class_name;
use burn::tensor::{Device, Tensor};

/// "tiger cat", the most probable class, and "cup", one of the five most probable ones.
const CLASSES: [usize; 2] = [282, 968];

/// A method, what it says about each class, and how that is drawn.
struct Explained {
    method: &'static str,
    results: Vec<Attribution>,
    tells_apart: bool,
    draw: fn(&Attribution, &Photo) -> anyhow::Result<Picture>,
}

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or("hero.jpg".into());
    let device = Device::default();
    let photo = scene::photo()?;
    let image = Normalization::efficientnet_lite().normalize(scene::pixels(&photo, &device))?;
    let model = EfficientNetLite0::pretrained(&device)?;
    let net = Network::capture(&model, image.clone(), EfficientNetLite0::forward)?;

    let explained = explain(&net, image)?;
    check(&explained)?;
    let mut sheet = ContactSheet::new().with_columns(4).with_max_side(370);
    for (index, class) in CLASSES.into_iter().enumerate() {
        let class = format!("“{}”", class_name(class).unwrap_or("?"));
        sheet = sheet.with_captioned_picture("The photo", &class, photo.picture());
        for way in &explained {
            let picture = (way.draw)(&way.results[index], &photo)?;
            sheet = sheet.with_captioned_picture(way.method, &class, picture);
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
            tells_apart: true,
            draw: heat,
        },
        Explained {
            method: "Guided Backprop",
            results: GuidedBackprop::new().attribute_each(net, inputs.clone(), classes)?,
            tells_apart: false,
            draw: lines,
        },
        Explained {
            method: "Guided Grad-CAM",
            results: GuidedGradCam::new().attribute_each(net, inputs, classes)?,
            tells_apart: true,
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

/// Whether the picture shows what is said of it.
fn check(explained: &[Explained]) -> anyhow::Result<()> {
    println!(
        "The share of positive values on the cat, and how alike the maps of both classes are:"
    );
    for way in explained {
        let cat = evidence::on_the_left(&way.results[0], scene::SEAM)?;
        let cup = evidence::on_the_left(&way.results[1], scene::SEAM)?;
        let alike = evidence::correlation(&way.results[0], &way.results[1])?;
        let method = way.method;
        println!("{method:>16}: tiger cat {cat:.2}, cup {cup:.2}; correlation {alike:.2}");
        let apart = cat > 0.8 && cup < 0.25 && alike < 0.5;
        let together = cat < 0.75 && cup > 0.4 && alike > 0.9;
        ensure!(
            if way.tells_apart { apart } else { together },
            "{method} doesn't do what the picture is to show"
        );
    }
    Ok(())
}
