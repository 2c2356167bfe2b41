//! Functions of floats.

use burn::backend::ir::{FloatOperationIr as Op, GridSample2dOpIr};

use crate::analysis::axes::ops::elementwise::{both, met};
use crate::analysis::axes::ops::mixing::{mix, product};
use crate::analysis::axes::ops::unknown;
use crate::analysis::axes::trace::Tracer;
use crate::ir::axes::axis::Origin;
use crate::ir::axes::dimension::Dimension;

pub(super) fn dimensions(tracer: &mut Tracer, op: &Op) -> Vec<Dimension> {
    match op {
        Op::Exp(op)
        | Op::Log(op)
        | Op::Log1p(op)
        | Op::Erf(op)
        | Op::Sqrt(op)
        | Op::Cos(op)
        | Op::Cosh(op)
        | Op::Sin(op)
        | Op::Sinh(op)
        | Op::Tan(op)
        | Op::Tanh(op)
        | Op::ArcCos(op)
        | Op::ArcCosh(op)
        | Op::ArcSin(op)
        | Op::ArcSinh(op)
        | Op::ArcTan(op)
        | Op::ArcTanh(op)
        | Op::Round(op)
        | Op::Floor(op)
        | Op::Ceil(op)
        | Op::Trunc(op)
        | Op::Recip(op)
        | Op::IsNan(op)
        | Op::IsInf(op) => tracer.dimensions(&op.input),
        Op::PowfScalar(op) => tracer.dimensions(&op.lhs),
        Op::IntoInt(op) => tracer.dimensions(&op.input),
        Op::ArcTan2(op) | Op::Powf(op) | Op::Hypot(op) => met(tracer, &[&op.lhs, &op.rhs]),
        Op::Cross(op) => {
            let dimensions = met(tracer, &[&op.lhs, &op.rhs]);
            mix(tracer, &dimensions[op.dim]);
            dimensions
        }
        Op::Matmul(op) => product(tracer, &op.lhs, &op.rhs),
        Op::GridSample2d(op) => sampled(tracer, op),
        // What can't be replayed isn't in a graph.
        Op::Random(op) => unknown(tracer, &op.out),
        Op::Quantize(op) => unknown(tracer, &op.out),
        Op::Dequantize(op) => unknown(tracer, &op.out),
    }
}

/// Samples and channels stay; positions are wherever the grid says, which is computed.
fn sampled(tracer: &mut Tracer, op: &GridSample2dOpIr) -> Vec<Dimension> {
    let [image, grid] = [&op.tensor, &op.grid].map(|tensor| tracer.dimensions(tensor));
    image[2..].iter().for_each(|space| mix(tracer, space));
    let samples = both(tracer, image[0].clone(), grid[0].clone());
    let new = |size| Dimension::new(Origin::Unknown, size, &mut tracer.table);
    let [height, width] = [op.out.shape[2], op.out.shape[3]].map(new);
    vec![samples, image[1].clone(), height, width]
}
