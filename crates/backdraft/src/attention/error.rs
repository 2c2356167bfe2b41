//! What can go wrong: a network without the attention that a method reads.

use thiserror::Error;

/// A network without the attention that a method reads.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AttentionError {
    /// The network has no attention.
    #[error(
        "there is no attention {place}: no softmax over keys whose result multiplies values, and no fused \
         attention. Attention layers: {known}"
    )]
    NoAttention {
        /// Where it was looked for.
        place: String,
        /// The attention layers that there are.
        known: String,
    },

    /// An attention after which nothing is added to the tokens.
    #[error(
        "what the layer of the attention `{layer}` makes of the tokens isn't known: after it there is no residual sum \
         [batch, tokens, features] as there is after a block. Name the output of every layer with `with_outputs`"
    )]
    NoResidualSum {
        /// The attention.
        layer: String,
    },

    /// Attention layers that don't follow each other.
    #[error(
        "the attention of `{later}` doesn't read what that of `{earlier}` computes, so they can't be followed \
         through each other: choose the layers of one sequence with `with_layers`, by their names"
    )]
    AttentionBranches {
        /// The one that is executed first.
        earlier: String,
        /// The other.
        later: String,
    },

    /// Attention layers whose weights can't be multiplied.
    #[error(
        "every attention must have weights [batch, heads, tokens, tokens] for the {rows} rows of the batch \
         and the same tokens, but {layers}. Choose the attention of one part of the network with `with_layers`"
    )]
    AttentionShapes {
        /// Rows of the inputs.
        rows: usize,
        /// The layers with the shapes of their weights.
        layers: String,
    },
}
