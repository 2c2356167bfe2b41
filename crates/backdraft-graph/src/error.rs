//! Everything that can go wrong with a network, with what to do about it.

use thiserror::Error;

use crate::Rewrite;

/// An error of capture or execution.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The forward pass read a tensor's values, so its operations depend on data.
    #[error(
        "the forward pass reads tensor values (`into_scalar`, `into_data`, ...), so the operations \
         it performs depend on the data and can't be captured: {message}. Express the choice with \
         tensor operations such as `mask_where`"
    )]
    DataDependent {
        /// What Burn said when the value was read.
        message: String,
    },

    /// The forward pass panicked while it was being recorded.
    #[error(
        "the forward pass panicked for inputs of shape {shapes}: check that the model accepts these \
         shapes, and that the closure creates its tensors on the device of its inputs. The panic: {message}"
    )]
    ForwardPanicked {
        /// The shapes of the inputs.
        shapes: String,
        /// The panic's message.
        message: String,
    },

    /// The forward pass returned nothing.
    #[error("the forward pass returns no tensor: return at least one output")]
    NoOutput,

    /// Burn refused to finish the recording.
    #[error("Burn could not record the forward pass: {message}")]
    Capture {
        /// What Burn said.
        message: String,
    },

    /// The forward pass returned a tensor that it didn't compute from its inputs or weights.
    #[error(
        "output {index} of the forward pass lives on {device}, not on the device of the inputs: \
         compute it from the inputs"
    )]
    OutputElsewhere {
        /// Position among the outputs.
        index: usize,
        /// The device it was found on.
        device: String,
    },

    /// An operation the executor can't replay.
    #[error(
        "operation {position} (`{op}`, layer `{layer}`) can't be replayed: {reason}. Replace it in \
         the forward pass, or capture a forward closure that stops before it"
    )]
    UnsupportedOp {
        /// The operation's name.
        op: String,
        /// Its position in the order of execution.
        position: usize,
        /// The layer it belongs to.
        layer: String,
        /// Why it isn't supported.
        reason: &'static str,
    },

    /// A parameter of a kind the executor can't use.
    #[error("parameter `{parameter}` is {reason}; dequantize the model before capturing it")]
    UnsupportedParameter {
        /// The parameter's path.
        parameter: String,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// No output depends on the input.
    #[error(
        "no output depends on input {input}: remove it from the forward closure, or use it there"
    )]
    UnusedInput {
        /// Position among the inputs.
        input: usize,
    },

    /// A backend that Burn was built with and this crate wasn't.
    #[error(
        "networks can't run on {device}: turn on the cargo feature of this backend (as `flex`, `ndarray`, \
         `wgpu` or `cuda`) where `backdraft` is added, or move model and inputs to another device"
    )]
    UnsupportedBackend {
        /// The device.
        device: String,
    },

    /// Parameters or inputs live on several devices.
    #[error(
        "{what} lives on {actual}, but the network on {expected}: move it there with `to_device`"
    )]
    WrongDevice {
        /// The tensor in question.
        what: String,
        /// The network's device.
        expected: String,
        /// The tensor's device.
        actual: String,
    },

    /// Another number of inputs than the network was captured with.
    #[error("wrong number of inputs: the network takes {expected}, got {actual}")]
    InputCount {
        /// Number the network takes.
        expected: usize,
        /// Number it got.
        actual: usize,
    },

    /// An input of the wrong rank, kind or element type.
    #[error("input {input} must be {expected}, got {actual}")]
    WrongInput {
        /// Position among the inputs.
        input: usize,
        /// Kind, element type and rank the network was captured with.
        expected: String,
        /// What it got.
        actual: String,
    },

    /// An input without elements.
    #[error("input {input} is empty (shape {shape}): pass at least one sample")]
    EmptyInput {
        /// Position among the inputs.
        input: usize,
        /// Its shape.
        shape: String,
    },

    /// An input with NaN or infinite elements.
    #[error(
        "input {input} has {count} elements that are NaN or infinite: an explanation of them would \
         be meaningless, so clean the input first"
    )]
    NonFiniteInput {
        /// Position among the inputs.
        input: usize,
        /// How many elements.
        count: i64,
    },

    /// A layer's output with NaN or infinite elements, in a network that begins there.
    #[error(
        "the output of layer `{layer}` has {count} elements that are NaN or infinite, so nothing behind it can be \
         explained"
    )]
    NonFiniteActivation {
        /// The layer.
        layer: String,
        /// How many elements.
        count: i64,
    },

    /// A reference input that doesn't fit the input.
    #[error(
        "the reference for {what} must be {expected}, like the input, got {actual}: pass a reference \
         of the same shape and type, one for each sample"
    )]
    WrongReference {
        /// The input or inputs.
        what: String,
        /// Type and shape of the input.
        expected: String,
        /// Type and shape of the reference.
        actual: String,
    },

    /// A reference input with NaN or infinite elements.
    #[error(
        "the reference for input {input} has {count} elements that are NaN or infinite: choose another"
    )]
    NonFiniteReference {
        /// Position among the inputs.
        input: usize,
        /// How many elements.
        count: i64,
    },

    /// Rules that compare with a reference, in a run without one.
    #[error(
        "the rules compare with a reference, but this run has none: add one with \
         `Probes::with_reference`"
    )]
    NoReference,

    /// A tensor of the wrong rank or kind.
    #[error("expected {expected}, got {actual}")]
    WrongTensor {
        /// What was asked for.
        expected: String,
        /// What there is.
        actual: String,
    },

    /// No layer has this name.
    #[error("no layer is called `{name}`{}", suggestion(.nearest))]
    UnknownLayer {
        /// The name asked for.
        name: String,
        /// The most similar names there are.
        nearest: Vec<String>,
    },

    /// The network has no activation with spatial extent.
    #[error(
        "the network has no activation with spatial extent (a convolution's output larger than one \
         position): name a layer of shape [batch, channels, ...]"
    )]
    NoSpatialLayer,

    /// The network has no token sequence before an attention.
    #[error(
        "the network has no layer normalization of shape [batch, tokens, features] before an attention: \
         name a layer of this shape"
    )]
    NoTokenLayer,

    /// The network doesn't end in global average pooling and one linear layer.
    #[error(
        "the output isn't computed by global average pooling of an activation [batch, channels, ...] and \
         one linear layer: {found} is in the way. Use Grad-CAM, which needs no such head"
    )]
    NoPooledLayer {
        /// The layer and operation that was found instead.
        found: String,
    },

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

    /// The gradient was asked for something that the scores don't depend on differentiably.
    #[error(
        "the scores don't depend on {what} through differentiable operations, so there is no \
         gradient: choose another target, or another layer"
    )]
    NotDifferentiable {
        /// The input or layer.
        what: String,
    },

    /// An integer or boolean tensor was asked for a gradient.
    #[error(
        "{what} holds {kind} values and has no gradient: ask for the layer that reads it, such as \
         an embedding"
    )]
    NoGradientForKind {
        /// The input or layer.
        what: String,
        /// Its kind.
        kind: &'static str,
    },

    /// Something was asked of a run that it wasn't told to keep.
    #[error("{what} was not requested: add it to the probes of this run")]
    NotProbed {
        /// The activation, gradient or output.
        what: String,
    },

    /// The network has no such input.
    #[error("input {input} doesn't exist: the network has {inputs}")]
    UnknownInput {
        /// The input asked for.
        input: usize,
        /// How many there are.
        inputs: usize,
    },

    /// A replacement activation doesn't fit.
    #[error("the value in place of the output of `{layer}` must be {expected}, got {actual}")]
    WrongReplacement {
        /// The layer.
        layer: String,
        /// The activation's kind and shape.
        expected: String,
        /// The replacement's.
        actual: String,
    },

    /// A backend panicked while it executed an operation.
    #[error("operation `{op}` of layer `{layer}` failed on this backend: {message}")]
    Execution {
        /// The operation's name.
        op: String,
        /// The layer it belongs to.
        layer: String,
        /// The panic's message.
        message: String,
    },

    /// A gradient flows through an operation without a rule, and the rules are to address every one.
    #[error(
        "the gradient passes `{op}` of layer `{layer}`, for which the rule map has no rule, and the map is strict: add a \
         rule for it, or `Derivative` to keep its derivative"
    )]
    NoRule {
        /// The operation's name.
        op: String,
        /// The layer it belongs to.
        layer: String,
    },

    /// A backend panicked in the backward pass.
    #[error(
        "the backward pass failed on this backend: {message}. Run the network on another backend, or \
         replace the operation in the forward pass"
    )]
    Backward {
        /// The panic's message.
        message: String,
    },
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return "; print the network to see its layers".into();
    }
    format!("; did you mean `{}`?", nearest.join("`, `"))
}
