use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{relu, sigmoid, tanh};
use burn::tensor::{Device, Tensor};
use serde::Deserialize;

use super::weights;
use crate::Fixture;

/// The sizes in `config` of the fixture.
#[derive(Deserialize)]
struct Sizes {
    #[serde(rename = "in")]
    features: usize,
    #[serde(rename = "h")]
    hidden: usize,
    classes: usize,
}

/// Four linear layers with ReLU, tanh and sigmoid between them: features to classes.
#[derive(Module, Debug)]
pub struct Mlp {
    fc1: Linear,
    fc2: Linear,
    fc3: Linear,
    fc4: Linear,
}

impl Mlp {
    /// The network with the weights of the built-in fixture `mlp`.
    ///
    /// # Panics
    /// If the weights do not fit.
    pub fn load(device: &Device) -> Self {
        Self::of(&Fixture::open("mlp"), device)
    }

    /// The network with the sizes and weights of a fixture.
    ///
    /// # Panics
    /// If a size is missing, or the weights do not fit.
    pub fn of(fixture: &Fixture, device: &Device) -> Self {
        weights::load(Self::new(&fixture.config(), device), fixture, &[])
    }

    fn new(sizes: &Sizes, device: &Device) -> Self {
        let &Sizes {
            features,
            hidden,
            classes,
        } = sizes;
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        Self {
            fc1: linear(features, hidden),
            fc2: linear(hidden, hidden),
            fc3: linear(hidden, hidden),
            fc4: linear(hidden, classes),
        }
    }

    /// Computes the logits.
    ///
    /// # Shapes
    /// - features: `[batch, features]`
    /// - output: `[batch, classes]`
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let x = relu(self.fc1.forward(features));
        let x = tanh(self.fc2.forward(x));
        let x = sigmoid(self.fc3.forward(x));
        self.fc4.forward(x)
    }
}
