//! What an operand means to an operation.

use std::collections::HashSet;

/// What is known of an operand from how it was computed, for rules that depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// Attention weights in their product with values: what a softmax over keys gives, masked or reshaped.
    AttentionWeights,
    /// One of the branches that a residual connection adds: a term of a sum of two tensors of the same shape that
    /// both depend on an input.
    ResidualBranch,
    /// The statistic by which a normalization multiplies or divides: the deviation of a layer normalization, the root
    /// mean square of an RMS normalization. It is computed from the operation's other operand, or from that and its
    /// mean, by a reduction over dimensions that are kept.
    NormalizationStatistic,
    /// A factor that says how much of the other one passes, which is the signal and depends on an input too:
    ///
    /// - what a sigmoid or a hard sigmoid gives, or `1 - s` of it, moved or repeated: the gates of LSTM and GRU, of
    ///   squeeze-and-excitation and of gated linear units;
    /// - a function of every element of the signal itself: an activation written as `x · g(x)`.
    ///
    /// Where both factors may be one, none is known. Neither factor of `SwiGLU` is a gate: both take any value.
    Gate,
}

/// Facts by position of the operation and of the operand.
pub(crate) type Facts = HashSet<(usize, usize, Fact)>;
