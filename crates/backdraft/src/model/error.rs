//! What can go wrong: a model whose outputs can't be explained.

use thiserror::Error;

/// A model whose outputs can't be explained.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The model computes something else when gradients are computed.
    #[error(
        "output {output} of the model is another one when gradients are computed, as if it were being \
         trained: remove from its forward pass what depends on autodiff being on, or capture it as a \
         `Network`, which always computes inference"
    )]
    TrainingMode {
        /// Position among the outputs.
        output: usize,
    },

    /// Samples that see each other.
    #[error(
        "the {samples} samples see each other: the network computes something over the batch, such as its statistics, \
         so that no sample has an explanation of its own. Explain one sample at a time, or let the forward pass take \
         one sample's parts as a further dimension"
    )]
    MixedRows {
        /// How many samples there are.
        samples: usize,
    },

    /// Rows of the output that couldn't be traced to an input.
    #[error(
        "it isn't known what the {rows} rows of the network's first output are: they don't come from one dimension of an \
         input, or an operation such as a sort hides it, so that no sample has an explanation of its own. Let the \
         forward pass return one row, such as that of one node"
    )]
    UnknownRows {
        /// How many rows there are.
        rows: usize,
    },

    /// An output without a row for each row of the inputs.
    #[error(
        "output {output} has shape {shape} for a batch of {rows} rows, but several versions of a sample can \
         only be computed at once if every output's first dimension is the batch: make the forward pass \
         keep it, or use `with_batch_size(1)`"
    )]
    OutputRows {
        /// Position among the outputs.
        output: usize,
        /// Its shape.
        shape: String,
        /// Number of rows of the inputs.
        rows: usize,
    },
}
