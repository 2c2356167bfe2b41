//! Methods that read a transformer's attention.

mod attention_site;
mod error;
mod relevance;
mod rollout;
#[cfg(test)]
mod testing;

pub use attention_site::Readout;
pub use error::AttentionError;
pub use relevance::AttentionRelevance;
pub use rollout::{AttentionRollout, Heads};
