use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{relu, sigmoid, tanh};
use burn::tensor::{Device, Tensor};

use super::weights;

/// Four linear layers with ReLU, tanh and sigmoid between them: 8 features to 3 classes.
#[derive(Module, Debug)]
pub struct Mlp {
    fc1: Linear,
    fc2: Linear,
    fc3: Linear,
    fc4: Linear,
}

impl Mlp {
    /// The network with the weights of the fixture `mlp`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        let model = Self {
            fc1: linear(8, 16),
            fc2: linear(16, 16),
            fc3: linear(16, 16),
            fc4: linear(16, 3),
        };
        weights::load(model, "mlp", &[])
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - features: `[batch, 8]`
    /// - output: `[batch, 3]`
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let x = relu(self.fc1.forward(features));
        let x = tanh(self.fc2.forward(x));
        let x = sigmoid(self.fc3.forward(x));
        self.fc4.forward(x)
    }
}
