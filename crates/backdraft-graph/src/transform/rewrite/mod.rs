//! Other implementations of the function that a graph computes.
//!
//! A rewrite is a file with a function that changes a [`Draft`](draft::Draft) and says whether it found a place to.

mod apply;
mod channel_pairs;
mod channels;
mod draft;
mod error;
mod fold_batch_norm;
mod permute_channels;
mod relu_as_product;
mod rescale_channels;
mod rewrite;
mod shift_input;
mod split_attention;
mod split_linear;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use apply::apply;
pub use error::RewriteError;
pub use rewrite::Rewrite;
