//! Methods that explain a layer in place of the inputs.

mod activation;
mod at_layer;
mod conductance;
mod error;
mod influence;
mod neuron_conductance;
mod open;
mod path;

pub use activation::LayerActivation;
pub use at_layer::{AtLayer, LayerDeepLift, LayerGradientXActivation, LayerIntegratedGradients};
pub use conductance::LayerConductance;
pub use error::LayerError;
pub use influence::InternalInfluence;
pub use neuron_conductance::NeuronConductance;
