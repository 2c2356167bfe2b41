//! What can go wrong: a rewrite that can't be made.

use thiserror::Error;

use crate::transform::rewrite::rewrite::Rewrite;

/// A rewrite that can't be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// The network has no place where a rewrite applies.
    #[error("the network has no place to {rewrite}: it takes {}", .rewrite.pattern())]
    NothingToRewrite {
        /// The rewrite.
        rewrite: Rewrite,
    },

    /// A shift of the input that is NaN or infinite.
    #[error("an input can't be shifted by {by}: pass a finite number")]
    InfiniteShift {
        /// The shift asked for.
        by: f64,
    },
}
