//! What an operation is, seen by rules and by people.

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, FloatOperationIr as Float,
    ModuleOperationIr as Module, NumericOperationIr as Numeric, OperationIr, ScalarIr,
};

/// The kind of an operation, to which gradient rules are attached.
///
/// A kind says what the operation *is*, wherever it comes from: a module, a function, or an idiom that
/// [capture](crate::Network::capture) recognised (`clamp(x, 0, 6)` is a [`Relu6`](Self::Relu6)).
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
    /// Batch normalisation with fixed statistics.
    BatchNorm,
    /// Layer normalisation.
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
    /// Smooth or saturating activation: GELU, sigmoid, tanh and their like.
    Activation,
    /// Softmax and its logarithm, over one dimension.
    Softmax,
    /// Sum or difference of two tensors.
    Add,
    /// Product or quotient of two tensors.
    Multiply,
    /// Sum, mean, maximum or minimum over dimensions.
    Reduction,
    /// Moves values without changing them: reshape, slice, permute, concatenate, ...
    Shape,
    /// Everything else.
    Other,
}

impl OpKind {
    /// The kind of a recorded operation.
    pub(crate) fn of(op: &OperationIr) -> Self {
        match op {
            OperationIr::Module(op) => Self::of_module(op),
            OperationIr::Activation(op) => Self::of_activation(op),
            OperationIr::NumericFloat(_, op) => Self::of_numeric(op),
            OperationIr::Float(_, Float::Matmul(_)) => Self::MatMul,
            OperationIr::Float(_, Float::Tanh(_) | Float::Erf(_)) => Self::Activation,
            OperationIr::BaseFloat(op) | OperationIr::BaseInt(op) | OperationIr::BaseBool(op) => {
                Self::of_base(op)
            }
            _ => Self::Other,
        }
    }

    /// Whether the operation is a rectifier: piecewise linear with its kink at zero.
    pub fn is_rectifier(self) -> bool {
        matches!(
            self,
            Self::Relu | Self::Relu6 | Self::LeakyRelu | Self::PRelu
        )
    }

    fn of_module(op: &Module) -> Self {
        match op {
            Module::Conv1d(_)
            | Module::Conv2d(_)
            | Module::Conv3d(_)
            | Module::DeformableConv2d(_) => Self::Convolution,
            Module::ConvTranspose1d(_)
            | Module::ConvTranspose2d(_)
            | Module::ConvTranspose3d(_) => Self::TransposedConvolution,
            Module::Linear(_) => Self::Linear,
            Module::Embedding(_) => Self::Embedding,
            Module::BatchNorm(_) => Self::BatchNorm,
            Module::LayerNorm(_) => Self::LayerNorm,
            Module::MaxPool1d(_)
            | Module::MaxPool2d(_)
            | Module::MaxPool1dWithIndices(_)
            | Module::MaxPool2dWithIndices(_) => Self::MaxPool,
            Module::AvgPool1d(_)
            | Module::AvgPool2d(_)
            | Module::AdaptiveAvgPool1d(_)
            | Module::AdaptiveAvgPool2d(_)
            | Module::AdaptiveAvgPool3d(_) => Self::AveragePool,
            Module::Attention(_) => Self::Attention,
            _ => Self::Other,
        }
    }

    fn of_activation(op: &Activation) -> Self {
        match op {
            Activation::Relu(_) => Self::Relu,
            Activation::LeakyRelu(_) => Self::LeakyRelu,
            Activation::PRelu(_) => Self::PRelu,
            Activation::Softmax(_) | Activation::LogSoftmax(_) | Activation::Softmin(_) => {
                Self::Softmax
            }
            _ => Self::Activation,
        }
    }

    fn of_numeric(op: &Numeric) -> Self {
        match op {
            Numeric::Clamp(clamp) if is_zero(clamp.min) && is_positive(clamp.max) => Self::Relu6,
            Numeric::ClampMin(clamp) if is_zero(clamp.rhs) => Self::Relu,
            Numeric::Add(_) | Numeric::Sub(_) => Self::Add,
            Numeric::Mul(_) | Numeric::Div(_) => Self::Multiply,
            Numeric::Pad(_) => Self::Shape,
            Numeric::Mean(_)
            | Numeric::MeanDim(_)
            | Numeric::Sum(_)
            | Numeric::SumDim(_)
            | Numeric::SumDims(_)
            | Numeric::Max(_)
            | Numeric::MaxDim(_)
            | Numeric::Min(_)
            | Numeric::MinDim(_) => Self::Reduction,
            _ => Self::Other,
        }
    }

    fn of_base(op: &Base) -> Self {
        match op {
            Base::Reshape(_)
            | Base::SwapDims(_)
            | Base::Permute(_)
            | Base::Flip(_)
            | Base::Expand(_)
            | Base::Unfold(_)
            | Base::Slice(_)
            | Base::Select(_)
            | Base::Gather(_)
            | Base::GatherNd(_)
            | Base::RepeatDim(_)
            | Base::Cat(_) => Self::Shape,
            _ => Self::Other,
        }
    }
}

fn is_zero(scalar: ScalarIr) -> bool {
    scalar.elem::<f64>() == 0.0
}

fn is_positive(scalar: ScalarIr) -> bool {
    scalar.elem::<f64>() > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::Tensor;
    use burn::tensor::activation::relu;

    fn kind_of(forward: fn(Tensor<2>) -> Tensor<2>) -> OpKind {
        record([1, 2], forward).nodes[0].kind
    }

    #[test]
    fn a_clamp_at_zero_is_a_rectifier_however_it_is_written() {
        assert_eq!(kind_of(relu), OpKind::Relu);
        assert_eq!(kind_of(|x| x.clamp_min(0.0)), OpKind::Relu);
        assert_eq!(kind_of(|x| x.clamp(0.0, 6.0)), OpKind::Relu6);
    }

    #[test]
    fn other_clamps_are_not() {
        assert_eq!(kind_of(|x| x.clamp(-1.0, 1.0)), OpKind::Other);
        assert_eq!(kind_of(|x| x.clamp_min(0.5)), OpKind::Other);
    }
}
