//! Trains the network that plays [`catch`](backdraft_models::catch) and saves its weights.
//!
//! ```text
//! cargo run --release --example train_policy
//! ```
//!
//! The game is small enough to know exactly what each action is worth, so this is no Q-learning but
//! regression on the exact values of the game. Many games are played at once; half of the actions
//! are random, to see unlucky situations as well. Noise on the frames keeps the network from relying
//! on single pixels.

use std::error::Error;
use std::f64::consts::PI;

use backdraft_models::catch::{Action, Catch};
use backdraft_models::{DuelingDqn, DuelingDqnConfig, save_weights};
use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use burn_optim::{AdamConfig, GradientsParams};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

const STEPS: usize = 6000;
const GAMES: u64 = 64;
const LEARNING_RATE: f64 = 2e-3;
const NOISE: f64 = 0.1;
/// Seeds from here on are not trained with.
const HELD_OUT: u64 = 1 << 40;
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/policy.safetensors");

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::flex().autodiff();
    device.seed(0);
    let mut model = DuelingDqnConfig::catch().init(&device);
    let mut optimizer = AdamConfig::new().init();
    let mut games = Games::new();
    let mut recent = 0.0;
    for step in 1..=STEPS {
        let (frames, values) = games.batch(&device);
        let noise = Distribution::Normal(0.0, NOISE);
        let frames = frames.clone() + frames.random_like(noise);
        let loss = (model.forward(frames) - values).square().mean();
        recent += loss.clone().into_scalar::<f32>() / 1000.0;
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let falling = 0.5 + 0.5 * (PI * step as f64 / STEPS as f64).cos();
        model = optimizer.step(LEARNING_RATE * falling, model, gradients);
        games.step();
        if step % 1000 == 0 {
            let caught = 100.0 * caught(&model.valid());
            println!("step {step:>5}: loss {recent:.5}, {caught:.1}% of the balls caught");
            recent = 0.0;
        }
    }
    save_weights(&model.valid(), PATH)?;
    println!("written to {PATH}");
    Ok(())
}

/// Games that are played at the same time; where one ends another begins.
struct Games {
    running: Vec<Catch>,
    started: u64,
    random: StdRng,
}

impl Games {
    fn new() -> Self {
        Self {
            running: (0..GAMES).map(Catch::new).collect(),
            started: GAMES,
            random: StdRng::seed_from_u64(0),
        }
    }

    /// What the players see, and what their actions are worth.
    fn batch(&self, device: &Device) -> (Tensor<4>, Tensor<2>) {
        let values = self.running.iter().filter_map(Catch::values);
        let values = values.map(|values| Tensor::from_data([values], device));
        (
            frames(&self.running, device),
            Tensor::cat(values.collect(), 0),
        )
    }

    fn step(&mut self) {
        for game in &mut self.running {
            let random = self.random.random_bool(0.5);
            let action = match game.values() {
                Some(values) if !random => best(&values),
                _ => *Action::ALL
                    .choose(&mut self.random)
                    .expect("there are actions"),
            };
            game.step(action);
            if game.caught().is_some() {
                *game = Catch::new(self.started);
                self.started += 1;
            }
        }
    }
}

/// The share of balls that the network catches, out of 1000.
fn caught(model: &DuelingDqn) -> f64 {
    let device = Device::flex();
    let mut games: Vec<_> = (0..1000).map(|game| Catch::new(HELD_OUT + game)).collect();
    while games.iter().any(|game| game.caught().is_none()) {
        let values = model.forward(frames(&games, &device)).into_data();
        let values = values.iter::<f32>().collect::<Vec<_>>();
        for (game, values) in games.iter_mut().zip(values.chunks(Action::ALL.len())) {
            game.step(best(values));
        }
    }
    let caught = games.iter().filter(|game| game.caught() == Some(true));
    caught.count() as f64 / games.len() as f64
}

fn frames(games: &[Catch], device: &Device) -> Tensor<4> {
    let observations = games.iter().map(|game| game.observation(device));
    Tensor::cat(observations.collect(), 0)
}

fn best(values: &[f32]) -> Action {
    let best = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]));
    Action::ALL[best.expect("there are actions")]
}
