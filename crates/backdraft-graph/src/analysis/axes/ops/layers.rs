//! Layers: convolutions, pooling, linear layers, embeddings, attention.

use burn::backend::ir::{
    AttentionOpIr, InterpolateModeIr, InterpolateOpIr, ModuleOperationIr as Op, TensorIr,
    Unfold4dOpIr,
};

use crate::analysis::axes::ops::elementwise::{both, unify};
use crate::analysis::axes::ops::geometry::{Geometry, windows};
use crate::analysis::axes::ops::mixing::{mix, mixed, weigh};
use crate::analysis::axes::ops::unknown;
use crate::analysis::axes::trace::Tracer;
use crate::analysis::axes::window::{binned, resampled};
use crate::ir::axes::axis::{Mark, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::line::Line;

pub(super) fn dimensions(tracer: &mut Tracer, op: &Op) -> Vec<Dimension> {
    match op {
        Op::Linear(op) => {
            let mut dimensions = tracer.dimensions(&op.x);
            if let Some(last) = dimensions.last_mut() {
                weigh(tracer, last);
                for weight in tracer.dimensions(&op.weight) {
                    mix(tracer, &weight);
                }
                let features = op.out.shape[op.out.shape.num_dims() - 1];
                *last = Dimension::new(Origin::Features, features, &mut tracer.table);
            }
            dimensions
        }
        Op::Embedding(op) => {
            let mut dimensions = tracer.dimensions(&op.indices);
            let axes = dimensions.iter().flat_map(Dimension::axes);
            axes.for_each(|axis| tracer.table.mark(axis, Mark::Embedded));
            let features = op.out.shape[op.out.shape.num_dims() - 1];
            dimensions.push(Dimension::new(
                Origin::Features,
                features,
                &mut tracer.table,
            ));
            dimensions
        }
        Op::BatchNorm(op) => {
            let dimensions = tracer.dimensions(&op.x);
            for axis in dimensions[1].axes() {
                tracer.table.mark(axis, Mark::Weighted);
            }
            dimensions
        }
        Op::LayerNorm(op) => mixed(tracer, &op.input, op.input.shape.num_dims() - 1),
        Op::Conv1d(_) | Op::Conv2d(_) | Op::Conv3d(_) => convolved(tracer, op),
        Op::DeformableConv2d(it) => {
            let mut dimensions = convolved(tracer, op);
            for other in std::iter::once(&it.offset).chain(&it.mask) {
                let samples = tracer.dimensions(other)[0].clone();
                dimensions[0] = both(tracer, dimensions[0].clone(), samples);
            }
            dimensions
        }
        Op::ConvTranspose1d(_) | Op::ConvTranspose2d(_) | Op::ConvTranspose3d(_) => {
            deconvolved(tracer, op)
        }
        Op::AvgPool1d(_)
        | Op::AvgPool2d(_)
        | Op::MaxPool1d(_)
        | Op::MaxPool1dWithIndices(_)
        | Op::MaxPool2d(_)
        | Op::MaxPool2dWithIndices(_) => pooled(tracer, op),
        Op::AdaptiveAvgPool1d(it) => averaged(tracer, &it.x, &it.out),
        Op::AdaptiveAvgPool2d(it) => averaged(tracer, &it.x, &it.out),
        Op::AdaptiveAvgPool3d(it) => averaged(tracer, &it.x, &it.out),
        Op::Interpolate(it) => interpolated(tracer, it),
        Op::Attention(op) => attended(tracer, op),
        Op::Unfold4d(op) => patches(tracer, op),
        Op::CtcLoss(op) => unknown(tracer, &op.out),
        // Steps of a backward pass aren't in a graph.
        Op::EmbeddingBackward(_)
        | Op::LinearXBackward(_)
        | Op::LinearWeightBackward(_)
        | Op::LinearBiasBackward(_)
        | Op::Conv1dXBackward(_)
        | Op::Conv1dWeightBackward(_)
        | Op::Conv1dBiasBackward(_)
        | Op::Conv2dXBackward(_)
        | Op::Conv2dWeightBackward(_)
        | Op::Conv2dBiasBackward(_)
        | Op::Conv3dXBackward(_)
        | Op::Conv3dWeightBackward(_)
        | Op::Conv3dBiasBackward(_)
        | Op::DeformableConv2dBackward(_)
        | Op::AvgPool1dBackward(_)
        | Op::AvgPool2dBackward(_)
        | Op::AdaptiveAvgPool1dBackward(_)
        | Op::AdaptiveAvgPool2dBackward(_)
        | Op::AdaptiveAvgPool3dBackward(_)
        | Op::MaxPool1dWithIndicesBackward(_)
        | Op::MaxPool2dWithIndicesBackward(_)
        | Op::InterpolateBackward(_)
        | Op::CtcLossBackward(_)
        | Op::ConvTranspose1dWeightBackward(_)
        | Op::ConvTranspose1dBiasBackward(_)
        | Op::ConvTranspose2dWeightBackward(_)
        | Op::ConvTranspose2dBiasBackward(_)
        | Op::ConvTranspose3dWeightBackward(_)
        | Op::ConvTranspose3dBiasBackward(_) => Vec::new(),
    }
}

/// New channels, at windows of space.
fn convolved(tracer: &mut Tracer, op: &Op) -> Vec<Dimension> {
    let mut dimensions = pooled(tracer, op);
    if let Some(geometry) = Geometry::of(op) {
        new_channels(tracer, &mut dimensions, geometry.out);
    }
    dimensions
}

/// New channels, at what windows of a larger space would see.
fn deconvolved(tracer: &mut Tracer, op: &Op) -> Vec<Dimension> {
    let Some(Geometry { x, out, windows }) = Geometry::of(op) else {
        return Vec::new();
    };
    let mut windows = windows.into_iter();
    let under = |line: &Line, size| {
        let window = windows.next();
        window.map_or(line.clone(), |window| window.under(line, size))
    };
    let mut dimensions = stretched(tracer, x, out, under);
    new_channels(tracer, &mut dimensions, out);
    dimensions
}

fn new_channels(tracer: &mut Tracer, dimensions: &mut [Dimension], out: &TensorIr) {
    weigh(tracer, &dimensions[1]);
    dimensions[1] = Dimension::new(Origin::Features, out.shape[1], &mut tracer.table);
}

/// The same channels, at windows of space.
fn pooled(tracer: &mut Tracer, op: &Op) -> Vec<Dimension> {
    let Some(Geometry { x, out, windows }) = Geometry::of(op) else {
        return Vec::new();
    };
    let mut windows = windows.into_iter();
    let over = |line: &Line, size| {
        let window = windows.next();
        window.map_or(line.clone(), |window| window.over(line, size))
    };
    stretched(tracer, x, out, over)
}

/// The same samples and channels, at places that are computed from those of every dimension of space.
fn stretched(
    tracer: &mut Tracer,
    x: &TensorIr,
    out: &TensorIr,
    mut places: impl FnMut(&Line, usize) -> Line,
) -> Vec<Dimension> {
    let mut dimensions = tracer.dimensions(x);
    for (dimension, &size) in dimensions.iter_mut().zip(out.shape.iter()).skip(2) {
        mix(tracer, dimension);
        let line = dimension.to_line(&mut tracer.table);
        for axis in line.axes().chain(dimension.axes()) {
            tracer.table.mark(axis, Mark::Space);
        }
        *dimension = Dimension::of(places(&line, size), &mut tracer.table);
    }
    dimensions
}

/// The same channels in bins of space. One bin for all of it has no place.
fn averaged(tracer: &mut Tracer, x: &TensorIr, out: &TensorIr) -> Vec<Dimension> {
    let before = tracer.dimensions(x);
    let mut dimensions = stretched(tracer, x, out, binned);
    for (dimension, before) in dimensions.iter_mut().zip(before).skip(2) {
        if dimension.size() == 1 && before.size() > 1 {
            *dimension = Dimension::one();
        }
    }
    dimensions
}

fn interpolated(tracer: &mut Tracer, op: &InterpolateOpIr) -> Vec<Dimension> {
    let is_nearest = matches!(
        op.options.mode,
        InterpolateModeIr::Nearest | InterpolateModeIr::NearestExact
    );
    let align_corners = op.options.align_corners && !is_nearest;
    stretched(tracer, &op.x, &op.out, |line, size| {
        resampled(line, size, align_corners)
    })
}

/// Queries of `[batch, heads, tokens, features]` live on; the keys' tokens end.
fn attended(tracer: &mut Tracer, op: &AttentionOpIr) -> Vec<Dimension> {
    let [mut query, key, value] = [&op.query, &op.key, &op.value].map(|it| tracer.dimensions(it));
    unify(tracer, &query[3], &key[3]);
    unify(tracer, &key[2], &value[2]);
    for ended in [&query[3], &key[2], &value[2]] {
        mix(tracer, ended);
    }
    for position in [0, 1] {
        let own = both(tracer, query[position].clone(), key[position].clone());
        query[position] = both(tracer, own, value[position].clone());
    }
    for other in op.mask.iter().chain(&op.attn_bias) {
        let other = tracer.dimensions(other);
        for position in [0, 1, 2] {
            query[position] = both(tracer, query[position].clone(), other[position].clone());
        }
        both(tracer, key[2].clone(), other[3].clone());
    }
    query[3] = value[3].clone();
    query
}

/// Patches of an image: `[batch, channels · height · width of a patch, patches]`.
fn patches(tracer: &mut Tracer, op: &Unfold4dOpIr) -> Vec<Dimension> {
    let x = tracer.dimensions(&op.x);
    mix(tracer, &x[1]);
    let options = &op.options;
    let windows = windows(
        &op.kernel_size,
        &options.stride,
        &options.dilation,
        options.padding,
    );
    let mut places = Vec::new();
    for (dimension, window) in x[2..].iter().zip(windows) {
        mix(tracer, dimension);
        let line = dimension.to_line(&mut tracer.table);
        for axis in line.axes().chain(dimension.axes()) {
            tracer.table.mark(axis, Mark::Space);
        }
        let reach = (window.size - 1) * window.dilation + 1;
        let count = (line.len() + 2 * window.padding).saturating_sub(reach) / window.stride + 1;
        places.extend(Dimension::of(window.over(&line, count), &mut tracer.table).0);
    }
    let features = Dimension::new(Origin::Features, op.out.shape[1], &mut tracer.table);
    vec![x[0].clone(), features, Dimension(places)]
}
