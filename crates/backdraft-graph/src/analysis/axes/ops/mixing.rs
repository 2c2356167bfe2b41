//! Operations in which indices of an axis see each other: products, reductions, normalizations.

use burn::backend::ir::TensorIr;

use crate::analysis::axes::ops::elementwise::{both, unify};
use crate::analysis::axes::trace::Tracer;
use crate::ir::axes::axis::Mark;
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::factor::Factor;

/// The same dimensions; indices of one see each other.
pub(super) fn mixed(tracer: &mut Tracer, operand: &TensorIr, dimension: usize) -> Vec<Dimension> {
    let dimensions = tracer.dimensions(operand);
    mix(tracer, &dimensions[dimension]);
    dimensions
}

pub(super) fn mix(tracer: &mut Tracer, dimension: &Dimension) {
    for factor in dimension.counting() {
        for axis in factor.line.axes() {
            tracer.table.mark_mixed(axis, factor.stride, factor.len);
        }
    }
}

/// Notes that weights combine the indices of a dimension. What weights combine of a piece of an axis is a patch.
pub(super) fn weigh(tracer: &mut Tracer, dimension: &Dimension) {
    mix(tracer, dimension);
    let counts = |factor: &&Factor| factor.len > 1 || factor.line.is_axis();
    for factor in dimension.factors().iter().filter(counts) {
        for axis in factor.line.axes() {
            if factor.is_whole() {
                tracer.table.mark(axis, Mark::Weighted);
            } else {
                tracer.table.mark(axis, Mark::Space);
            }
        }
    }
}

/// Dimensions that are reduced to one.
pub(super) fn reduced(
    tracer: &mut Tracer,
    operand: &TensorIr,
    reduces: impl Fn(usize) -> bool,
) -> Vec<Dimension> {
    let mut dimensions = tracer.dimensions(operand);
    for position in (0..dimensions.len()).filter(|&position| reduces(position)) {
        let ended = std::mem::replace(&mut dimensions[position], Dimension::one());
        mix(tracer, &ended);
    }
    dimensions
}

/// A product of matrices.
pub(super) fn product(tracer: &mut Tracer, lhs: &TensorIr, rhs: &TensorIr) -> Vec<Dimension> {
    let (mut left, mut right) = (tracer.dimensions(lhs), tracer.dimensions(rhs));
    let (Some(contracted), Some(columns)) = (left.pop(), right.pop()) else {
        return Vec::new();
    };
    let (rows, contracted_too) = (left.pop(), right.pop());
    if let Some(other) = contracted_too {
        unify(tracer, &contracted, &other);
        mix(tracer, &other);
    }
    mix(tracer, &contracted);
    let (mut long, short) = if left.len() >= right.len() {
        (left, right)
    } else {
        (right, left)
    };
    let offset = long.len() - short.len();
    for (position, dimension) in short.into_iter().enumerate() {
        let other = std::mem::take(&mut long[offset + position]);
        long[offset + position] = both(tracer, other, dimension);
    }
    long.extend(rows);
    long.push(columns);
    long
}
