//! Methods that read a transformer's attention.

mod error;
mod relevance;
mod rollout;
mod site;
#[cfg(test)]
mod testing;

pub use error::AttentionError;
pub use relevance::AttentionRelevance;
pub use rollout::{AttentionRollout, Heads};
pub use site::Readout;
