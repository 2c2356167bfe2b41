//! Trains the networks of drawn scenes on endless fresh ones, and writes the weights that are built
//! into this crate:
//!
//! ```text
//! cargo run --release --example train_scenes -- eyes --steps 3000
//! cargo run --release --example train_scenes -- vqa --steps 2500
//! cargo run --release --example train_scenes -- captioner --steps 4000
//! ```
//!
//! Networks that see only the average over all places learn to see slowly. So the convolutions are
//! trained first, as the eyes of a network that has weights for every place. Then each network begins
//! with the convolutions of the one before.

use std::error::Error;
use std::path::Path;

use backdraft_models::scenes::{Scene, Vocabulary};
use backdraft_models::{Captioner, CaptionerConfig, ModelError, Vqa, VqaConfig};
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{DType, Device, Int, Tensor};
use burn_store::{
    BurnToPyTorchAdapter, FloatCastAdapter, ModuleAdapter, ModuleSnapshot, PyTorchToBurnAdapter,
    SafetensorsStore, SafetensorsStoreError,
};
use clap::{Parser, ValueEnum};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const BATCH: usize = 32;
const LEARNING_RATE: f64 = 2e-3;
/// Keeps the networks from growing ever surer.
const SMOOTHING: f32 = 0.05;
const HELD_OUT: usize = 2000;
const HELD_OUT_SEED: u64 = 1 << 32;

#[derive(Parser)]
#[command(about = "Trains a network on drawn scenes and saves its weights")]
struct Args {
    network: Network,
    /// Batches to train on
    #[arg(long)]
    steps: usize,
    /// Where the drawing of scenes and the weights start
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Network {
    /// Convolutions to begin with, which are kept in the folder of temporary files
    Eyes,
    /// Needs the eyes
    Vqa,
    /// Needs the trained answers
    Captioner,
}

type Inputs = (Tensor<4>, Tensor<2, Int>);

/// What a network reads, and the classes it should find: one for each row of its logits.
struct Batch {
    inputs: Inputs,
    classes: Tensor<1, Int>,
}

/// A network and how it learns.
struct Task<M> {
    model: M,
    /// Logits of shape `[rows, classes]`.
    forward: fn(&M, Inputs) -> Tensor<2>,
    batch: fn(usize, &mut StdRng, &Device) -> Result<Batch, ModelError>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let device = Device::flex().autodiff();
    device.seed(args.seed);
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let eyes = std::env::temp_dir().join("backdraft-eyes.safetensors");
    let vqa = assets.join("vqa.safetensors");
    match args.network {
        Network::Eyes => {
            let model = VqaConfig::scenes().with_pooled(false).init(&device);
            save(&train(answering(model), &args)?, &eyes)
        }
        Network::Vqa => {
            let model = seeing(VqaConfig::scenes().init(&device), &eyes)?;
            save(&train(answering(model), &args)?, &vqa)
        }
        Network::Captioner => {
            let task = Task {
                model: seeing(CaptionerConfig::scenes().init(&device), &vqa)?,
                forward: |model: &Captioner, inputs| model.forward(inputs).flatten(0, 1),
                batch: captions,
            };
            save(&train(task, &args)?, &assets.join("captioner.safetensors"))
        }
    }
}

fn answering(model: Vqa) -> Task<Vqa> {
    Task {
        model,
        forward: Vqa::forward,
        batch: answers,
    }
}

fn train<M: Module>(task: Task<M>, args: &Args) -> Result<M, ModelError> {
    let Task {
        mut model,
        forward,
        batch,
    } = task;
    let device = Device::flex().autodiff();
    let loss = CrossEntropyLossConfig::new().with_smoothing(Some(SMOOTHING));
    let loss = loss.init(&device);
    let mut optimizer = AdamConfig::new().init();
    let mut rng = StdRng::seed_from_u64(args.seed);
    for step in 0..args.steps {
        let Batch { inputs, classes } = batch(BATCH, &mut rng, &device)?;
        let error = loss.forward(forward(&model, inputs), classes);
        if step % 100 == 0 {
            let error: f32 = error.clone().into_scalar();
            println!("step {step}: loss {error:.3}");
        }
        let gradients = GradientsParams::from_grads(error.backward(), &model);
        let progress = step as f64 / args.steps as f64;
        let rate = LEARNING_RATE * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        model = optimizer.step(rate, model, gradients);
    }
    let model = model.valid();
    let accuracy = accuracy(&model, forward, batch)?;
    println!("{:.2} % of held-out answers are right", 100.0 * accuracy);
    Ok(model)
}

/// The part of rows whose class is found, in scenes that training does not see.
fn accuracy<M>(
    model: &M,
    forward: fn(&M, Inputs) -> Tensor<2>,
    batch: fn(usize, &mut StdRng, &Device) -> Result<Batch, ModelError>,
) -> Result<f64, ModelError> {
    let mut rng = StdRng::seed_from_u64(HELD_OUT_SEED);
    let Batch { inputs, classes } = batch(HELD_OUT, &mut rng, &Device::flex())?;
    let rows = classes.dims()[0];
    let found = forward(model, inputs).argmax(1).reshape([rows]);
    let right: i64 = found.equal(classes).int().sum().into_scalar();
    Ok(right as f64 / rows as f64)
}

/// Captions of one to three objects, as many in every scene of a batch: from every word the network learns the
/// next. What else there is can't be concluded from what has been said.
fn captions(size: usize, rng: &mut StdRng, device: &Device) -> Result<Batch, ModelError> {
    let (mut images, mut words, mut next) = (Vec::new(), Vec::new(), Vec::new());
    let objects = rng.random_range(1..=3);
    for _ in 0..size {
        let scene = Scene::with_colors(objects, rng);
        images.push(scene.image(device));
        let caption = Vocabulary::caption(&scene.caption(), device)?;
        let steps = caption.dims()[0] - 1;
        words.push(caption.clone().slice(0..steps));
        next.push(caption.slice(1..=steps));
    }
    Ok(Batch {
        inputs: (Tensor::stack(images, 0), Tensor::stack(words, 0)),
        classes: Tensor::cat(next, 0),
    })
}

/// One question about each scene of two or three objects.
fn answers(size: usize, rng: &mut StdRng, device: &Device) -> Result<Batch, ModelError> {
    let (mut images, mut questions, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size {
        let scene = Scene::with_look_alikes(rng);
        images.push(scene.image(device));
        let asked = scene.questions();
        let question = &asked[rng.random_range(..asked.len())];
        questions.push(Vocabulary::question(&question.words, device)?);
        answers.push(Vocabulary::ANSWERS.token(question.answer)? as i64);
    }
    Ok(Batch {
        inputs: (Tensor::stack(images, 0), Tensor::stack(questions, 0)),
        classes: Tensor::from_data(answers.as_slice(), device),
    })
}

/// Gives a network convolutions that have been trained.
fn seeing<M: ModuleSnapshot>(mut model: M, eyes: &Path) -> Result<M, SafetensorsStoreError> {
    let cast = FloatCastAdapter::to(DType::F32);
    let mut store = SafetensorsStore::from_file(eyes)
        .with_from_adapter(PyTorchToBurnAdapter.chain(cast))
        .with_regex("^convs")
        .allow_partial(true);
    model.load_from(&mut store)?;
    Ok(model)
}

/// Writes weights as `PyTorch` lays them out, in float16.
fn save<M: ModuleSnapshot>(model: &M, path: &Path) -> Result<(), Box<dyn Error>> {
    let half = FloatCastAdapter::to(DType::F16);
    let mut store = SafetensorsStore::from_file(path)
        .overwrite(true)
        .with_to_adapter(BurnToPyTorchAdapter.chain(half));
    model.save_into(&mut store)?;
    println!("weights written to {}", path.display());
    Ok(())
}
