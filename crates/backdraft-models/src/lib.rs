//! Reference networks with trained weights for backdraft's examples and tests.
//!
//! The networks are ordinary Burn modules, written as any user would write them: they know
//! nothing of attribution. Next to them lie what they are shown: photos, a game, drawn scenes.
//!
//! | item | what |
//! |---|---|
//! | [`EfficientNetLite0`] | `ImageNet` classifier, trained weights built in |
//! | [`ResNet18`] | `ImageNet` classifier, random weights, for benchmarks |
//! | [`DuelingDqn`] | plays a game from stacked frames, trained weights built in |
//! | [`Vit`] | vision transformer for drawn scenes, trained weights built in |
//! | [`catch`] | the game: catch the ball, mind not the moth |
//! | [`glyphs`] | the scenes: one red shape among others |
//! | [`imagenet`] | names of the 1000 `ImageNet` classes |
//! | [`photos`] | a cat and a cup of espresso |

// In tests exact values are meant.
#![cfg_attr(test, allow(clippy::float_cmp))]

pub mod catch;
mod conv_norm;
mod dueling_dqn;
mod efficientnet_lite0;
mod error;
pub mod glyphs;
pub mod imagenet;
pub mod photos;
mod pixel_box;
mod pretrained;
mod resnet18;
mod vit;
mod weights;

pub use dueling_dqn::{DuelingDqn, DuelingDqnConfig};
pub use efficientnet_lite0::EfficientNetLite0;
pub use error::ModelError;
pub use pixel_box::PixelBox;
pub use resnet18::ResNet18;
pub use vit::{Vit, VitConfig};
pub use weights::save_weights;
