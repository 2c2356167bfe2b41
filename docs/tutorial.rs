//! The program of the tutorial: `cargo run --release -p backdraft-tests --bin tutorial`.

use backdraft::evaluation::Suite;
use backdraft::image::{GrayPhoto, ImageBuffer, Luma};
use backdraft::prelude::*;
use backdraft::{Baseline, Error, GradCam, IntegratedGradients, Saliency};
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// Says whether a picture has upright lines (class 0) or level ones (class 1).
#[derive(Module, Debug)]
struct Lines {
    shrink: AvgPool2d,
    detect: Conv2d,
    decide: Linear,
}

impl Lines {
    fn new(device: &Device) -> Self {
        let shrink = AvgPool2dConfig::new([16, 16]).with_strides([16, 16]).init();
        let mut detect = Conv2dConfig::new([1, 2], [3, 3]).init(device);
        let upright = [[-1.0, 2.0, -1.0], [-1.0, 2.0, -1.0], [-1.0, 2.0, -1.0]];
        let level = [[-1.0, -1.0, -1.0], [2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]];
        detect.weight = Param::from_data([[upright], [level]], device);
        detect.bias = Some(Param::from_data([-2.0, -2.0], device));
        let mut decide = LinearConfig::new(2, 2).with_bias(false).init(device);
        decide.weight = Param::from_data([[10.0, -5.0], [-5.0, 10.0]], device);
        Self {
            shrink,
            detect,
            decide,
        }
    }

    fn forward(&self, pictures: Tensor<4>) -> Tensor<2> {
        let small = self.shrink.forward(pictures);
        let found = relu(self.detect.forward(small));
        self.decide
            .forward(found.mean_dim(3).mean_dim(2).flatten(1, 3))
    }
}

fn main() -> Result<(), Error> {
    let device = Device::default();
    let model = Lines::new(&device);
    let photo = GrayPhoto::from_image(ImageBuffer::from_fn(224, 224, |x, y| {
        let upright = (32..48).contains(&x) && (16..160).contains(&y);
        let level = (80..192).contains(&x) && (176..192).contains(&y);
        Luma([if upright || level { u16::MAX } else { 0 }])
    }))?;
    let picture = photo.tensor(&device);

    let net = Network::capture(&model, picture.clone(), Lines::forward)?;
    println!("{net}");

    let gradient = Saliency::new().attribute(&net, picture.clone(), TopClass)?;
    println!("{} with {:?}", gradient.target(), gradient.scores());

    for class in [0, 1] {
        let cam = GradCam::new().attribute(&net, picture.clone(), Class(class))?;
        let map = cam.heatmap(0)?;
        let (x, y) = map.peak().expect("the map isn't flat");
        println!(
            "class {class}: {} cells, strongest at {x:.2}, {y:.2}",
            map.values().len()
        );
        let drawn = photo.photo();
        let overlay = map.overlay(&drawn).with_alpha(0.8);
        overlay.save(format!("lines-{class}.png"))?;
    }

    let black = Baseline::zeros();
    let path = IntegratedGradients::new().with_baseline(black.clone());
    let path = path.attribute(&net, picture.clone(), Class(0))?;
    let gap = path.gap().expect("the method has a baseline")[0];
    println!("score {:?}", path.scores());
    let of_black = path.baseline_scores().unwrap_or_default();
    println!("score of a black picture {of_black:?}");
    println!("sum {:.3}, gap {:.3}", path.sums()[0], gap.absolute);

    let refined = IntegratedGradients::new().with_tolerance(0.001);
    let refined = refined.attribute(&net, picture.clone(), Class(0))?;
    let gap = refined.gap().expect("the method has a baseline")[0];
    let steps = refined.option("steps").unwrap_or_default();
    println!("{steps} steps, gap {:.4}", gap.absolute);

    let suite = Suite::new("lines", &net, picture.clone(), black, Class(0))?;
    let report = suite.run("integrated-gradients", |baseline| {
        let path = IntegratedGradients::new().with_baseline(baseline);
        path.with_tolerance(0.001)
    })?;
    println!("{report}");
    let report = suite.run("saliency", |_| Saliency::new())?;
    println!("{report}");

    let mistake = GradCam::at("detekt").attribute(&net, picture.clone(), Class(0));
    println!("{}", mistake.unwrap_err());
    let mistake = GradCam::at("decide").attribute(&net, picture.clone(), Class(0));
    println!("{}", mistake.unwrap_err());
    let mistake = Saliency::new().attribute(&net, picture.clone(), Class(2));
    println!("{}", mistake.unwrap_err());
    let mistake = Network::capture(&model, picture, |model: &Lines, x: Tensor<4>| {
        let bright = x.clone().mean().into_scalar::<f32>() > 0.5;
        model.forward(if bright { 1.0 - x } else { x })
    });
    let text = mistake.unwrap_err().to_string();
    println!("{} ...", text.split(':').next().unwrap_or_default());
    Ok(())
}
