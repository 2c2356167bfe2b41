//! Methods that explain a layer in place of the inputs. [`AtLayer`] takes any method there, with the layer's output as
//! the input that is explained: this is how tokens are explained, which have no gradient. [`LayerConductance`],
//! [`InternalInfluence`] and [`NeuronConductance`] follow what a layer does while the inputs move from a baseline, and
//! [`LayerActivation`] is what it computes.
#![doc = ""]
#![doc = include_str!("picture.md")]

mod activation;
mod at_layer;
mod conductance;
mod error;
mod influence;
mod neuron_conductance;
pub(crate) mod open;
mod path;
mod rows;

pub use activation::LayerActivation;
pub use at_layer::{AtLayer, LayerDeepLift, LayerGradientXActivation, LayerIntegratedGradients};
pub use conductance::LayerConductance;
pub use error::LayerError;
pub use influence::InternalInfluence;
pub use neuron_conductance::NeuronConductance;
