//! What is explained: one scalar for each sample, computed from the network's outputs.

mod class;
mod error;
mod neuron;
mod resolved;
mod score;
mod sequence;
mod target;

pub use class::{Class, Classes, LogProbability, Margin, TopClass};
pub use error::TargetError;
pub use neuron::Neuron;
pub(crate) use resolved::ResolvedTarget;
pub use score::Score;
pub use sequence::SequenceLogProbability;
pub(crate) use target::explain;
pub use target::{Explained, Target};
