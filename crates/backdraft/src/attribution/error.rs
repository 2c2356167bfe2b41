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

    /// Tokens of words without a mark of the tokenizer that they should be of.
    #[error("none of the {tokens} tokens of words has {mark}, {help}")]
    NoWordMarks {
        /// How many tokens are no special ones.
        tokens: usize,
        /// The mark that was looked for, and of which tokenizer it is.
        mark: &'static str,
        /// What was found instead, and what to do.
        help: String,
    },

    /// Offsets all of which are empty.
    #[error("none of the {tokens} tokens has offsets in the text: ask the tokenizer for them")]
    NoOffsets {
        /// How many tokens there are, those left out aside.
        tokens: usize,
    },

    /// Offsets beyond the text.
    #[error(
        "token {position} (`{token}`) has the offsets {start} to {end}, but the text has {characters} characters: \
         offsets count the characters, not the bytes, of the text that was tokenized"
    )]
    OffsetsOutOfText {
        /// Position among the tokens.
        position: usize,
        /// The token.
        token: String,
        /// Its first character.
        start: usize,
        /// The one after its last.
        end: usize,
        /// How many characters the text has.
        characters: usize,
    },
}
