//! Operations that compute each element from one of each operand.

use std::sync::Arc;

use burn::backend::ir::TensorIr;

use crate::analysis::axes::trace::Tracer;
use crate::ir::axes::axis::{AxisId, Mark, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::factor::Factor;

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
            anchor(tracer, &a, &b);
            anchor(tracer, &b, &a);
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

/// Notes that a constant has another value for each index of what it meets.
fn anchor(tracer: &mut Tracer, constant: &Dimension, other: &Dimension) {
    if constant.knowledge(&tracer.table) == Origin::Constant {
        for axis in other.axes() {
            tracer.table.mark(axis, Mark::Anchored);
        }
    }
}

/// Notes that axes whose indices meet one by one are the same ones. Where other indices meet, they see each other.
pub(super) fn unify(tracer: &mut Tracer, a: &Dimension, b: &Dimension) {
    let (a, b): (Vec<&Factor>, Vec<&Factor>) = (a.counting().collect(), b.counting().collect());
    let alike = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.len == b.len);
    if !alike {
        let of_a: Vec<AxisId> = a.iter().flat_map(|factor| factor.line.axes()).collect();
        for axis in b.iter().flat_map(|factor| factor.line.axes()) {
            if of_a.iter().any(|&it| tracer.table.are_same(it, axis)) {
                mix_whole(tracer, axis);
            }
        }
        return;
    }
    for (a, b) in a.into_iter().zip(b) {
        meet(tracer, a, b);
    }
}

fn meet(tracer: &mut Tracer, a: &Factor, b: &Factor) {
    if Arc::ptr_eq(&a.line, &b.line) && a.stride == b.stride {
        return;
    }
    let Some((first, second)) = a.line.axis().zip(b.line.axis()) else {
        return meet_tokens(tracer, a, b);
    };
    let both_inputs = tracer.table.is_input(first) && tracer.table.is_input(second);
    if a.stride == b.stride && a.line.lies_like(0, &b.line, 0) {
        tracer.table.unify(first, second);
    } else if both_inputs {
        mix_whole(tracer, first);
        mix_whole(tracer, second);
    }
}

/// Of indices on several axes at once, those that lie elsewhere see each other.
fn meet_tokens(tracer: &mut Tracer, a: &Factor, b: &Factor) {
    let axes: Vec<AxisId> = a.line.axes().collect();
    for (coordinate, axis) in axes.into_iter().enumerate() {
        let other = b
            .line
            .axes()
            .position(|other| tracer.table.are_same(axis, other));
        if other.is_some_and(|other| !a.line.lies_like(coordinate, &b.line, other)) {
            mix_whole(tracer, axis);
        }
    }
}

fn mix_whole(tracer: &mut Tracer, axis: AxisId) {
    let len = tracer.table.len(axis);
    tracer.table.mark_mixed(axis, 1, len);
}
