//! Weights as the products need them: each kernel's values at all points.

#![expect(unsafe_code, reason = "tasks write to pieces of one output")]

use crate::convolution::{Convolution, Weights};
use crate::output::Output;
use crate::panel::CHANNELS;
use crate::planes::spread;
use crate::winograd::filter::{Minimal, Two};
use crate::winograd::grid::POINTS;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// For each group, each panel of channels of the result, each point and each channel of the source, the weights of
/// all channels of the panel.
pub(crate) struct Transformed {
    values: Vec<f32>,
    /// From one point to the next.
    pub point: usize,
    points: usize,
    panels: usize,
}

impl Transformed {
    /// `kernels` are the places in a kernel of the row, and of the column, at each shift.
    pub fn new<F: Minimal<M, P>, const M: usize, const P: usize>(
        arch: Arch,
        work: &Convolution,
        kernels: [[usize; 3]; 2],
        rows: F,
    ) -> Self {
        let [source, result] = work.channels;
        let point = spread(source.next_multiple_of(SOURCES) * CHANNELS);
        let points = P * POINTS;
        let panels = result.div_ceil(CHANNELS);
        let length = work.groups * panels * points * point;
        let output = Output::new(length);
        (0..work.groups * panels).into_par_iter().for_each(|index| {
            let (group, first) = (index / panels, index % panels * CHANNELS);
            arch.dispatch(Panel::<F, M, P> {
                weights: work.weights,
                kernels,
                begin: group * work.weights.group + first * work.weights.row,
                channels: [source, CHANNELS.min(result - first)],
                // SAFETY: each panel of each group has a piece of its own.
                target: unsafe { output.piece(index * points * point, points * point) },
                point,
                rows,
            });
        });
        Self {
            // SAFETY: each panel of each group was written.
            values: unsafe { output.finish(length) },
            point,
            points,
            panels,
        }
    }

    /// Those of a panel at all points.
    pub fn panel(&self, group: usize, panel: usize) -> &[f32] {
        let length = self.points * self.point;
        &self.values[(group * self.panels + panel) * length..][..length]
    }
}

/// A panel at all points.
struct Panel<'a, F, const M: usize, const P: usize> {
    weights: Weights<'a>,
    kernels: [[usize; 3]; 2],
    /// Where its first weight lies.
    begin: usize,
    /// Of the source and of the panel.
    channels: [usize; 2],
    target: &'a mut [f32],
    point: usize,
    rows: F,
}

/// Weights of a kernel.
const KERNEL: usize = 9;

/// Channels of the source that are transformed at once.
const SOURCES: usize = 8;

/// A weight for each channel of the panel, for each of a few channels of the source.
#[repr(align(64))]
struct Lanes([f32; SOURCES * CHANNELS]);

impl<F: Minimal<M, P>, const M: usize, const P: usize> WithSimd for Panel<'_, F, M, P> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let source = self.channels[0];
        let mut kernel = [const { Lanes([0.0; SOURCES * CHANNELS]) }; KERNEL];
        for first in (0..source).step_by(SOURCES) {
            for channel in first..source.min(first + SOURCES) {
                self.read(channel, &mut kernel, (channel - first) * CHANNELS);
            }
            for lane in (0..SOURCES * CHANNELS).step_by(S::F32_LANES) {
                self.transform(simd, &kernel, lane, first * CHANNELS + lane);
            }
        }
        let end = source.next_multiple_of(SOURCES) * CHANNELS;
        for point in self.target.chunks_exact_mut(self.point) {
            point[end..].fill(0.0);
        }
    }
}

impl<F: Minimal<M, P>, const M: usize, const P: usize> Panel<'_, F, M, P> {
    /// The kernels for a channel of the source, to the lanes from `first` on.
    #[inline(always)]
    fn read(&self, channel: usize, kernel: &mut [Lanes; KERNEL], first: usize) {
        let begin = self.begin + channel * self.weights.channel;
        for n in 0..self.channels[1] {
            let values = &self.weights.values[begin + n * self.weights.row..][..KERNEL];
            for (lanes, &value) in kernel.iter_mut().zip(values) {
                lanes.0[first + n] = value;
            }
        }
    }

    /// A vector of lanes, for `place` of each point.
    #[inline(always)]
    fn transform<S: Simd>(&mut self, simd: S, kernel: &[Lanes; KERNEL], lane: usize, place: usize) {
        let [rows, columns] = self.kernels;
        let mut transformed = [[simd.splat_f32s(0.0); P]; 3];
        for x in 0..3 {
            let mut column = [simd.splat_f32s(0.0); 3];
            for y in 0..3 {
                let weights = &kernel[rows[y] * 3 + columns[x]].0[lane..];
                column[y] = S::as_simd_f32s(weights).0[0];
            }
            transformed[x] = self.rows.weights(simd, column);
        }
        for p in 0..P {
            let row = [transformed[0][p], transformed[1][p], transformed[2][p]];
            let points = Two.weights(simd, row);
            for q in 0..POINTS {
                let target = &mut self.target[(p * POINTS + q) * self.point + place..];
                S::as_mut_simd_f32s(target).0[0] = points[q];
            }
        }
    }
}
