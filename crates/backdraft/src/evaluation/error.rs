//! What can go wrong: a method, target or network that can't be checked.

use thiserror::Error;

/// A method, target or network that can't be checked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// An attribution that isn't for the features of the inputs.
    #[error(
        "{method} gives values of shape {shapes}, which aren't one for each feature of the inputs, so an axiom \
         about features says nothing of it"
    )]
    NotPerFeature {
        /// The method.
        method: String,
        /// The shapes of its values.
        shapes: String,
    },

    /// A target without a value.
    #[error(
        "the target of sample {sample} is {score}, at the input or at the baseline: choose one where the \
         network computes finite numbers"
    )]
    ScoreNotFinite {
        /// The sample.
        sample: usize,
        /// Its score.
        score: f64,
    },

    /// Networks that should compute the same function and don't.
    #[error(
        "the other network ({other}) doesn't compute the same function: for sample {sample} the target is \
         {other_score} somewhere near input and baseline, and that of the problem's network {score}"
    )]
    DifferentFunctions {
        /// What the other network is.
        other: String,
        /// The sample.
        sample: usize,
        /// The target's value of the problem's network.
        score: f64,
        /// The target's value of the other network.
        other_score: f64,
    },
}
