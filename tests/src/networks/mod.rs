//! The fixtures' networks as ordinary Burn modules, with the fixtures' weights.
//!
//! Sizes come from the fixtures, and fields are named as there, so that a layer has the same name here and there.
//! [`capture()`] knows which network a fixture is of. Several are networks of [`backdraft_models`] in other sizes, and
//! EfficientNet-Lite0 is the trained network itself.

mod captioner;
mod capture;
mod convnet;
mod efficientnet_lite0;
mod gapnet;
#[cfg(test)]
mod logits;
mod lstm;
mod mlp;
mod mobilenet;
mod policy;
mod resnet;
mod textnet;
mod vit;
mod vqa;
mod weights;

pub use captioner::captioner;
pub use capture::capture;
pub use convnet::ConvNet;
pub use efficientnet_lite0::efficientnet_lite0;
pub use gapnet::GapNet;
pub use mlp::Mlp;
pub use mobilenet::MobileNet;
pub use policy::{MergedPolicy, load_policy, policy};
pub use resnet::ResNet;
pub use textnet::{MergedTextNet, TextNet};
pub use vit::{load_vit, vit};
pub use vqa::vqa;
