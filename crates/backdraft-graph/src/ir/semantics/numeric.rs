//! Arithmetic, reductions and comparisons.

use burn::backend::ir::{NumericOperationIr as Op, ScalarIr};

use crate::OpKind;
use crate::ir::semantics::refusal::RANDOM;
use crate::ir::semantics::row::{Flops, Hidden, KeptOperands, Placement, Semantics};

/// Of floats.
pub(super) fn of(op: &Op) -> Semantics {
    match op {
        Op::Clamp(clamp) => {
            let is_relu6 = is_zero(clamp.min) && is_positive(clamp.max);
            let kind = if is_relu6 {
                OpKind::Relu6
            } else {
                OpKind::Elementwise
            };
            Semantics::elementwise(kind).hiding(Hidden::Masks(2))
        }
        Op::ClampMin(clamp) => {
            let kind = if is_zero(clamp.rhs) {
                OpKind::Relu
            } else {
                OpKind::Elementwise
            };
            Semantics::elementwise(kind).hiding(Hidden::Masks(1))
        }
        Op::ClampMax(_) => Semantics::elementwise(OpKind::Elementwise).hiding(Hidden::Masks(1)),
        Op::Abs(_) | Op::PowiScalar(_) => Semantics::elementwise(OpKind::Elementwise).keeping(&[0]),
        Op::Powi(_) | Op::Rem(_) => Semantics::elementwise(OpKind::Elementwise).keeping(&[0, 1]),
        Op::Sign(_) | Op::RemScalar(_) => Semantics::elementwise(OpKind::Elementwise),
        Op::Add(_) | Op::Sub(_) => {
            Semantics::elementwise(OpKind::Add).placed(Placement::Reuse, Placement::View)
        }
        // Half a step of a product needs the gradient for the other half.
        Op::Mul(_) => Semantics::elementwise(OpKind::Multiply)
            .keeping_operands(KeptOperands::Factors)
            .placed(Placement::Reuse, Placement::New),
        Op::Div(_) => Semantics::elementwise(OpKind::Multiply)
            .keeping_operands(KeptOperands::Quotient)
            .placed(Placement::Reuse, Placement::New),
        Op::AddScalar(_)
        | Op::SubScalar(_)
        | Op::MulScalar(_)
        | Op::DivScalar(_)
        | Op::Neg(_)
        | Op::CumSum(_) => Semantics::elementwise(OpKind::Affine),
        Op::Pad(_) => Semantics::new(OpKind::Shape).counted(Flops::Nothing),
        Op::Mean(_) | Op::MeanDim(_) | Op::Sum(_) | Op::SumDim(_) | Op::SumDims(_) => {
            Semantics::new(OpKind::Reduction)
        }
        Op::Max(_)
        | Op::MaxDim(_)
        | Op::MaxDimWithIndices(_)
        | Op::MaxAbs(_)
        | Op::MaxAbsDim(_)
        | Op::Min(_)
        | Op::MinDim(_)
        | Op::MinDimWithIndices(_) => Semantics::new(OpKind::Maximum).hiding(Hidden::Indices),
        Op::CumMax(_) | Op::CumMin(_) => Semantics::new(OpKind::Maximum).keeping(&[0]),
        Op::Prod(_) | Op::ProdDim(_) | Op::CumProd(_) => {
            Semantics::new(OpKind::Other).keeping(&[0])
        }
        // Sorting; creation, comparison and indices, which no gradient passes.
        Op::Sort(_)
        | Op::SortWithIndices(_)
        | Op::TopK(_)
        | Op::TopKWithIndices(_)
        | Op::ArgSort(_)
        | Op::ArgTopK(_)
        | Op::ArgMax(_)
        | Op::ArgMin(_)
        | Op::Full(_)
        | Op::Greater(_)
        | Op::GreaterElem(_)
        | Op::GreaterEqual(_)
        | Op::GreaterEqualElem(_)
        | Op::Lower(_)
        | Op::LowerElem(_)
        | Op::LowerEqual(_)
        | Op::LowerEqualElem(_) => Semantics::new(OpKind::Other),
        Op::IntRandom(_) => Semantics::refused(RANDOM),
    }
}

/// Of integers, which no gradient passes: what can't be replayed is the same.
pub(super) fn of_int(op: &Op) -> Semantics {
    Semantics {
        refusal: of(op).refusal,
        ..Semantics::new(OpKind::Other)
    }
}

fn is_zero(scalar: ScalarIr) -> bool {
    scalar.elem::<f64>() == 0.0
}

fn is_positive(scalar: ScalarIr) -> bool {
    scalar.elem::<f64>() > 0.0
}
