use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// The sizes of a [`DuelingDqn`].
///
/// # Example
/// ```
/// use backdraft_models::DuelingDqnConfig;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::flex();
/// let model = DuelingDqnConfig::new(5).with_hidden(32).init(&device);
/// let values = model.forward(Tensor::zeros([2, 4, 36, 36], &device));
/// assert_eq!(values.dims(), [2, 5]);
/// ```
#[derive(Config, Debug)]
pub struct DuelingDqnConfig {
    /// How many actions there are to choose from.
    pub actions: usize,
    /// How many frames are stacked.
    #[config(default = 4)]
    pub frames: usize,
    /// Height and width of a frame, in pixels; at least 20 each.
    #[config(default = "[36, 36]")]
    pub frame_size: [usize; 2],
    /// Channels after the first and the second convolution.
    #[config(default = "[8, 12]")]
    pub channels: [usize; 2],
    /// Width of the layer that both heads read.
    #[config(default = 24)]
    pub hidden: usize,
}

impl DuelingDqnConfig {
    /// The network with random weights, from Burn's default initializers.
    pub fn init(&self, device: &Device) -> DuelingDqn {
        let [first, second] = self.channels;
        let side = |pixels: usize| ((pixels - 8) / 4 + 1 - 4) / 2 + 1;
        let features = second * side(self.frame_size[0]) * side(self.frame_size[1]);
        DuelingDqn {
            conv1: Conv2dConfig::new([self.frames, first], [8, 8])
                .with_stride([4, 4])
                .init(device),
            conv2: Conv2dConfig::new([first, second], [4, 4])
                .with_stride([2, 2])
                .init(device),
            fc: LinearConfig::new(features, self.hidden).init(device),
            value: LinearConfig::new(self.hidden, 1).init(device),
            advantage: LinearConfig::new(self.hidden, self.actions).init(device),
        }
    }
}

/// A dueling deep Q-network: what each action is worth, from a stack of frames.
///
/// Two convolutions and a hidden layer feed two heads. One says how good the state is, the other
/// how much better each action is than the average action: `Q = V + A - mean(A)`, as in [*Dueling
/// Network Architectures for Deep Reinforcement Learning*](https://arxiv.org/abs/1511.06581).
#[derive(Module, Debug)]
pub struct DuelingDqn {
    conv1: Conv2d,
    conv2: Conv2d,
    fc: Linear,
    value: Linear,
    advantage: Linear,
}

impl DuelingDqn {
    /// Computes the Q-value of each action.
    ///
    /// # Shapes
    /// - frames: `[batch, frames, height, width]`, the latest frame last
    /// - output: `[batch, actions]`
    pub fn forward(&self, frames: Tensor<4>) -> Tensor<2> {
        let x = relu(self.conv1.forward(frames));
        let x = relu(self.conv2.forward(x));
        let x = relu(self.fc.forward(x.flatten(1, 3)));
        let value = self.value.forward(x.clone());
        let advantage = self.advantage.forward(x);
        value + advantage.clone() - advantage.mean_dim(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    #[test]
    fn frames_need_not_be_square() {
        let device = Device::flex();
        let config = DuelingDqnConfig::new(3)
            .with_frames(2)
            .with_frame_size([20, 41]);
        let values = config
            .init(&device)
            .forward(Tensor::ones([1, 2, 20, 41], &device));
        assert_eq!(values.dims(), [1, 3]);
    }

    #[test]
    fn the_mean_over_the_actions_is_the_value() {
        let device = Device::flex();
        let model = DuelingDqnConfig::new(5).init(&device);
        let frames = Tensor::random([3, 4, 36, 36], Distribution::Default, &device);
        let x = relu(model.conv1.forward(frames.clone()));
        let x = relu(model.conv2.forward(x));
        let x: Tensor<2> = relu(model.fc.forward(x.flatten(1, 3)));
        let value = model.value.forward(x);
        let mean = model.forward(frames).mean_dim(1).into_data();
        mean.assert_approx_eq::<f32>(&value.into_data(), Tolerance::rel_abs(1e-5, 1e-6));
    }
}
