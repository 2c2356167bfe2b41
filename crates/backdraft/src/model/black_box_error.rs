//! What can go wrong with a black box.

use thiserror::Error;

/// An error of a [`BlackBox`](crate::BlackBox).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BlackBoxError {
    /// The closure returned an error.
    #[error("the black box failed: {0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),

    /// The closure returned no tensor.
    #[error(
        "the black box gave no output: return at least one tensor, from which a target can be computed"
    )]
    NoOutput,

    /// An output without a row for each row of the inputs.
    #[error(
        "output {output} of the black box has shape {shape} for a batch of {rows} rows: its first dimension must be \
         the batch"
    )]
    Rows {
        /// Position among the outputs.
        output: usize,
        /// Its shape.
        shape: String,
        /// Number of rows of the inputs.
        rows: usize,
    },

    /// An output with NaN or infinite elements.
    #[error(
        "output {output} of the black box has {count} elements that are NaN or infinite: an explanation of them would \
         say nothing"
    )]
    NotFinite {
        /// Position among the outputs.
        output: usize,
        /// How many there are.
        count: i64,
    },
}
