//! A convolution, or its input gradient, and what it works on.

use crate::planes::Source;
use crate::shifts::Axis;

/// Weights, as the result's channel, the source's channel and the tap find them.
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub values: &'a [f32],
    /// From one group to the next.
    pub group: usize,
    /// From one channel of the result to the next.
    pub row: usize,
    /// From one channel of the source to the next.
    pub channel: usize,
    /// From one row of the kernel to the next.
    pub kernel: usize,
}

/// A convolution, or its input gradient.
pub(crate) struct Convolution<'a> {
    pub source: Source<'a>,
    pub weights: Weights<'a>,
    pub bias: Option<&'a [f32]>,
    pub bounds: (f32, f32),
    pub batch: usize,
    pub groups: usize,
    /// Of the source and of the result, per group.
    pub channels: [usize; 2],
    pub axes: [Axis; 2],
    /// Height and width of the result.
    pub result: [usize; 2],
}
