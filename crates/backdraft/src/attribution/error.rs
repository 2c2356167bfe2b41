//! What can go wrong: values that don't make an attribution, or that it doesn't have.

use thiserror::Error;

/// Values that don't make an attribution, or that it doesn't have.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AttributionError {
    /// The attribution has no such input.
    #[error("input {input} has no attribution: there are {inputs}, one for each float input")]
    UnknownInput {
        /// The position asked for.
        input: usize,
        /// How many there are.
        inputs: usize,
    },

    /// Every input is an integer.
    #[error(
        "no input is float, so none has a gradient: explain the layer that embeds the tokens instead, with \
         `AtLayer`"
    )]
    NothingExplained,

    /// An attribution without a row for each sample.
    #[error(
        "the attribution at position {position} has shape {shape}, but needs a row for each of the \
         {samples} samples: give every sample a copy of an input that all of them share"
    )]
    NotPerSample {
        /// Position among the attributions.
        position: usize,
        /// Its shape.
        shape: String,
        /// How many samples there are.
        samples: usize,
    },

    /// A token whose score is no number.
    #[error(
        "the score of token {position} (`{token}`) is {score}: choose a target and a baseline where the network \
         computes finite numbers"
    )]
    RelevanceNotFinite {
        /// Position among the tokens.
        position: usize,
        /// The token.
        token: String,
        /// Its score.
        score: f64,
    },
}
