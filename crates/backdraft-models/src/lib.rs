//! Reference networks with trained weights for backdraft's examples and tests.
//!
//! The networks are ordinary Burn modules, written as any user would write them: they know
//! nothing of attribution. Next to them lie what they are shown: photos, a game, drawn scenes.
//!
//! | item | what |
//! |---|---|
//! | [`EfficientNetLite0`] | `ImageNet` classifier, trained weights built in |
//! | [`MiniLm`], [`WordPiece`] | embeds sentences, trained weights by `scripts/fetch-minilm.sh` |
//! | [`ResNet18`] | `ImageNet` classifier, random weights, for benchmarks |
//! | [`Captioner`] | writes captions of drawn scenes, trained weights built in |
//! | [`Vqa`] | answers questions about drawn scenes, trained weights built in |
//! | [`scenes`] | draws the scenes, with captions, questions and answers |
//! | [`DuelingDqn`] | plays a game from stacked frames, trained weights built in |
//! | [`catch`] | the game: catch the ball, mind not the moth |
//! | [`Vit`] | vision transformer for drawn scenes, trained weights built in |
//! | [`glyphs`] | the scenes: one red shape among others |
//! | [`imagenet`] | names of the 1000 `ImageNet` classes |
//! | [`photos`] | a cat and a cup of espresso |

// In tests exact values are meant.
#![cfg_attr(test, allow(clippy::float_cmp))]

mod captioner;
pub mod catch;
mod conv_norm;
mod conv_stack;
mod dueling_dqn;
mod efficientnet_lite0;
mod error;
pub mod glyphs;
pub mod imagenet;
mod mini_lm;
mod own_weights;
pub mod photos;
mod pixel_box;
mod pretrained;
mod resnet18;
pub mod scenes;
mod vit;
mod vqa;
mod weights;

pub use captioner::{Captioner, CaptionerConfig};
pub use dueling_dqn::{DuelingDqn, DuelingDqnConfig};
pub use efficientnet_lite0::EfficientNetLite0;
pub use error::ModelError;
pub use mini_lm::{Encoding, MiniLm, WordPiece};
pub use pixel_box::PixelBox;
pub use resnet18::ResNet18;
pub use vit::{Vit, VitConfig};
pub use vqa::{Vqa, VqaConfig};
pub use weights::save_weights;
