//! Everything that can go wrong with an explanation, with what to do about it.

use thiserror::Error;

use crate::run::units::scaled;

/// An error of an attribution method.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The network couldn't be captured or run.
    #[error(transparent)]
    Graph(#[from] backdraft_graph::Error),

    /// A picture couldn't be read, drawn or saved.
    #[cfg(feature = "image")]
    #[error(transparent)]
    Image(#[from] backdraft_image::ImageError),

    /// A black box failed, or its outputs don't fit.
    #[error(transparent)]
    BlackBox(#[from] crate::model::BlackBoxError),

    /// No method has this name.
    #[error("no method is called `{name}`; {}", suggestion(.nearest))]
    UnknownMethod {
        /// The name asked for.
        name: String,
        /// The most similar names there are.
        nearest: Vec<&'static str>,
    },

    /// The network has no such class.
    #[error("class {class} doesn't exist: the network has classes 0 to {}", .classes - 1)]
    UnknownClass {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },

    /// The target wants logits and the output isn't.
    #[error(
        "a class needs an output of shape [batch, classes], got {shape}: pass a `Score` that computes \
         one scalar for each sample from this output"
    )]
    NotLogits {
        /// The output's shape.
        shape: String,
    },

    /// The number of classes isn't that of the samples.
    #[error("{classes} classes were given for a batch of {samples} samples")]
    ClassCount {
        /// How many classes were given.
        classes: usize,
        /// How many samples there are.
        samples: usize,
    },

    /// The target wants a sequence of logits and the output isn't.
    #[error("a sequence needs an output of shape [batch, steps, vocabulary], got {shape}")]
    NotASequence {
        /// The output's shape.
        shape: String,
    },

    /// The number of token lists isn't that of the samples.
    #[error("{lists} lists of tokens were given for a batch of {samples} samples")]
    SequenceCount {
        /// How many lists were given.
        lists: usize,
        /// How many samples there are.
        samples: usize,
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

    /// The layer has no spatial extent.
    #[error(
        "layer `{layer}` has output shape {shape}, but a class activation map needs [batch, channels, ...] with one \
         to three spatial dimensions: name a convolution, or an activation or pooling behind one"
    )]
    NotSpatial {
        /// The layer.
        layer: String,
        /// Its output's shape.
        shape: String,
    },

    /// The layer has no tokens.
    #[error(
        "layer `{layer}` has output shape {shape}, but a token layout needs [batch, tokens, features]: name a \
         layer that computes a token sequence, such as a normalization before an attention"
    )]
    NotTokens {
        /// The layer.
        layer: String,
        /// Its output's shape.
        shape: String,
    },

    /// The layer's tokens aren't the grid of patches that the layout describes.
    #[error(
        "layer `{layer}` has {tokens} tokens; without {leading} leading and {trailing} trailing ones {patches} \
         are left, which aren't a grid {wanted}. Grids of {patches}: {candidates}. Pass one to \
         `TokenLayout::with_grid`, or another number of leading or trailing tokens"
    )]
    TokenGrid {
        /// The layer.
        layer: String,
        /// How many tokens it has.
        tokens: usize,
        /// How many in front are no patches.
        leading: usize,
        /// How many at the end are no patches.
        trailing: usize,
        /// How many are left.
        patches: usize,
        /// The grid asked for or inferred, in words.
        wanted: String,
        /// The grids of as many patches.
        candidates: String,
    },

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

    /// The sequence has no such token.
    #[error("token {token} doesn't exist: the sequence has {tokens} tokens")]
    NoSuchToken {
        /// Position of the token asked for.
        token: usize,
        /// How many there are.
        tokens: usize,
    },

    /// The layer's map can't get the input's size.
    #[error(
        "the map of layer `{layer}` has shape {map} and can't be brought to the input's shape {input}: both \
         need the same one to three spatial dimensions behind batch and channels"
    )]
    NotUpsampled {
        /// The layer.
        layer: String,
        /// The map's shape.
        map: String,
        /// The input's shape.
        input: String,
    },

    /// An option of a method has a value that can't be used.
    #[error("{option} can't be {value}: {requirement}")]
    InvalidOption {
        /// The option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What is needed instead.
        requirement: &'static str,
    },

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

    /// A rectifier rule without rectifiers.
    #[error(
        "{method} is undefined for this network: it changes the gradient of rectifiers (ReLU and its \
         kin), and there is none. Use a method without such a rule, such as `IntegratedGradients`"
    )]
    NoRectifier {
        /// The method.
        method: &'static str,
    },

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

    /// The inputs have no such feature.
    #[error("{feature} doesn't exist: the float inputs have samples of shape {shapes}")]
    UnknownFeature {
        /// The feature asked for.
        feature: crate::evaluation::Feature,
        /// The shapes of a sample of each float input.
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

    /// Not even one version of the inputs fits into the memory budget.
    #[error(
        "the memory budget of {} is too small: {} are in use already, and one version of the inputs needs about \
         {} more, with a fifth of what is left in reserve. Raise the budget, or explain fewer samples at once",
        scaled(*.budget, "B"), scaled(*.held, "B"), scaled(*.need, "B")
    )]
    OverBudget {
        /// The budget in bytes.
        budget: u64,
        /// Bytes that are in use.
        held: u64,
        /// Bytes that are needed.
        need: u64,
    },

    /// The progress callback asked to stop.
    #[error("cancelled after {done} of {total} units of work")]
    Cancelled {
        /// Units done.
        done: usize,
        /// Units there were.
        total: usize,
    },

    /// The attribution has no such sample.
    #[error("sample {sample} doesn't exist: the batch has {samples}")]
    UnknownSample {
        /// The sample asked for.
        sample: usize,
        /// How many there are.
        samples: usize,
    },

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

    /// A layer's output without a row for each sample.
    #[error(
        "the output of layer `{layer}` is a {kind} of shape {shape}, but needs to be float with a row for each of the \
         {samples} samples: name a layer that keeps the batch as its first dimension"
    )]
    LayerRows {
        /// The layer.
        layer: String,
        /// The kind of its elements.
        kind: &'static str,
        /// The output's shape.
        shape: String,
        /// How many samples there are.
        samples: usize,
    },

    /// A layer that is explained together with one that it is needed for.
    #[error(
        "layer `{layer}` has no influence once `{others}` is explained in its place: explain them one at a time"
    )]
    HiddenLayer {
        /// The layer.
        layer: String,
        /// Those before it.
        others: String,
    },

    /// The values of a sample aren't one plane.
    #[error(
        "a heat map needs an attribution of shape [batch, 1, height, width] or [batch, 1, length], got {shape}: \
         reduce the channels of an attribution with `sum_channels` or `max_channels` first"
    )]
    NotAPlane {
        /// The shape of all values.
        shape: String,
    },

    /// The values of a sample aren't a volume.
    #[error(
        "a volume needs an attribution of shape [batch, 1, depth, height, width], got {shape}: reduce the \
         channels of an attribution with `sum_channels` or `max_channels` first"
    )]
    NotAVolume {
        /// The shape of all values.
        shape: String,
    },

    /// The values of a sample aren't an image.
    #[error(
        "a gradient image needs an attribution of shape [batch, channels, height, width], got {shape}"
    )]
    NotAnImage {
        /// The shape of all values.
        shape: String,
    },

    /// The values of a sample aren't one vector for each token.
    #[error(
        "token relevance needs an attribution of shape [batch, tokens, dim] or [batch, tokens], got {shape}: \
         attribute to the layer that embeds the tokens"
    )]
    NotEmbeddings {
        /// The shape of all values.
        shape: String,
    },

    /// Another number of tokens than of scores.
    #[error(
        "{tokens} tokens were given for {scores} scores: pass every token of the sample, padding included"
    )]
    TokenCount {
        /// How many tokens were given.
        tokens: usize,
        /// How many scores there are.
        scores: usize,
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

fn suggestion(nearest: &[&str]) -> String {
    match nearest {
        [] => "`catalog::METHODS` lists them all".into(),
        _ => format!("did you mean `{}`?", nearest.join("`, `")),
    }
}
