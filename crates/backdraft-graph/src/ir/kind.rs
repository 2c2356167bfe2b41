//! What an operation is, seen by rules and by people.

/// The kind of an operation, to which gradient rules are attached.
///
/// A kind says what the operation *is*, wherever it comes from: a module, a function, or an idiom that
/// [capture](crate::Network::capture) recognized (`clamp(x, 0, 6)` is a [`Relu6`](Self::Relu6)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpKind {
    /// Convolution in one, two or three dimensions, grouped and deformable ones included.
    Convolution,
    /// Transposed convolution.
    TransposedConvolution,
    /// `x W + b` with constant weights.
    Linear,
    /// Product of two matrices.
    MatMul,
    /// Rows of a table, chosen by integer tokens.
    Embedding,
    /// Batch normalization with fixed statistics.
    BatchNorm,
    /// Layer normalization.
    LayerNorm,
    /// Maximum over windows.
    MaxPool,
    /// Mean over windows, fixed or adaptive.
    AveragePool,
    /// Scaled dot-product attention.
    Attention,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), m)` for a positive bound `m`, six as a rule.
    Relu6,
    /// `x` where positive, else `x` times a constant slope.
    LeakyRelu,
    /// `x` where positive, else `x` times a learned slope.
    PRelu,
    /// Smooth or saturating activation of each element: GELU, sigmoid, tanh and their like.
    Activation,
    /// Another nonlinear function of each element: exponential, root, power, absolute value, a clamp that is
    /// no rectifier, `mask_fill`, ... Some take a second tensor: `powf`, `hypot`, `atan2`, `remainder`.
    Elementwise,
    /// Softmax, its logarithm and softmin, over one dimension.
    Softmax,
    /// Sum or difference of two tensors.
    Add,
    /// Product or quotient of two tensors; the cross product too.
    Multiply,
    /// Affine without weights: scaling and shifting by constants, change of sign or of float type,
    /// cumulative sum, adding values at indices, interpolation.
    Affine,
    /// Sum or mean over dimensions.
    Reduction,
    /// Maximum or minimum over dimensions, cumulative ones and the largest absolute value included.
    Maximum,
    /// Chooses each element from one of two tensors by a mask: `mask_where`.
    Choice,
    /// Moves values without changing them: reshape, slice, permute, concatenate, write into a slice, ...
    Shape,
    /// Everything else: products over dimensions, sorting, sampling at computed places, losses, and operations
    /// that compute no floats.
    Other,
}

impl OpKind {
    /// Whether the operation is a rectifier: piecewise linear with its kink at zero.
    pub fn is_rectifier(self) -> bool {
        matches!(
            self,
            Self::Relu | Self::Relu6 | Self::LeakyRelu | Self::PRelu
        )
    }
}
