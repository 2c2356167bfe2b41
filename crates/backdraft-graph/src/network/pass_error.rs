//! What can go wrong in a run and its backward pass.

use thiserror::Error;

/// A run or backward pass that failed, or a question that it can't answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PassError {
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

    /// A rule panicked in the backward pass: as a rule it was given to an operation that it isn't for.
    #[error(
        "the rule {rule} failed at `{op}` of layer `{layer}`: {message}. If the rule isn't for this operation, give the \
         operation another one; otherwise run the network on another backend"
    )]
    RuleFailed {
        /// The rule, as it prints.
        rule: String,
        /// The operation's name.
        op: String,
        /// The layer it belongs to.
        layer: String,
        /// The panic's message.
        message: String,
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
}
