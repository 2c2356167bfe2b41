//! What an operation is, seen by rules and by people.

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, FloatOperationIr as Float,
    ModuleOperationIr as Module, NumericOperationIr as Numeric, OperationIr, ScalarIr,
    ScatterNdOpIr, ScatterOpIr, SelectAssignOpIr,
};
use burn::backend::tensor::IndexingUpdateOp;

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
    /// The kind of a recorded operation.
    pub(crate) fn of(op: &OperationIr) -> Self {
        match op {
            OperationIr::Module(op) => Self::of_module(op),
            OperationIr::Activation(op) => Self::of_activation(op),
            OperationIr::NumericFloat(_, op) => Self::of_numeric(op),
            OperationIr::Float(_, op) => Self::of_float(op),
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
            Module::Interpolate(_) => Self::Affine,
            Module::Unfold4d(_) => Self::Shape,
            // A loss, and steps of a backward pass.
            _ => Self::Other,
        }
    }

    fn of_activation(op: &Activation) -> Self {
        match op {
            Activation::Relu(_) => Self::Relu,
            Activation::LeakyRelu(_) => Self::LeakyRelu,
            Activation::PRelu(_) => Self::PRelu,
            Activation::Gelu(_)
            | Activation::Sigmoid(_)
            | Activation::HardSigmoid(_)
            | Activation::LogSigmoid(_) => Self::Activation,
            Activation::Softmax(_) | Activation::LogSoftmax(_) | Activation::Softmin(_) => {
                Self::Softmax
            }
            Activation::ReluBackward(_)
            | Activation::GeluBackward(_)
            | Activation::SigmoidBackward(_)
            | Activation::LogSigmoidBackward(_) => Self::Other,
        }
    }

    fn of_float(op: &Float) -> Self {
        match op {
            Float::Matmul(_) => Self::MatMul,
            Float::Cross(_) => Self::Multiply,
            Float::Tanh(_) | Float::Erf(_) => Self::Activation,
            Float::Exp(_)
            | Float::Log(_)
            | Float::Log1p(_)
            | Float::Sqrt(_)
            | Float::Recip(_)
            | Float::PowfScalar(_)
            | Float::Powf(_)
            | Float::Hypot(_)
            | Float::Cos(_)
            | Float::Cosh(_)
            | Float::Sin(_)
            | Float::Sinh(_)
            | Float::Tan(_)
            | Float::ArcCos(_)
            | Float::ArcCosh(_)
            | Float::ArcSin(_)
            | Float::ArcSinh(_)
            | Float::ArcTan(_)
            | Float::ArcTanh(_)
            | Float::ArcTan2(_)
            | Float::Round(_)
            | Float::Floor(_)
            | Float::Ceil(_)
            | Float::Trunc(_) => Self::Elementwise,
            Float::GridSample2d(_)
            | Float::IntoInt(_)
            | Float::IsNan(_)
            | Float::IsInf(_)
            | Float::Random(_)
            | Float::Quantize(_)
            | Float::Dequantize(_) => Self::Other,
        }
    }

    fn of_numeric(op: &Numeric) -> Self {
        match op {
            Numeric::Clamp(clamp) if is_zero(clamp.min) && is_positive(clamp.max) => Self::Relu6,
            Numeric::ClampMin(clamp) if is_zero(clamp.rhs) => Self::Relu,
            Numeric::Clamp(_)
            | Numeric::ClampMin(_)
            | Numeric::ClampMax(_)
            | Numeric::Abs(_)
            | Numeric::Sign(_)
            | Numeric::Powi(_)
            | Numeric::PowiScalar(_)
            | Numeric::Rem(_)
            | Numeric::RemScalar(_) => Self::Elementwise,
            Numeric::Add(_) | Numeric::Sub(_) => Self::Add,
            Numeric::Mul(_) | Numeric::Div(_) => Self::Multiply,
            Numeric::AddScalar(_)
            | Numeric::SubScalar(_)
            | Numeric::MulScalar(_)
            | Numeric::DivScalar(_)
            | Numeric::Neg(_)
            | Numeric::CumSum(_) => Self::Affine,
            Numeric::Pad(_) => Self::Shape,
            Numeric::Mean(_)
            | Numeric::MeanDim(_)
            | Numeric::Sum(_)
            | Numeric::SumDim(_)
            | Numeric::SumDims(_) => Self::Reduction,
            Numeric::Max(_)
            | Numeric::MaxDim(_)
            | Numeric::MaxDimWithIndices(_)
            | Numeric::MaxAbs(_)
            | Numeric::MaxAbsDim(_)
            | Numeric::CumMax(_)
            | Numeric::Min(_)
            | Numeric::MinDim(_)
            | Numeric::MinDimWithIndices(_)
            | Numeric::CumMin(_) => Self::Maximum,
            // Products and sorting; creation, comparison and indices, which no gradient passes.
            Numeric::Prod(_)
            | Numeric::ProdDim(_)
            | Numeric::CumProd(_)
            | Numeric::Sort(_)
            | Numeric::SortWithIndices(_)
            | Numeric::TopK(_)
            | Numeric::TopKWithIndices(_)
            | Numeric::ArgSort(_)
            | Numeric::ArgTopK(_)
            | Numeric::ArgMax(_)
            | Numeric::ArgMin(_)
            | Numeric::Full(_)
            | Numeric::IntRandom(_)
            | Numeric::Greater(_)
            | Numeric::GreaterElem(_)
            | Numeric::GreaterEqual(_)
            | Numeric::GreaterEqualElem(_)
            | Numeric::Lower(_)
            | Numeric::LowerElem(_)
            | Numeric::LowerEqual(_)
            | Numeric::LowerEqualElem(_) => Self::Other,
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
            | Base::SliceAssign(_)
            | Base::Select(_)
            | Base::Gather(_)
            | Base::GatherNd(_)
            | Base::RepeatDim(_)
            | Base::Cat(_) => Self::Shape,
            Base::Cast(_) => Self::Affine,
            Base::Scatter(ScatterOpIr { update, .. })
            | Base::SelectAssign(SelectAssignOpIr { update, .. })
            | Base::ScatterNd(ScatterNdOpIr {
                reduction: update, ..
            }) => Self::of_update(*update),
            Base::MaskFill(_) => Self::Elementwise,
            Base::MaskWhere(_) => Self::Choice,
            Base::Equal(_)
            | Base::EqualElem(_)
            | Base::NotEqual(_)
            | Base::NotEqualElem(_)
            | Base::All(_)
            | Base::Any(_)
            | Base::AllDim(_)
            | Base::AnyDim(_)
            | Base::Empty(_)
            | Base::Ones(_)
            | Base::Zeros(_) => Self::Other,
        }
    }

    /// Writing values at indices.
    fn of_update(update: IndexingUpdateOp) -> Self {
        match update {
            IndexingUpdateOp::Assign => Self::Shape,
            IndexingUpdateOp::Add => Self::Affine,
            IndexingUpdateOp::Mul | IndexingUpdateOp::Min | IndexingUpdateOp::Max => Self::Other,
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
    use burn::tensor::activation::relu;
    use burn::tensor::{Int, Tensor};

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
        assert_eq!(kind_of(|x| x.clamp(-1.0, 1.0)), OpKind::Elementwise);
        assert_eq!(kind_of(|x| x.clamp_min(0.5)), OpKind::Elementwise);
    }

    #[test]
    fn maxima_are_no_reductions() {
        assert_eq!(kind_of(|x| x.mean_dim(1)), OpKind::Reduction);
        assert_eq!(kind_of(|x| x.min_dim(1)), OpKind::Maximum);
    }

    #[test]
    fn writing_at_indices_is_affine_if_it_adds() {
        let add = |x: Tensor<2>| {
            let indices = Tensor::<1, Int>::from_data([1], &x.device());
            x.clone()
                .select_assign(1, indices, x.slice([0..1, 0..1]), IndexingUpdateOp::Add)
        };
        let graph = record([1, 2], add);
        assert_eq!(graph.nodes.last().unwrap().kind, OpKind::Affine);
    }
}
