//! A network that hears which tones are in a sound: a bank of filters, rectified, and their mean over time.
//!
//! Its weights are written down, not trained, so that anyone can say what it should look at.

use std::f32::consts::TAU;

use burn::module::{Module, Param};
use burn::nn::PaddingConfig1d;
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

/// Samples per second.
pub const RATE: usize = 16_000;
/// The tones, in Hertz.
pub const TONES: [f32; 4] = [440.0, 880.0, 1320.0, 2640.0];

const KERNEL: usize = 255;
/// Cosine and sine, each with both signs: together their rectified sum is the loudness, nearly whatever the phase.
const PHASES: usize = 4;

#[derive(Module, Debug)]
pub struct Listener {
    filters: Conv1d,
}

impl Listener {
    pub fn new(device: &Device) -> Self {
        let weights: Vec<f32> = (0..TONES.len() * PHASES).flat_map(filter).collect();
        let channels = TONES.len() * PHASES;
        let mut filters = Conv1dConfig::new(1, channels, KERNEL)
            .with_stride(8)
            .with_padding(PaddingConfig1d::Same)
            .with_bias(false)
            .init(device);
        filters.weight = Param::from_data(TensorData::new(weights, [channels, 1, KERNEL]), device);
        Self { filters }
    }

    /// `[batch, 1, samples]` to the loudness of every tone, `[batch, tones]`.
    pub fn forward(&self, sound: Tensor<3>) -> Tensor<2> {
        let loudness = relu(self.filters.forward(sound));
        let [batch, channels, _] = loudness.dims();
        let mean = loudness
            .mean_dim(2)
            .reshape([batch, channels / PHASES, PHASES]);
        mean.sum_dim(2).flatten(1, 2)
    }
}

/// A tone in a Hann window.
fn filter(channel: usize) -> impl Iterator<Item = f32> {
    let tone = TONES[channel / PHASES];
    let phase = TAU * (channel % PHASES) as f32 / PHASES as f32;
    (0..KERNEL).map(move |sample| {
        let window = 0.5 - 0.5 * (TAU * sample as f32 / (KERNEL - 1) as f32).cos();
        window * (TAU * tone * sample as f32 / RATE as f32 + phase).cos() / KERNEL as f32
    })
}
