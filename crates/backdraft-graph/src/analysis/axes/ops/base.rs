//! Operations that move values.

use burn::backend::ir::{
    BaseOperationIr as Op, CatOpIr, GatherOpIr, SelectOpIr, ShapeOpIr, SliceAssignOpIr, SliceOpIr,
    TensorIr, UnfoldOpIr,
};
use burn::tensor::Slice;

use crate::analysis::axes::ops::elementwise::{both, met};
use crate::analysis::axes::ops::mixing::{mix, reduced};
use crate::analysis::axes::ops::{blank, replaced, unknown};
use crate::analysis::axes::reshape::reshape;
use crate::analysis::axes::trace::{Steps, Tracer};
use crate::analysis::axes::window::Window;
use crate::ir::axes::axis::{AxisId, Mark, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::line::Line;

pub(super) fn dimensions(tracer: &mut Tracer, op: &Op) -> Vec<Dimension> {
    match op {
        Op::Reshape(op) => {
            let dimensions = tracer.dimensions(&op.input);
            reshape(&dimensions, &op.out.shape, &mut tracer.table)
        }
        Op::SwapDims(op) => {
            let mut dimensions = tracer.dimensions(&op.input);
            dimensions.swap(op.dim1, op.dim2);
            dimensions
        }
        Op::Permute(op) => {
            let dimensions = tracer.dimensions(&op.input);
            op.axes
                .iter()
                .map(|&axis| dimensions[axis].clone())
                .collect()
        }
        Op::Flip(op) => {
            let mut dimensions = tracer.dimensions(&op.input);
            for &axis in &op.axes {
                let turned: Vec<_> = (0..dimensions[axis].size()).rev().map(Some).collect();
                dimensions[axis] = dimensions[axis].select(&turned, &mut tracer.table);
            }
            dimensions
        }
        Op::Expand(op) => expanded(tracer, op),
        Op::Unfold(op) => unfolded(tracer, op),
        Op::Slice(op) => sliced(tracer, op),
        Op::SliceAssign(op) => assigned(tracer, op),
        Op::Select(op) => selected(tracer, op),
        Op::SelectAssign(op) => {
            let mut dimensions = tracer.dimensions(&op.tensor);
            let values = tracer.dimensions(&op.value);
            join_others(tracer, &mut dimensions, values, op.dim);
            written(tracer, &mut dimensions, op.dim);
            dimensions
        }
        Op::Scatter(op) => {
            let mut dimensions = tracer.dimensions(&op.tensor);
            let values = tracer.dimensions(&op.value);
            join_others(tracer, &mut dimensions, values, op.dim);
            written(tracer, &mut dimensions, op.dim);
            dimensions
        }
        Op::Gather(op) => gathered(tracer, op),
        Op::ScatterNd(op) => unknown(tracer, &op.out),
        Op::GatherNd(op) => unknown(tracer, &op.out),
        Op::MaskWhere(op) => met(tracer, &[&op.tensor, &op.value, &op.mask]),
        Op::MaskFill(op) => met(tracer, &[&op.tensor, &op.mask]),
        Op::Equal(op) | Op::NotEqual(op) => met(tracer, &[&op.lhs, &op.rhs]),
        Op::EqualElem(op) | Op::NotEqualElem(op) => tracer.dimensions(&op.lhs),
        Op::RepeatDim(op) => {
            let mut dimensions = tracer.dimensions(&op.tensor);
            let mut factors = Dimension::new(Origin::Blank, op.times, &mut tracer.table).0;
            factors.append(&mut dimensions[op.dim].0);
            dimensions[op.dim].0 = factors;
            dimensions
        }
        Op::Cat(op) => joined(tracer, op),
        Op::Cast(op) => tracer.dimensions(&op.input),
        Op::All(op) | Op::Any(op) => {
            reduced(tracer, &op.input, |_| true);
            unknown(tracer, &op.out)
        }
        Op::AllDim(op) | Op::AnyDim(op) => {
            reduced(tracer, &op.input, |dimension| dimension == op.axis)
        }
        Op::Empty(op) | Op::Ones(op) | Op::Zeros(op) => blank(tracer, &op.out),
    }
}

fn expanded(tracer: &mut Tracer, op: &ShapeOpIr) -> Vec<Dimension> {
    let input = tracer.dimensions(&op.input);
    let offset = op.out.shape.num_dims() - input.len();
    let sizes = op.out.shape.iter().enumerate();
    let expanded = sizes.map(|(position, &size)| {
        let dimension = position
            .checked_sub(offset)
            .map(|position| &input[position]);
        match dimension {
            Some(dimension) if dimension.size() == size => dimension.clone(),
            _ => Dimension::new(Origin::Blank, size, &mut tracer.table),
        }
    });
    expanded.collect()
}

/// Windows of a dimension, whose contents are a new last one.
fn unfolded(tracer: &mut Tracer, op: &UnfoldOpIr) -> Vec<Dimension> {
    let mut dimensions = tracer.dimensions(&op.input);
    let line = dimensions[op.dim].to_line(&mut tracer.table);
    let window = Window {
        size: op.size,
        stride: op.step,
        padding: 0,
        dilation: 1,
    };
    mix(tracer, &dimensions[op.dim]);
    for axis in line.axes() {
        tracer.table.mark(axis, Mark::Space);
    }
    let windows = window.over(&line, op.out.shape[op.dim]);
    dimensions[op.dim] = Dimension::of(windows, &mut tracer.table);
    dimensions.push(Dimension::new(Origin::Features, op.size, &mut tracer.table));
    dimensions
}

/// The indices of a slice.
fn indices(slice: &Slice, size: usize) -> Vec<usize> {
    let (range, step) = slice.to_range_and_step(size);
    if step > 0 {
        range.step_by(step.unsigned_abs()).collect()
    } else {
        range.rev().step_by(step.unsigned_abs()).collect()
    }
}

fn sliced(tracer: &mut Tracer, op: &SliceOpIr) -> Vec<Dimension> {
    let mut dimensions = tracer.dimensions(&op.tensor);
    for (dimension, slice) in dimensions.iter_mut().zip(&op.ranges) {
        let chosen = indices(slice, dimension.size()).into_iter().map(Some);
        *dimension = dimension.select(&chosen.collect::<Vec<_>>(), &mut tracer.table);
    }
    dimensions
}

/// The step of a sequence that a slice takes out, if it does.
pub(super) fn taken(tracer: &mut Tracer, op: &SliceOpIr) -> Vec<Steps> {
    let dimensions = tracer.dimensions(&op.tensor);
    let taken = dimensions
        .iter()
        .zip(&op.ranges)
        .filter_map(|(dimension, slice)| {
            let [factor] = dimension.factors() else {
                return None;
            };
            let axis = factor
                .line
                .axis()
                .filter(|_| factor.is_whole() && factor.len > 1)?;
            let chosen = indices(slice, factor.len);
            let is_step = tracer.table.is_input(axis) && chosen.len() == 1;
            is_step.then(|| Steps::at(&factor.line, chosen[0]))
        });
    taken.collect()
}

/// What is written into a slice lies where it did; around it what was there stays.
fn assigned(tracer: &mut Tracer, op: &SliceAssignOpIr) -> Vec<Dimension> {
    let (tensor, value) = (tracer.dimensions(&op.tensor), tracer.dimensions(&op.value));
    let steps = tracer.steps([&op.value].into_iter());
    let whole = Slice::full();
    let ranges = op.ranges.iter().chain(std::iter::repeat(&whole));
    let dimensions = tensor.into_iter().zip(value).zip(ranges);
    let assigned = dimensions.map(|((tensor, value), slice)| {
        let chosen = indices(slice, tensor.size());
        if chosen.iter().copied().eq(0..tensor.size()) {
            return both(tracer, value, tensor);
        }
        let value = match &chosen[..] {
            &[step] => stepped(tracer, value, &steps, step),
            _ => value,
        };
        let parts = [
            tensor.to_line(&mut tracer.table),
            value.to_line(&mut tracer.table),
        ];
        let mut places: Vec<_> = (0..tensor.size()).map(|index| (0, index)).collect();
        for (position, index) in chosen.into_iter().enumerate() {
            places[index] = (1, position);
        }
        assembled(tracer, &parts, &places)
    });
    assigned.collect()
}

/// A dimension of one, as the index of a sequence at which it was computed.
fn stepped(tracer: &mut Tracer, value: Dimension, steps: &[Steps], index: usize) -> Dimension {
    let is_free = value.knowledge(&tracer.table) <= Origin::Features;
    match steps.iter().find(|steps| is_free && steps.contain(index)) {
        Some(steps) => {
            if steps.are_several() {
                for axis in steps.line.axes() {
                    let len = tracer.table.len(axis);
                    tracer.table.mark_mixed(axis, 1, len);
                }
            }
            Dimension::of(steps.line.select(&[Some(index)]), &mut tracer.table)
        }
        None => value,
    }
}

fn selected(tracer: &mut Tracer, op: &SelectOpIr) -> Vec<Dimension> {
    let mut dimensions = tracer.dimensions(&op.tensor);
    match tracer.indices(&op.indices) {
        Some(indices)
            if indices
                .iter()
                .all(|&index| index < dimensions[op.dim].size()) =>
        {
            let chosen: Vec<_> = indices.into_iter().map(Some).collect();
            dimensions[op.dim] = dimensions[op.dim].select(&chosen, &mut tracer.table);
        }
        _ => {
            mix(tracer, &dimensions[op.dim]);
            let chosen = tracer.dimensions(&op.indices).into_iter().next();
            dimensions[op.dim] = computed(tracer, chosen.unwrap_or_default());
        }
    }
    dimensions
}

fn gathered(tracer: &mut Tracer, op: &GatherOpIr) -> Vec<Dimension> {
    let (tensor, indices) = (
        tracer.dimensions(&op.tensor),
        tracer.dimensions(&op.indices),
    );
    mix(tracer, &tensor[op.dim]);
    let pairs = tensor.into_iter().zip(indices).enumerate();
    let gathered = pairs.map(|(position, (tensor, indices))| {
        if position == op.dim {
            computed(tracer, indices)
        } else if tensor.size() == indices.size() {
            both(tracer, tensor, indices)
        } else {
            indices
        }
    });
    gathered.collect()
}

/// Places chosen by what was computed: those of the indices, if they come from an input.
fn computed(tracer: &mut Tracer, indices: Dimension) -> Dimension {
    if indices.knowledge(&tracer.table) > Origin::Features {
        return indices;
    }
    Dimension::new(Origin::Unknown, indices.size(), &mut tracer.table)
}

/// Lets the dimensions beside one meet those of values that are written.
fn join_others(
    tracer: &mut Tracer,
    dimensions: &mut [Dimension],
    values: Vec<Dimension>,
    beside: usize,
) {
    let pairs = dimensions.iter_mut().zip(values).enumerate();
    for (_, (dimension, value)) in pairs.filter(|(position, _)| *position != beside) {
        if dimension.size() == value.size() {
            *dimension = both(tracer, std::mem::take(dimension), value);
        }
    }
}

/// A dimension into which values are written at computed indices.
fn written(tracer: &mut Tracer, dimensions: &mut [Dimension], position: usize) {
    let dimension = &mut dimensions[position];
    mix(tracer, dimension);
    if dimension.knowledge(&tracer.table) <= Origin::Unknown {
        *dimension = Dimension::new(Origin::Unknown, dimension.size(), &mut tracer.table);
    }
}

fn joined(tracer: &mut Tracer, op: &CatOpIr) -> Vec<Dimension> {
    let parts: Vec<_> = op
        .tensors
        .iter()
        .map(|part| tracer.dimensions(part))
        .collect();
    let steps: Vec<_> = op
        .tensors
        .iter()
        .map(|part| tracer.steps([part].into_iter()))
        .collect();
    let mut along = Vec::new();
    let mut others: Option<Vec<Dimension>> = None;
    for ((index, mut part), steps) in parts.into_iter().enumerate().zip(steps) {
        let own = std::mem::take(&mut part[op.dim]);
        along.push(match own.size() {
            1 => stepped(tracer, own, &steps, index),
            _ => own,
        });
        others = Some(match others {
            None => part,
            Some(others) => others
                .into_iter()
                .zip(part)
                .map(|(a, b)| both(tracer, a, b))
                .collect(),
        });
    }
    let mut dimensions = others.unwrap_or_default();
    dimensions[op.dim] = in_a_row(tracer, &along);
    dimensions
}

/// Dimensions one after the other.
fn in_a_row(tracer: &mut Tracer, parts: &[Dimension]) -> Dimension {
    let lines: Vec<_> = parts
        .iter()
        .map(|part| part.to_line(&mut tracer.table))
        .collect();
    let sizes = parts.iter().map(Dimension::size).enumerate();
    let places: Vec<_> = sizes
        .flat_map(|(part, size)| (0..size).map(move |index| (part, index)))
        .collect();
    assembled(tracer, &lines, &places)
}

/// A dimension whose indices are those of several lines: they lie on the inputs' axes of all of them.
fn assembled(tracer: &mut Tracer, parts: &[Line], places: &[(usize, usize)]) -> Dimension {
    let mut axes: Vec<AxisId> = Vec::new();
    for axis in parts.iter().flat_map(Line::axes) {
        let root = tracer.table.root(axis);
        if tracer.table.is_input(root) && !axes.contains(&root) {
            axes.push(root);
        }
    }
    if axes.is_empty() {
        let origins = parts.iter().flat_map(Line::axes);
        let origin = origins.map(|axis| tracer.table.origin(axis)).max();
        let origin = origin.unwrap_or(Origin::Constant);
        return Dimension::new(origin, places.len(), &mut tracer.table);
    }
    let coordinates = axes.into_iter().map(|axis| {
        let place = |&(part, index): &(usize, usize)| {
            let line: &Line = &parts[part];
            let on_axis = line.axes().position(|own| tracer.table.are_same(own, axis));
            line.at(on_axis?, index)
        };
        (axis, places.iter().map(place).collect::<Vec<_>>())
    });
    let line = Line::listed(places.len(), coordinates.collect::<Vec<_>>());
    Dimension::of(line, &mut tracer.table)
}

/// What is known of an operand whose dimension is sorted or chosen by value.
pub(super) fn reordered(
    tracer: &mut Tracer,
    operand: &TensorIr,
    dimension: usize,
    size: usize,
) -> Vec<Dimension> {
    let dimensions = tracer.dimensions(operand);
    mix(tracer, &dimensions[dimension]);
    replaced(tracer, operand, dimension, Origin::Unknown, size)
}

/// The line of a dimension with foreign indices around it.
pub(super) fn padded(
    tracer: &mut Tracer,
    dimension: &Dimension,
    before: usize,
    after: usize,
) -> Dimension {
    let own = (0..dimension.size()).map(Some);
    let new = |count| std::iter::repeat_n(None, count);
    let indices: Vec<_> = new(before).chain(own).chain(new(after)).collect();
    dimension.select(&indices, &mut tracer.table)
}
