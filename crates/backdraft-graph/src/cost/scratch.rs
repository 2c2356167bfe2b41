//! Memory that operations need only while they compute, beside operands and results.

use std::thread::available_parallelism;

use burn::backend::ir::{ModuleOperationIr as Module, OperationIr, TensorIr};
use burn::tensor::DType;

use crate::OpKind;
use crate::cost::cost::{bytes, elements};
use crate::cost::flops::{attention_scores, kernel};
use crate::ir::node::Node;

/// Output positions that a convolution computes at once on a CPU.
const TILE: u64 = 512;
/// The most bytes of columns that the gradient of a convolution unrolls at once.
const COLUMNS: u64 = 8 << 20;
/// Convolutions of few channels are computed in place.
const FEW_INPUTS: usize = 4;
const FEW_OUTPUTS: usize = 16;
/// Tensors of the size of its largest operand that a gradient rule computes with.
const RULE: u64 = 3;

/// What the operation itself needs, with or without tape.
pub(super) fn forward(node: &Node, tracked: bool) -> u64 {
    let size = node.output().map_or(0, bytes);
    match (&node.op, node.kind) {
        (_, OpKind::Convolution) => convolution(node),
        (OperationIr::Module(Module::Attention(op)), _) => {
            attention_scores(&op.query, &op.key) * op.query.dtype.size() as u64
        }
        // Results between the steps of what Burn differentiates in several, and indices of another type.
        (_, OpKind::LayerNorm | OpKind::Softmax | OpKind::MaxPool) if tracked => size,
        _ => 0,
    }
}

/// What the backward step needs.
pub(super) fn backward(node: &Node) -> u64 {
    let size = node.output().map_or(0, bytes);
    match (&node.op, node.kind) {
        (_, OpKind::Convolution) => columns(node),
        (OperationIr::Module(Module::Attention(op)), _) => {
            2 * attention_scores(&op.query, &op.key) * op.query.dtype.size() as u64
        }
        (_, OpKind::LayerNorm | OpKind::Softmax) => 2 * size,
        _ => 0,
    }
}

/// Whether an operation is a convolution of images on Flex: what it needs stays with each thread, and isn't much.
pub(super) fn is_kept_by_threads(node: &Node) -> bool {
    let is_f32 = |tensor: &TensorIr| tensor.dtype == DType::F32;
    matches!(node.op, OperationIr::Module(Module::Conv2d(_))) && node.output().is_some_and(is_f32)
}

/// What a rule needs in place of the backward step.
pub(super) fn rule(node: &Node) -> u64 {
    let largest = node.op.inputs().chain(node.op.outputs()).map(bytes).max();
    RULE * largest.unwrap_or(0) + backward(node)
}

/// A copy of the input in another layout, one of the weight, and unrolled windows for each thread.
fn convolution(node: &Node) -> u64 {
    let (Some(x), Some(weight), Some(output)) =
        (node.op.inputs().next(), kernel(node), node.output())
    else {
        return 0;
    };
    let [channels_out, channels_in, window @ ..] = weight.shape.as_slice() else {
        return 0;
    };
    let is_depthwise = *channels_in == 1 && *channels_out == x.shape[1];
    let is_small = x.shape[1] <= FEW_INPUTS && *channels_out <= FEW_OUTPUTS;
    let is_pointwise = window.iter().all(|&size| size == 1) && positions(x) == positions(output);
    if is_depthwise || is_small || is_pointwise {
        return padded(node);
    }
    // Windows are laid out as columns, and partly packed for the matrix product.
    let columns = 3 * elements(weight) / *channels_out as u64 / 2 + *channels_out as u64;
    let tile = TILE.min(positions(output)) * columns * size(x);
    let tiles = output.shape[0] as u64 * positions(output).div_ceil(TILE);
    padded(node) + bytes(x) + bytes(weight) + threads(tiles) * tile
}

/// The unrolled windows of the gradient, for each thread.
fn columns(node: &Node) -> u64 {
    let (Some(x), Some(weight), Some(output)) =
        (node.op.inputs().next(), kernel(node), node.output())
    else {
        return 0;
    };
    let groups = x.shape[1] / weight.shape[1].max(1);
    let unrolled = elements(weight) / weight.shape[0] as u64 * positions(output) * size(x);
    2 * padded(node) + threads((x.shape[0] * groups) as u64) * unrolled.min(COLUMNS)
}

/// A copy of the input with its padding, if the padding isn't the same on both sides.
fn padded(node: &Node) -> u64 {
    let OperationIr::Module(op) = &node.op else {
        return 0;
    };
    let differs = |&(before, after): &(usize, usize)| before != after;
    let is_asymmetric = match op {
        Module::Conv1d(op) => op.options.padding.iter().any(differs),
        Module::Conv2d(op) => op.options.padding.iter().any(differs),
        _ => false,
    };
    let input = node.op.inputs().next().filter(|_| is_asymmetric);
    input.map_or(0, bytes)
}

/// Number of positions of a tensor `[batch, channels, ...]`.
fn positions(tensor: &TensorIr) -> u64 {
    tensor.shape[2..].iter().map(|&size| size as u64).product()
}

fn size(tensor: &TensorIr) -> u64 {
    tensor.dtype.size() as u64
}

/// How many of so many tasks run at once.
fn threads(tasks: u64) -> u64 {
    available_parallelism()
        .map_or(1, |threads| threads.get() as u64)
        .min(tasks)
}
