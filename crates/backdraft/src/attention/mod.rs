//! Methods that read a transformer's attention.

mod relevance;
mod rollout;
mod site;
#[cfg(test)]
mod testing;

pub use relevance::AttentionRelevance;
pub use rollout::{AttentionRollout, Heads};
pub use site::Readout;
