//! Operations that compute each element from one of each operand.

use burn::backend::ir::TensorIr;

use crate::analysis::axes::trace::Tracer;
use crate::ir::axes::axis::Origin;
use crate::ir::axes::factor::Dimension;

/// The dimensions of operands that are broadcast together, aligned from the right.
pub(super) fn met(tracer: &mut Tracer, operands: &[&TensorIr]) -> Vec<Dimension> {
    let operands: Vec<_> = operands
        .iter()
        .map(|operand| tracer.dimensions(operand))
        .collect();
    let met = operands.into_iter().reduce(|a, b| aligned(tracer, a, b));
    met.unwrap_or_default()
}

fn aligned(tracer: &mut Tracer, a: Vec<Dimension>, b: Vec<Dimension>) -> Vec<Dimension> {
    let (mut long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let offset = long.len() - short.len();
    for (position, dimension) in short.into_iter().enumerate() {
        let other = std::mem::take(&mut long[offset + position]);
        long[offset + position] = both(tracer, other, dimension);
    }
    long
}

/// What index by index meets, or is broadcast.
pub(super) fn both(tracer: &mut Tracer, a: Dimension, b: Dimension) -> Dimension {
    match (a.size(), b.size()) {
        (1, 1) if a.factors().is_empty() => b,
        (_, 1) => a,
        (1, _) => b,
        _ => {
            unify(tracer, &a, &b);
            let (more, less) = (b.knowledge(&tracer.table), a.knowledge(&tracer.table));
            if more > less && !are_inputs(more, less) {
                b
            } else {
                a
            }
        }
    }
}

fn are_inputs(a: Origin, b: Origin) -> bool {
    a > Origin::Features && b > Origin::Features
}

/// Notes that the axes of dimensions of the same structure are the same ones.
pub(super) fn unify(tracer: &mut Tracer, a: &Dimension, b: &Dimension) {
    let (a, b) = (a.factors(), b.factors());
    let lens = |factors: &[_]| -> Vec<usize> {
        let factors: &[crate::ir::axes::factor::Factor] = factors;
        factors.iter().map(|factor| factor.len).collect()
    };
    if lens(a) != lens(b) {
        return;
    }
    for (a, b) in a.iter().zip(b) {
        // Digits of lines of other lengths are no places on one axis.
        let alike = a.stride == b.stride && a.line.len() == b.line.len();
        if let Some((a, b)) = a.line.axis().zip(b.line.axis()).filter(|_| alike) {
            tracer.table.unify(a, b);
        }
    }
}
