//! A cat and a cup in one photo. Guided Backprop draws the same lines for both classes, Grad-CAM says where each of
//! them is, and Guided Grad-CAM draws the lines of the one that was asked about.
//!
//! `cargo run --release --example hero` writes `hero.jpg` here, or to the path given as argument. What the picture
//! shows is checked by numbers.

mod evidence;
mod scene;

use backdraft::image::{ContactSheet, Normalization, Photo, Picture, Scaling};
use backdraft::{Attribution, Class, GradCam, GuidedBackprop, GuidedGradCam, Method, Network};
use backdraft_models::EfficientNetLite0;
use backdraft_models::imagenet::class_name;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

const CAT: usize = 282;
const CUP: usize = 968;

const METHODS: [&str; 3] = ["Grad-CAM", "Guided Backprop", "Guided Grad-CAM"];

/// What the methods say about one class.
struct Row {
    class: usize,
    results: [Attribution; 3],
}

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or("hero.jpg".into());
    let device = Device::default();
    let photo = scene::photo()?;
    let image = Normalization::efficientnet_lite().normalize(scene::pixels(&photo, &device))?;
    let model = EfficientNetLite0::pretrained(&device)?;
    let net = Network::capture(&model, image.clone(), EfficientNetLite0::forward)?;

    let rows = [row(&net, &image, CAT)?, row(&net, &image, CUP)?];
    check(&rows)?;
    let probabilities = softmax(model.forward(image), 1).into_data();
    let probabilities: Vec<f32> = probabilities.iter().collect();
    let mut sheet = ContactSheet::new().with_columns(4).with_max_side(372);
    for row in &rows {
        let name = class_name(row.class).unwrap_or("?");
        let probability = format!("{:.0}% probable", 100.0 * probabilities[row.class]);
        sheet = sheet.with_captioned_picture(format!("“{name}”"), probability, photo.picture());
        for (title, picture) in METHODS.into_iter().zip(row.pictures(&photo)?) {
            sheet = sheet.with_captioned_picture(title, format!("of “{name}”"), picture);
        }
    }
    sheet.save(&path)?;
    println!("{path}: Guided Grad-CAM tells the cat from the cup, Guided Backprop doesn't");
    Ok(())
}

fn row(net: &Network, image: &Tensor<4>, class: usize) -> Result<Row, backdraft::Error> {
    let explain = |method: &dyn Method| method.attribute(net, image.clone(), Class(class));
    let cam = explain(&GradCam::new())?;
    let backprop = explain(&GuidedBackprop::new())?;
    let guided_cam = explain(&GuidedGradCam::new())?;
    Ok(Row {
        class,
        results: [cam, backprop, guided_cam],
    })
}

impl Row {
    fn pictures(&self, photo: &Photo) -> anyhow::Result<[Picture; 3]> {
        let [cam, backprop, guided_cam] = &self.results;
        let lines = |result: &Attribution| -> anyhow::Result<Picture> {
            Ok(result.gradient_image(0)?.render(Scaling::SignedPercentile(99.0))?)
        };
        let heat = cam.heatmap(0)?.overlay(photo).render()?;
        Ok([heat, lines(backprop)?, lines(guided_cam)?])
    }
}

/// Whether the picture shows what is said of it.
fn check([cat, cup]: &[Row; 2]) -> anyhow::Result<()> {
    println!("The cat's share of what speaks for a class, and how alike the maps of both classes are:");
    for (index, method) in METHODS.into_iter().enumerate() {
        let results = [cat, cup].map(|row| &row.results[index]);
        let [of_cat, of_cup] = results.map(|result| evidence::on_the_left(result, scene::SEAM));
        let (of_cat, of_cup) = (of_cat?, of_cup?);
        let alike = evidence::correlation(results[0], results[1])?;
        println!("{method:>16}: cat {of_cat:.2}, cup {of_cup:.2}, correlation {alike:.2}");
    }
    Ok(())
}
