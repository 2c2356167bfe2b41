//! Reference networks with trained weights for backdraft's examples and tests.
//!
//! The networks are ordinary Burn modules, written as any user would write them: they know
//! nothing of attribution. Next to them lie the names of their classes and two photos.
//!
//! | item | what |
//! |---|---|
//! | [`EfficientNetLite0`] | `ImageNet` classifier, trained weights built in |
//! | [`MiniLm`], [`WordPiece`] | embeds sentences, trained weights by `scripts/fetch-minilm.sh` |
//! | [`ResNet18`] | `ImageNet` classifier, random weights, for benchmarks |
//! | [`imagenet`] | names of the 1000 `ImageNet` classes |
//! | [`photos`] | a cat and a cup of espresso |

mod conv_norm;
mod efficientnet_lite0;
mod error;
pub mod imagenet;
mod mini_lm;
pub mod photos;
mod resnet18;
mod weights;

pub use efficientnet_lite0::EfficientNetLite0;
pub use error::ModelError;
pub use mini_lm::{Encoding, MiniLm, WordPiece};
pub use resnet18::ResNet18;
