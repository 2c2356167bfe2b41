//! Trains the network that names the red shape of [`glyphs`](backdraft_models::glyphs) and saves
//! its weights.
//!
//! ```text
//! cargo run --release --example train_vit
//! ```
//!
//! Every scene is drawn anew, so no scene is seen twice.

use std::error::Error;
use std::f64::consts::PI;

use backdraft_models::glyphs::Scene;
use backdraft_models::{Vit, VitConfig, save_weights};
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Device, Int, Tensor};
use burn_optim::{AdamConfig, GradientsParams};

const STEPS: u64 = 600;
const BATCH: u64 = 64;
const WARM_UP: f64 = 100.0;
const LEARNING_RATE: f64 = 1e-3;
/// Seeds from here on are not trained with.
const HELD_OUT: u64 = 1 << 40;
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/vit.safetensors");

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::flex().autodiff();
    device.seed(0);
    let mut model = VitConfig::glyphs().init(&device);
    let mut optimizer = AdamConfig::new().init();
    let loss = CrossEntropyLossConfig::new().init(&device);
    let mut recent = 0.0;
    for step in 1..=STEPS {
        let (images, classes) = batch(step * BATCH, BATCH, &device);
        let loss = loss.forward(model.forward(images), classes);
        recent += loss.clone().into_scalar::<f32>() / 100.0;
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(rate(step as f64), model, gradients);
        if step % 100 == 0 {
            let right = 100.0 * accuracy(&model.valid());
            println!("step {step:>4}: loss {recent:.4}, {right:.1}% right");
            recent = 0.0;
        }
    }
    save_weights(&model.valid(), PATH)?;
    println!("written to {PATH}");
    Ok(())
}

/// The learning rate: rises linearly, then falls as a cosine.
fn rate(step: f64) -> f64 {
    let falling = 0.5 + 0.5 * (PI * step / STEPS as f64).cos();
    LEARNING_RATE * falling * (step / WARM_UP).min(1.0)
}

/// Scenes from a seed on, and their classes.
fn batch(seed: u64, count: u64, device: &Device) -> (Tensor<4>, Tensor<1, Int>) {
    let scenes: Vec<_> = (seed..seed + count).map(Scene::new).collect();
    let images = scenes.iter().map(|scene| scene.image(device));
    let classes: Vec<_> = scenes.iter().map(|scene| scene.class() as i64).collect();
    (
        Tensor::cat(images.collect(), 0),
        Tensor::from_data(classes.as_slice(), device),
    )
}

/// The share of scenes whose red shape the network names, out of 500.
fn accuracy(model: &Vit) -> f64 {
    let (images, classes) = batch(HELD_OUT, 500, &Device::flex());
    let named = model.forward(images).argmax(1).squeeze_dim(1);
    let right = named.equal(classes).int().sum().into_scalar::<i64>();
    right as f64 / 500.0
}
