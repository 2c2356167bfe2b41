//! Convolutions and linear layers, alike but for where their weights have their channels.

use burn::backend::ir::{ModuleOperationIr as Module, OperationIr, TensorIr};
use burn::tensor::Tensor;

use crate::AnyTensor;
use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;

/// A convolution, a transposed convolution or a linear layer whose weights depend on no input.
#[derive(Clone, Debug)]
pub(crate) struct LinearLayer {
    pub(crate) x: TensorIr,
    pub(crate) weight: TensorIr,
    pub(crate) bias: Option<TensorIr>,
    pub(crate) out: TensorIr,
    groups: usize,
    layout: Layout,
}

/// The order of a weight's dimensions.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    /// `[outputs, inputs / groups, kernel...]`
    Convolution,
    /// `[inputs, outputs / groups, kernel...]`
    TransposedConvolution,
    /// `[inputs, outputs]`
    Linear,
}

/// Three dimensions under which a tensor's elements are seen, with channels in the middle.
pub(crate) type View = [usize; 3];

impl LinearLayer {
    pub(crate) fn of(graph: &Graph, depends: &Dependencies, position: usize) -> Option<Self> {
        let layer = Self::of_op(&graph.nodes.get(position)?.op)?;
        let fixed = |tensor: &TensorIr| !depends.contains(tensor.id);
        (fixed(&layer.weight) && layer.bias.as_ref().is_none_or(fixed)).then_some(layer)
    }

    fn of_op(op: &OperationIr) -> Option<Self> {
        macro_rules! layer {
            ($op:expr, $layout:ident, $groups:expr) => {
                Some(Self {
                    x: $op.x.clone(),
                    weight: $op.weight.clone(),
                    bias: $op.bias.clone(),
                    out: $op.out.clone(),
                    groups: $groups,
                    layout: Layout::$layout,
                })
            };
        }
        let OperationIr::Module(op) = op else {
            return None;
        };
        match op {
            Module::Linear(op) => layer!(op, Linear, 1),
            Module::Conv1d(op) => layer!(op, Convolution, op.options.groups),
            Module::Conv2d(op) => layer!(op, Convolution, op.options.groups),
            Module::Conv3d(op) => layer!(op, Convolution, op.options.groups),
            Module::ConvTranspose1d(op) => layer!(op, TransposedConvolution, op.options.groups),
            Module::ConvTranspose2d(op) => layer!(op, TransposedConvolution, op.options.groups),
            Module::ConvTranspose3d(op) => layer!(op, TransposedConvolution, op.options.groups),
            _ => None,
        }
    }

    /// Makes `op`, from which this layer comes, have its weights and its output.
    pub(crate) fn write(self, op: &mut OperationIr) {
        macro_rules! write {
            ($op:expr) => {{
                $op.weight = self.weight;
                $op.bias = self.bias;
                $op.out = self.out;
            }};
        }
        let OperationIr::Module(op) = op else {
            unreachable!("the operation was a layer with weights");
        };
        match op {
            Module::Linear(op) => write!(op),
            Module::Conv1d(op) => write!(op),
            Module::Conv2d(op) => write!(op),
            Module::Conv3d(op) => write!(op),
            Module::ConvTranspose1d(op) => write!(op),
            Module::ConvTranspose2d(op) => write!(op),
            Module::ConvTranspose3d(op) => write!(op),
            _ => unreachable!("the operation was a layer with weights"),
        }
    }

    pub(crate) fn has_groups(&self) -> bool {
        self.groups > 1
    }

    /// The dimension of the output that has the channels.
    pub(crate) fn channel_axis(&self) -> usize {
        match self.layout {
            Layout::Linear => self.out.shape.num_dims() - 1,
            Layout::Convolution | Layout::TransposedConvolution => 1,
        }
    }

    /// The weight by output channel, unless groups split it.
    pub(crate) fn by_output(&self) -> Option<View> {
        let shape = &self.weight.shape;
        match self.layout {
            Layout::Convolution => Some([1, shape[0], shape[1..].iter().product()]),
            _ if self.has_groups() => None,
            _ => Some([shape[0], shape[1], shape[2..].iter().product()]),
        }
    }

    /// The weight by input channel, if the input has so many channels in its dimension `axis`. A linear layer
    /// may read channels that were flattened, several values of each.
    pub(crate) fn by_input(&self, axis: usize, channels: usize) -> Option<View> {
        let shape = &self.weight.shape;
        let reads = match self.layout {
            Layout::Linear => {
                self.x.shape.num_dims() == axis + 1 && shape[0].is_multiple_of(channels)
            }
            Layout::Convolution => axis == 1 && shape[1] == channels,
            Layout::TransposedConvolution => axis == 1 && shape[0] == channels,
        };
        let before = match self.layout {
            Layout::Convolution => shape[0],
            Layout::Linear | Layout::TransposedConvolution => 1,
        };
        let after = shape.num_elements() / (before * channels);
        (reads && !self.has_groups()).then_some([before, channels, after])
    }
}

/// A weight, changed under another view.
pub(crate) fn viewed(
    weight: &AnyTensor,
    view: View,
    change: impl FnOnce(Tensor<3>) -> Tensor<3>,
) -> AnyTensor {
    AnyTensor::from(change(weight.reshape(view))).reshape_to(weight.shape())
}
