//! A convolution along one axis as sums of shifted copies of its source.
//!
//! The source is split into as many *phases* as the stride: phase `p` holds every `stride`-th index from `p` on.
//! What one tap of the kernel contributes to all outputs is then a contiguous piece of one phase, whatever the
//! stride and the dilation. The gradient of the input is such a sum too: its indices fall into as many classes as
//! the stride, and those of one class are reached by the same taps.

use crate::geometry::Extent;

/// Where one tap of the kernel finds the source of output 0: at `shift` in `phase`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tap {
    pub kernel: usize,
    pub phase: usize,
    pub shift: usize,
}

/// Results `first`, `first + step`, ... along the axis: `outputs` of them, each the sum over the same taps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Class {
    pub first: usize,
    pub outputs: usize,
    pub taps: Vec<Tap>,
}

/// One axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    /// Indices of the source.
    pub source: usize,
    /// Where in the source index 0 of phase 0 lies; before its begin in the padding.
    pub origin: isize,
    /// Distance in the source of neighbours in a phase, and the number of phases.
    pub stride: usize,
    /// Distance between neighbours in the result.
    pub step: usize,
    pub classes: Vec<Class>,
}

impl Axis {
    /// The output from the input.
    pub fn forward(extent: Extent) -> Self {
        let tap = |kernel| {
            let place = kernel * extent.dilation;
            Tap {
                kernel,
                phase: place % extent.stride,
                shift: place / extent.stride,
            }
        };
        Self {
            source: extent.input,
            origin: -(extent.padding as isize),
            stride: extent.stride,
            step: 1,
            classes: vec![Class {
                first: 0,
                outputs: extent.output,
                taps: (0..extent.kernel).map(tap).collect(),
            }],
        }
    }

    /// The gradient of the input from that of the output.
    pub fn gradient(extent: Extent) -> Self {
        let reached: Vec<_> = (0..extent.stride)
            .map(|remainder| Reached::new(extent, remainder))
            .collect();
        let origin = reached.iter().flat_map(Reached::sources).min().unwrap_or(0);
        Self {
            source: extent.output,
            origin,
            stride: 1,
            step: extent.stride,
            classes: reached
                .iter()
                .map(|reached| reached.class(extent, origin))
                .collect(),
        }
    }

    /// How many indices of a phase `outputs` outputs need.
    pub fn length(&self, outputs: usize) -> usize {
        outputs + self.taps().map(|tap| tap.shift).max().unwrap_or(0)
    }

    /// The outputs of the largest class.
    pub fn outputs(&self) -> usize {
        self.classes
            .iter()
            .map(|class| class.outputs)
            .max()
            .unwrap_or(0)
    }

    /// The phases that some tap reads, in order.
    pub fn phases(&self) -> Vec<usize> {
        let mut phases: Vec<_> = self.taps().map(|tap| tap.phase).collect();
        phases.sort_unstable();
        phases.dedup();
        phases
    }

    /// The part of indices `0..length` of a phase that lies within the source.
    pub fn inside(&self, phase: usize, length: usize) -> std::ops::Range<usize> {
        let origin = self.origin + phase as isize;
        let before = |limit: isize| {
            (limit - origin)
                .max(0)
                .cast_unsigned()
                .div_ceil(self.stride)
                .min(length)
        };
        before(0)..before(self.source as isize)
    }

    /// Where index 0 of a phase lies in the source, plus `index` further.
    pub fn place(&self, phase: usize, index: usize) -> isize {
        self.origin + (phase + index * self.stride) as isize
    }

    fn taps(&self) -> impl Iterator<Item = &Tap> {
        self.classes.iter().flat_map(|class| &class.taps)
    }
}

/// The indices of the input that leave the same remainder when divided by the stride (counted in the padded
/// input): `first * stride + remainder` is the first of them, and tap `kernel` brings it the gradient of output
/// `first - back`.
struct Reached {
    remainder: usize,
    first: usize,
    taps: Vec<(usize, usize)>,
}

impl Reached {
    fn new(extent: Extent, remainder: usize) -> Self {
        let taps = (0..extent.kernel)
            .filter(|kernel| (kernel * extent.dilation) % extent.stride == remainder);
        Self {
            remainder,
            first: extent
                .padding
                .saturating_sub(remainder)
                .div_ceil(extent.stride),
            taps: taps
                .map(|kernel| (kernel, kernel * extent.dilation / extent.stride))
                .collect(),
        }
    }

    fn sources(&self) -> impl Iterator<Item = isize> {
        self.taps
            .iter()
            .map(|&(_, back)| self.first as isize - back as isize)
    }

    fn class(&self, extent: Extent, origin: isize) -> Class {
        let first = self.first * extent.stride + self.remainder - extent.padding;
        let taps = self.taps.iter().zip(self.sources());
        Class {
            first,
            outputs: extent.input.saturating_sub(first).div_ceil(extent.stride),
            taps: taps
                .map(|(&(kernel, _), source)| Tap {
                    kernel,
                    phase: 0,
                    shift: (source - origin) as usize,
                })
                .collect(),
        }
    }
}

impl Axis {
    /// Whether the source of each output is at its own place, and nothing else.
    pub fn is_identity(&self) -> bool {
        let alone = |class: &Class| class.taps.len() == 1 && class.outputs == self.source;
        self.origin == 0 && self.stride == 1 && self.step == 1 && self.classes.iter().all(alone)
    }
}
