//! What can go wrong: a baseline that doesn't fit the inputs.

use thiserror::Error;

/// A baseline that doesn't fit the inputs.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// The baseline doesn't fit the input.
    #[error("the baseline for float input {input} must be {expected}, got {actual}")]
    WrongBaseline {
        /// Position among the float inputs.
        input: usize,
        /// What fits.
        expected: String,
        /// What was given.
        actual: String,
    },

    /// The baseline is the input.
    #[error(
        "the baseline of sample {sample} equals its input, so there is no difference to attribute: choose \
         another baseline"
    )]
    BaselineIsInput {
        /// The sample.
        sample: usize,
    },
}
