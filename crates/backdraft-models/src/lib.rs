//! Reference networks with trained weights for backdraft's examples and tests.
//!
//! The networks are ordinary Burn modules, written as any user would write them: they know
//! nothing of attribution. Next to them lie the names of their classes and two photos.
//!
//! | item | what |
//! |---|---|
//! | [`EfficientNetLite0`] | `ImageNet` classifier, trained weights built in |
//! | [`ResNet18`] | `ImageNet` classifier, random weights, for benchmarks |
//! | [`Captioner`] | writes captions of drawn scenes, trained weights built in |
//! | [`Vqa`] | answers questions about drawn scenes, trained weights built in |
//! | [`scenes`] | draws the scenes, with captions, questions and answers |
//! | [`imagenet`] | names of the 1000 `ImageNet` classes |
//! | [`photos`] | a cat and a cup of espresso |

mod captioner;
mod conv_norm;
mod conv_stack;
mod efficientnet_lite0;
mod error;
pub mod imagenet;
pub mod photos;
mod pretrained;
mod resnet18;
pub mod scenes;
mod vqa;
mod weights;

pub use captioner::{Captioner, CaptionerConfig};
pub use efficientnet_lite0::EfficientNetLite0;
pub use error::ModelError;
pub use resnet18::ResNet18;
pub use vqa::{Vqa, VqaConfig};
