//! Methods that read a transformer's attention.

mod attention_site;
mod relevance;
mod rollout;
#[cfg(test)]
mod testing;

pub use attention_site::Readout;
pub use relevance::AttentionRelevance;
pub use rollout::{AttentionRollout, Heads};
