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
    /// Distance in the source of neighbors in a phase, and the number of phases.
    pub stride: usize,
    /// Distance between neighbors in the result.
    pub step: usize,
    /// One for each of the first `step` indices of the result, in order, unless there are fewer.
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
        let mut classes: Vec<_> = reached
            .iter()
            .map(|reached| reached.class(extent, origin))
            .collect();
        classes.retain(|class| class.outputs > 0);
        classes.sort_by_key(|class| class.first);
        Self {
            source: extent.output,
            origin,
            stride: 1,
            step: extent.stride,
            classes,
        }
    }

    /// Both axes of an image as one, if each output is made of the source at its own place alone.
    pub fn flatten([y, x]: &[Self; 2]) -> Option<[Self; 2]> {
        (y.is_identity() && x.is_identity()).then(|| {
            let mut axes = [y.clone(), x.clone()];
            for (axis, length) in axes.iter_mut().zip([y.source * x.source, 1]) {
                axis.source = length;
                axis.classes[0].outputs = length;
            }
            axes
        })
    }

    /// Whether each output is made of the source at its own place alone.
    pub fn is_identity(&self) -> bool {
        let alone = |class: &Class| class.taps.len() == 1 && class.outputs == self.source;
        self.origin == 0 && self.stride == 1 && self.step == 1 && self.classes.iter().all(alone)
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

#[cfg(test)]
mod tests {
    use super::*;

    const STRIDED: Extent = Extent {
        input: 5,
        output: 3,
        kernel: 3,
        stride: 2,
        dilation: 1,
        padding: 1,
    };

    fn tap(kernel: usize, phase: usize, shift: usize) -> Tap {
        Tap {
            kernel,
            phase,
            shift,
        }
    }

    #[test]
    fn taps_of_a_strided_convolution_lie_in_phases() {
        let axis = Axis::forward(STRIDED);
        assert_eq!(
            axis.classes[0].taps,
            [tap(0, 0, 0), tap(1, 1, 0), tap(2, 0, 1)]
        );
        // Output 0 reads inputs -1, 0 and 1.
        assert_eq!(
            [axis.place(0, 0), axis.place(1, 0), axis.place(0, 1)],
            [-1, 0, 1]
        );
        assert_eq!(axis.length(3), 4);
    }

    #[test]
    fn only_what_lies_in_the_source_is_inside() {
        let axis = Axis::forward(STRIDED);
        // Phase 0 is -1, 1, 3, 5 and phase 1 is 0, 2, 4, 6, of which the source has 0 to 4.
        assert_eq!(axis.inside(0, 4), 1..3);
        assert_eq!(axis.inside(1, 4), 0..3);
    }

    #[test]
    fn inputs_of_a_strided_convolution_fall_into_classes() {
        let axis = Axis::gradient(STRIDED);
        let [even, odd] = &axis.classes[..] else {
            panic!("a class for each remainder")
        };
        // Input 0 is the middle of window 0; input 1 ends window 0 and begins window 1.
        assert_eq!(
            (even.first, even.outputs, &even.taps[..]),
            (0, 3, &[tap(1, 0, 0)][..])
        );
        assert_eq!(
            (odd.first, odd.outputs, &odd.taps[..]),
            (1, 2, &[tap(0, 0, 1), tap(2, 0, 0)][..])
        );
        assert_eq!((axis.origin, axis.step, axis.length(3)), (0, 2, 4));
    }

    #[test]
    fn inputs_that_no_window_reaches_have_no_taps() {
        let skipping = Extent {
            input: 5,
            output: 2,
            kernel: 1,
            stride: 3,
            dilation: 1,
            padding: 0,
        };
        let axis = Axis::gradient(skipping);
        let taps: Vec<_> = axis.classes.iter().map(|class| class.taps.len()).collect();
        assert_eq!(taps, [1, 0, 0]);
    }
}
