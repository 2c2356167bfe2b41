//! What can go wrong: a forward pass that can't be captured.

use thiserror::Error;

/// A forward pass that can't be captured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The forward pass read values that depend on an input, so its operations depend on data.
    #[error(
        "the forward pass reads tensor values (`into_scalar`, `into_data`, ...) that depend on {read}, so the \
         operations it performs depend on the data and can't be captured: {message}. Express the choice with \
         tensor operations such as `mask_where`"
    )]
    DataDependent {
        /// The inputs.
        read: String,
        /// What Burn said when the value was read.
        message: String,
    },

    /// The forward pass read values that depend on no input, but that nothing computes while it is recorded. Parameters
    /// can be read, and what is computed of them where that meets no input.
    #[error(
        "the forward pass reads tensor values (`into_scalar`, `into_data`, ...) that it computed from {read}, and no \
         tensor is computed while a forward pass is recorded: {message}. Read before computing, and compute with \
         numbers; or compute the values when the model is made"
    )]
    NotComputed {
        /// The parameters, or that there are none.
        read: String,
        /// What Burn said.
        message: String,
    },

    /// The forward pass combined what is recorded with a tensor on another device.
    #[error(
        "the forward pass combines its inputs or weights with a tensor that isn't on their device ({place}): create \
         it on the device of its inputs (`x.device()`), or move it there (`{moved}`). A model that keeps a device in \
         a field is captured by `Network::capture_built`"
    )]
    OtherDevice {
        /// What was recorded last.
        place: String,
        /// How the tensor is moved.
        moved: &'static str,
    },

    /// The model that was built for the recording has other parameters.
    #[error(
        "the model that was built for recording differs from the captured one: {difference}. Build it with the same \
         configuration"
    )]
    BuiltOtherwise {
        /// The first difference.
        difference: String,
    },

    /// The forward pass panicked while it was being recorded.
    #[error(
        "the forward pass panicked for inputs of shape {shapes}: check that the model accepts these \
         shapes, and that the closure creates its tensors on the device of its inputs. The panic: {message}"
    )]
    ForwardPanicked {
        /// The shapes of the inputs.
        shapes: String,
        /// The panic's message, and where it was raised.
        message: String,
    },

    /// The forward pass returned nothing.
    #[error("the forward pass returns no tensor: return at least one output")]
    NoOutput,

    /// Burn refused to finish the recording.
    #[error("Burn could not record the forward pass: {message}")]
    NotRecorded {
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
}
