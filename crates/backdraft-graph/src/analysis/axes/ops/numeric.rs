//! Arithmetic, reductions and comparisons.

use burn::backend::ir::NumericOperationIr as Op;

use crate::analysis::axes::ops::base::{padded, reordered};
use crate::analysis::axes::ops::elementwise::met;
use crate::analysis::axes::ops::mixing::{mixed, reduced};
use crate::analysis::axes::ops::{blank, unknown};
use crate::analysis::axes::trace::Tracer;
use crate::ir::axes::dimension::Dimension;

pub(super) fn dimensions(tracer: &mut Tracer, op: &Op) -> Vec<Dimension> {
    match op {
        Op::Add(op)
        | Op::Sub(op)
        | Op::Mul(op)
        | Op::Div(op)
        | Op::Rem(op)
        | Op::Powi(op)
        | Op::Greater(op)
        | Op::GreaterEqual(op)
        | Op::Lower(op)
        | Op::LowerEqual(op) => met(tracer, &[&op.lhs, &op.rhs]),
        Op::AddScalar(op)
        | Op::SubScalar(op)
        | Op::MulScalar(op)
        | Op::DivScalar(op)
        | Op::RemScalar(op)
        | Op::PowiScalar(op)
        | Op::ClampMin(op)
        | Op::ClampMax(op)
        | Op::GreaterElem(op)
        | Op::GreaterEqualElem(op)
        | Op::LowerElem(op)
        | Op::LowerEqualElem(op) => tracer.dimensions(&op.lhs),
        Op::Abs(op) | Op::Neg(op) | Op::Sign(op) => tracer.dimensions(&op.input),
        Op::Clamp(op) => tracer.dimensions(&op.tensor),
        Op::Mean(op) | Op::Sum(op) | Op::Prod(op) | Op::Max(op) | Op::Min(op) | Op::MaxAbs(op) => {
            reduced(tracer, &op.input, |_| true);
            unknown(tracer, &op.out)
        }
        Op::MeanDim(op)
        | Op::SumDim(op)
        | Op::ProdDim(op)
        | Op::MaxDim(op)
        | Op::MinDim(op)
        | Op::MaxAbsDim(op)
        | Op::ArgMax(op)
        | Op::ArgMin(op) => reduced(tracer, &op.input, |dimension| dimension == op.axis),
        Op::SumDims(op) => reduced(tracer, &op.input, |dimension| op.axes.contains(&dimension)),
        Op::MaxDimWithIndices(op) | Op::MinDimWithIndices(op) => {
            reduced(tracer, &op.tensor, |dimension| dimension == op.dim)
        }
        Op::TopK(op) | Op::ArgTopK(op) => {
            reordered(tracer, &op.input, op.axis, op.out.shape[op.axis])
        }
        Op::TopKWithIndices(op) => reordered(tracer, &op.tensor, op.dim, op.k),
        Op::Sort(op) | Op::ArgSort(op) => {
            reordered(tracer, &op.input, op.dim, op.out.shape[op.dim])
        }
        Op::SortWithIndices(op) => reordered(tracer, &op.input, op.dim, op.out.shape[op.dim]),
        Op::CumSum(op) | Op::CumProd(op) | Op::CumMin(op) | Op::CumMax(op) => {
            mixed(tracer, &op.input, op.axis)
        }
        Op::Pad(op) => {
            let dimensions = tracer.dimensions(&op.input);
            let pads = dimensions.iter().zip(&op.padding);
            pads.map(|(dimension, &(before, after))| padded(tracer, dimension, before, after))
                .collect()
        }
        Op::Full(op) => blank(tracer, &op.out),
        Op::IntRandom(op) => unknown(tracer, &op.out),
    }
}
