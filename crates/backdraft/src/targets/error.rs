//! What can go wrong: a target that doesn't fit the outputs of the network.

use thiserror::Error;

/// A target that doesn't fit the outputs of the network.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The output has no such element.
    #[error(
        "neuron {index} doesn't exist in an output of shape {shape}: an index is one position for each \
         dimension behind the batch"
    )]
    UnknownNeuron {
        /// The index asked for.
        index: String,
        /// The output's shape.
        shape: String,
    },

    /// Of a single class nothing can be the top one, and its softmax is always 1.
    #[error("an output of shape {shape} has a single class, which is always the top one: {help}")]
    SingleClass {
        /// The output's shape.
        shape: String,
        /// What explains it.
        help: &'static str,
    },

    /// A mask that isn't as large as the output's positions.
    #[error(
        "a mask of shape {mask} doesn't cover an output of shape {output}: it needs the shape {shared}, or \
         {each} with one for each sample"
    )]
    MaskShape {
        /// The mask's shape.
        mask: String,
        /// The output's shape.
        output: String,
        /// The shape of a mask for all samples.
        shared: String,
        /// The shape of a mask for each sample.
        each: String,
    },

    /// A region without a position, whose score would always be zero.
    #[error("the region of sample {sample} is empty: {why}")]
    EmptyRegion {
        /// The sample.
        sample: usize,
        /// What is nowhere.
        why: String,
    },

    /// An embedding that points nowhere.
    #[error(
        "the embedding at row {row} has length {norm}: only an embedding of finite, nonzero length has a direction"
    )]
    NoDirection {
        /// The row of the embeddings.
        row: usize,
        /// Its length.
        norm: f64,
    },

    /// An output in which a detector's boxes or scores can't be where they were said to be.
    #[error("output {output} of shape {shape} can't be read as boxes: it needs {needs}")]
    DetectorShape {
        /// Position among the outputs.
        output: usize,
        /// Its shape.
        shape: String,
        /// What it needs.
        needs: String,
    },

    /// A factor of a detection's score that is none of two probabilities.
    #[error(
        "objectness and the scores of classes are multiplied, so both must be probabilities, but one is {score}: \
         if they are logits, add `DetectorOutputs::with_sigmoid`"
    )]
    NotProbability {
        /// The number that isn't.
        score: f64,
    },

    /// A given box where the detector has none.
    #[error(
        "no box of sample {sample} overlaps the given one, {given}: it must be [left, top, right, bottom] in the \
         units of the network's boxes, of which the first is {example}"
    )]
    NoBoxThere {
        /// The sample.
        sample: usize,
        /// The box that was given.
        given: String,
        /// The first box that the network has.
        example: String,
    },

    /// More tokens than the network has steps.
    #[error("sample {sample} has {tokens} tokens, but the output has {steps} steps")]
    SequenceTooLong {
        /// The sample.
        sample: usize,
        /// How many tokens it has.
        tokens: usize,
        /// How many steps the output has.
        steps: usize,
    },

    /// A token that the network can't say.
    #[error("token {token} of sample {sample} isn't in the vocabulary of {vocabulary} tokens")]
    OutOfVocabulary {
        /// The token.
        token: usize,
        /// The sample.
        sample: usize,
        /// How many tokens there are.
        vocabulary: usize,
    },

    /// A step at which no sample has a token.
    #[error("no sample has a token at step {step}: the longest list has {steps}")]
    UnknownStep {
        /// The step asked for.
        step: usize,
        /// Length of the longest list.
        steps: usize,
    },

    /// A score isn't one scalar for each sample.
    #[error(
        "`{target}` gave {scores} scores for a batch of {samples} samples: one for each is needed"
    )]
    ScoreCount {
        /// The target.
        target: String,
        /// How many scalars it computed.
        scores: usize,
        /// How many samples there are.
        samples: usize,
    },
}
