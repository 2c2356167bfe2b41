//! Methods that read a transformer's attention. [`AttentionRollout`] multiplies the attention of all layers,
//! [`AttentionRelevance`] weights it with its gradient first, and [`LeGrad`] takes every layer's gradient alone; all give a relevance for each token, or a map of the patches
//! of an image, read at the token that the network's head reads ([`Readout`]). Fused attention is split for them, and
//! every attention must be self-attention over the same tokens.
#![doc = ""]
#![doc = include_str!("picture.md")]

mod attention_site;
mod error;
mod le_grad;
mod relevance;
mod rollout;
#[cfg(test)]
mod testing;

pub use attention_site::Readout;
pub use error::AttentionError;
pub use le_grad::LeGrad;
pub use relevance::AttentionRelevance;
pub use rollout::{AttentionRollout, Heads};
