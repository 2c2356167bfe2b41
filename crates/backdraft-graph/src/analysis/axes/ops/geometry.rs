//! The windows of convolutions and pooling.

use burn::backend::ir::{ModuleOperationIr as Op, TensorIr};

use crate::analysis::axes::window::Window;

/// A layer whose windows move over space.
pub(super) struct Geometry<'a> {
    pub(super) x: &'a TensorIr,
    pub(super) out: &'a TensorIr,
    /// One for each dimension of space.
    pub(super) windows: Vec<Window>,
}

impl<'a> Geometry<'a> {
    /// Of a convolution or pooling.
    pub(super) fn of(op: &'a Op) -> Option<Self> {
        Self::of_convolution(op).or_else(|| Self::of_pooling(op))
    }

    fn of_convolution(op: &'a Op) -> Option<Self> {
        // Windows are as large as the weight's last dimensions.
        macro_rules! convolution {
            ($op:ident, $before:expr) => {{
                let options = &$op.options;
                let sizes = &$op.weight.shape[2..];
                let windows = windows(sizes, &options.stride, &options.dilation, $before);
                Some(Self::new(&$op.x, &$op.out, windows))
            }};
        }
        match op {
            Op::Conv1d(op) => convolution!(op, op.options.padding.map(|(before, _)| before)),
            Op::Conv2d(op) => convolution!(op, op.options.padding.map(|(before, _)| before)),
            Op::Conv3d(op) => convolution!(op, op.options.padding),
            Op::DeformableConv2d(op) => convolution!(op, op.options.padding),
            Op::ConvTranspose1d(op) => convolution!(op, op.options.padding),
            Op::ConvTranspose2d(op) => convolution!(op, op.options.padding),
            Op::ConvTranspose3d(op) => convolution!(op, op.options.padding),
            _ => None,
        }
    }

    fn of_pooling(op: &'a Op) -> Option<Self> {
        macro_rules! line {
            ($op:ident, $dilation:expr) => {{
                let (size, stride) = ([$op.kernel_size], [$op.stride]);
                let windows = windows(&size, &stride, &[$dilation], [$op.padding]);
                Some(Self::new(&$op.x, &$op.out, windows))
            }};
        }
        macro_rules! plane {
            ($op:ident, $dilation:expr) => {{
                let windows = windows(&$op.kernel_size, &$op.stride, &$dilation, $op.padding);
                Some(Self::new(&$op.x, &$op.out, windows))
            }};
        }
        match op {
            Op::AvgPool1d(op) => line!(op, 1),
            Op::AvgPool2d(op) => plane!(op, [1, 1]),
            Op::MaxPool1d(op) => line!(op, op.dilation),
            Op::MaxPool1dWithIndices(op) => line!(op, op.dilation),
            Op::MaxPool2d(op) => plane!(op, op.dilation),
            Op::MaxPool2dWithIndices(op) => plane!(op, op.dilation),
            _ => None,
        }
    }

    fn new(x: &'a TensorIr, out: &'a TensorIr, windows: Vec<Window>) -> Self {
        Self { x, out, windows }
    }
}

/// Windows of these sizes, with so many indices before the first, for each dimension of space.
pub(super) fn windows(
    sizes: &[usize],
    strides: &[usize],
    dilations: &[usize],
    before: impl IntoIterator<Item = usize>,
) -> Vec<Window> {
    let windows = sizes.iter().zip(strides).zip(dilations).zip(before);
    let windows = windows.map(|(((&size, &stride), &dilation), padding)| Window {
        size,
        stride,
        padding,
        dilation,
    });
    windows.collect()
}
