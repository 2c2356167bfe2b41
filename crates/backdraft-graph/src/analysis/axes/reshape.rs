//! Reshapes: factors in a row, cut anew.

use std::collections::VecDeque;

use crate::ir::axes::axis::{AxisId, AxisTable, Mark, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::factor::Factor;

/// The dimensions of a tensor after a reshape. What can't be cut at the new sizes is unknown, for the dimensions
/// concerned.
pub(super) fn reshape(
    dimensions: &[Dimension],
    sizes: &[usize],
    axes: &mut AxisTable,
) -> Vec<Dimension> {
    if sizes.contains(&0) {
        let new = |&size| Dimension::new(Origin::Unknown, size, axes);
        return sizes.iter().map(new).collect();
    }
    let mut factors = joined(dimensions);
    let mut reshaped: Vec<Dimension> = Vec::new();
    let mut sizes = sizes.iter().copied().peekable();
    while let Some(size) = sizes.next() {
        if size == 1 {
            reshaped.push(single(&mut factors));
            continue;
        }
        // The fewest factors and sizes that have the same product.
        let (mut group, mut group_sizes) = (Vec::new(), vec![size]);
        let (mut product, mut wanted) = (1, size);
        while product != wanted {
            if product < wanted {
                let Some(factor) = factors.pop_front() else {
                    break;
                };
                product *= factor.len;
                group.push(factor);
            } else {
                let Some(size) = sizes.next() else { break };
                wanted *= size;
                group_sizes.push(size);
            }
        }
        let unknown = || vec![None; group_sizes.len()];
        let cut = cut(group, &group_sizes).unwrap_or_else(unknown);
        for (dimension, &size) in cut.into_iter().zip(&group_sizes) {
            let new = || Dimension::new(Origin::Unknown, size, axes);
            reshaped.push(dimension.unwrap_or_else(new));
        }
    }
    if let Some(last) = reshaped.last_mut() {
        last.0.extend(factors);
    }
    for dimension in &reshaped {
        note_folds(dimension, axes);
    }
    reshaped
}

/// Notes which axes share a dimension.
fn note_folds(dimension: &Dimension, axes: &mut AxisTable) {
    let counting = dimension.axes();
    let folded: Vec<AxisId> = counting.collect();
    if folded.len() > 1 {
        for axis in folded {
            axes.mark(axis, Mark::Folded);
        }
    }
}

/// All factors in order; neighboring digits of a line become one again.
fn joined(dimensions: &[Dimension]) -> VecDeque<Factor> {
    let mut factors: Vec<Factor> = Vec::new();
    for factor in dimensions.iter().flat_map(Dimension::factors) {
        match factors.last().and_then(|last| last.joined(factor)) {
            Some(both) => *factors.last_mut().expect("there is one") = both,
            None => factors.push(factor.clone()),
        }
    }
    factors.into()
}

/// A dimension of one takes a factor of one, if that is next.
fn single(factors: &mut VecDeque<Factor>) -> Dimension {
    match factors.front() {
        Some(factor) if factor.len == 1 => Dimension(factors.pop_front().into_iter().collect()),
        _ => Dimension::one(),
    }
}

/// Divides factors among sizes with the same product; `None` if a boundary lies inside of a factor whose length it
/// doesn't divide.
fn cut(factors: Vec<Factor>, sizes: &[usize]) -> Option<Vec<Option<Dimension>>> {
    let mut factors = VecDeque::from(factors);
    let mut dimensions = Vec::new();
    for &size in sizes {
        if size == 1 {
            dimensions.push(Some(single(&mut factors)));
            continue;
        }
        let (mut dimension, mut open) = (Vec::new(), size);
        while open > 1 {
            let factor = factors.pop_front()?;
            if open.is_multiple_of(factor.len) {
                open /= factor.len;
                dimension.push(factor);
            } else if factor.len.is_multiple_of(open) {
                let [outer, inner] = factor.cut(factor.len / open);
                dimension.push(outer);
                factors.push_front(inner);
                open = 1;
            } else {
                return None;
            }
        }
        dimensions.push(Some(Dimension(dimension)));
    }
    if let Some(Some(last)) = dimensions.last_mut() {
        last.0.extend(factors);
    }
    Some(dimensions)
}
