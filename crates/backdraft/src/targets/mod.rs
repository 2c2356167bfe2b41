//! What is explained: one scalar for each sample, computed from the network's outputs.
//!
//! | target | output | what is explained |
//! |---|---|---|
//! | [`Class`], [`Classes`], [`TopClass`] | `[batch, classes]` | the logit of a class: one for all, one for each sample, the largest |
//! | [`Margin`], [`LogProbability`] | `[batch, classes]` | a class compared with another one, or with all |
//! | [`FinerCam`] | `[batch, classes]` | a class compared with those most similar to it |
//! | [`Binary`] | `[batch, 1]`, `[batch]` | the class that one logit predicts, or the positive one |
//! | [`SequenceLogProbability`] | `[batch, steps, vocabulary]` | a caption, or one of its words |
//! | [`Region`] | `[batch, classes, positions...]` | a class over a region of a segmented picture |
//! | [`Detection`] | boxes and scores | the score of a box, or one of its sides |
//! | [`Similarity`] | `[batch, dim]` | the cosine or the dot product with an embedding |
//! | [`Neuron`] | `[batch, ...]` | one element |
//! | [`Score`], [`SettledScore`] | any, also several | a closure; one that sees the outputs at the input first |
//!
//! `TopClass`, `FinerCam`, `Binary`, `Region`, `Detection` and `SettledScore` depend on what the network says. They are settled at
//! the input, sample by sample, and stay the same at every other point that a method looks at.

mod binary;
mod class;
mod detection;
mod error;
mod finer_cam;
mod neuron;
mod output;
mod region;
mod resolved;
mod score;
mod sequence;
mod settled_score;
mod similarity;
mod target;

pub use binary::Binary;
pub use class::{Class, Classes, LogProbability, Margin, TopClass};
pub use detection::{BoxFormat, BoxSide, Detection, DetectorOutputs};
pub use error::TargetError;
pub use finer_cam::FinerCam;
pub use neuron::Neuron;
pub use region::Region;
pub(crate) use resolved::ResolvedTarget;
pub use score::Score;
pub use sequence::SequenceLogProbability;
pub use settled_score::SettledScore;
pub use similarity::Similarity;
#[cfg(feature = "lrp")]
pub(crate) use similarity::embedding;
pub(crate) use target::explain;
pub use target::{Explained, Target};
