use backdraft_models::{DuelingDqn, DuelingDqnConfig};
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor};
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "c1")]
    channels1: usize,
    #[serde(rename = "c2")]
    channels2: usize,
    #[serde(rename = "hw")]
    side: usize,
    #[serde(rename = "hid")]
    hidden: usize,
    actions: usize,
}

/// The dueling Q-network with the weights of the built-in fixture `policy`.
///
/// # Panics
/// If the weights do not fit.
pub fn load_policy(device: &Device) -> DuelingDqn {
    policy(&Fixture::open("policy"), device)
}

/// The dueling Q-network with the sizes and weights of a fixture. It reads as many frames as the fixture's input has.
///
/// # Panics
/// If a size is missing, or the weights do not fit.
pub fn policy(fixture: &Fixture, device: &Device) -> DuelingDqn {
    let [_, frames, _, _] = fixture.example("", device).dims();
    weights::load(new(&fixture.config(), frames, device), fixture, &[])
}

/// The Q-network of the fixture `policy` with both heads and what combines them in one linear layer: the same function
/// in other layers, for which the fixture has relevances.
#[derive(Module, Debug)]
pub struct MergedPolicy {
    conv1: Conv2d,
    conv2: Conv2d,
    fc: Linear,
    value: Linear,
    advantage: Linear,
}

impl MergedPolicy {
    /// The network with the sizes and weights of a fixture.
    ///
    /// # Panics
    /// If a size is missing, or the weights do not fit.
    pub fn of(fixture: &Fixture, device: &Device) -> Self {
        let sizes: Sizes = fixture.config();
        let [_, frames, _, _] = fixture.example("", device).dims();
        let side = ((sizes.side - 8) / 4 + 1 - 4) / 2 + 1;
        let conv = |channels, kernel: usize| Conv2dConfig::new(channels, [kernel; 2]);
        let dense = |from, to| LinearConfig::new(from, to).init(device);
        let model = Self {
            conv1: conv([frames, sizes.channels1], 8)
                .with_stride([4, 4])
                .init(device),
            conv2: conv([sizes.channels1, sizes.channels2], 4)
                .with_stride([2, 2])
                .init(device),
            fc: dense(sizes.channels2 * side * side, sizes.hidden),
            value: dense(sizes.hidden, 1),
            advantage: dense(sizes.hidden, sizes.actions),
        };
        weights::load(model, fixture, &[])
    }

    /// Computes the Q-value of each action.
    ///
    /// # Shapes
    /// - frames: `[batch, frames, height, width]`
    /// - output: `[batch, actions]`
    pub fn forward(&self, frames: Tensor<4>) -> Tensor<2> {
        let x = relu(self.conv1.forward(frames));
        let x = relu(self.conv2.forward(x));
        let x: Tensor<2> = relu(self.fc.forward(x.flatten(1, 3)));
        let [value, advantage] = [&self.value, &self.advantage].map(|head| head.weight.val());
        let weight = advantage.clone() - advantage.mean_dim(1) + value;
        let biases = [&self.value, &self.advantage].map(|head| head.bias.as_ref());
        let bias = match biases {
            [Some(value), Some(advantage)] => {
                let (value, advantage) = (value.val(), advantage.val());
                Some(advantage.clone() - advantage.mean() + value)
            }
            _ => None,
        };
        linear(x, weight, bias)
    }
}

fn new(sizes: &Sizes, frames: usize, device: &Device) -> DuelingDqn {
    DuelingDqnConfig::new(sizes.actions)
        .with_frames(frames)
        .with_frame_size([sizes.side; 2])
        .with_channels([sizes.channels1, sizes.channels2])
        .with_hidden(sizes.hidden)
        .init(device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;
    use serde_json::json;

    #[test]
    fn sizes_are_those_of_config() {
        let device = Device::flex();
        let config = json!({"c1": 3, "c2": 5, "hw": 44, "hid": 7, "actions": 4, "o2": 4});
        let sizes = serde_json::from_value(config).unwrap();
        let net = new(&sizes, 2, &device);
        let inputs = Tensor::zeros([3, 2, 44, 44], &device);
        assert_eq!(net.forward(inputs).dims(), [3, 4]);
    }

    #[test]
    fn merged_heads_are_the_same_function() {
        let (device, fixture) = (Device::flex(), Fixture::open("policy"));
        let frames = fixture.example::<4>("", &device);
        let expected = policy(&fixture, &device).forward(frames.clone());
        let merged = MergedPolicy::of(&fixture, &device).forward(frames);
        let tolerance = burn::tensor::Tolerance::rel_abs(1e-5, 1e-5);
        let expected = expected.into_data();
        merged
            .into_data()
            .assert_approx_eq::<f32>(&expected, tolerance);
    }
}
