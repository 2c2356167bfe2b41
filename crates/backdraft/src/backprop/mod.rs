//! Methods that change the backward pass by rules: Guided Backpropagation, the deconvolutional network, `DeepLIFT`, and
//! layer-wise relevance propagation.
#![doc = ""]
#![doc = include_str!("picture.md")]

mod attention_scores;
mod deconvnet;
pub(crate) mod deep_lift;
mod error;
mod guided_backprop;
#[cfg(feature = "lrp")]
pub mod lrp;
mod probabilities;
mod rectifier_rules;
pub(crate) mod rectifiers;

pub use deconvnet::Deconvnet;
pub use deep_lift::{DeepLift, DeepLiftRule};
pub use error::BackpropError;
pub use guided_backprop::GuidedBackprop;
#[cfg(feature = "lrp")]
pub use lrp::{BiLrp, Composite, ExcitationBackprop, Lrp};
pub use rectifier_rules::{DeconvnetRectifier, GuidedRectifier};
