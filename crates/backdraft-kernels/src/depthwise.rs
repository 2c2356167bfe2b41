//! Sums over the taps of a single channel of the source.
//!
//! A vector of the source is loaded once for all the rows of results that it contributes to: the vectors of a
//! column of results and the taps of a column of the kernel run down the same plane.

#![expect(unsafe_code, reason = "loads without bounds checks")]

use crate::panel::clamp;
use crate::plan::{Part, Plan};
use crate::positions::{Rows, Segment};
use crate::runs::{self, Run};
use crate::store::{Line, Plane};
use crate::task::Task;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// The results of a task in some groups, whose planes are in `source`.
pub(crate) struct Depthwise<'a> {
    pub task: &'a Task<'a>,
    pub source: &'a [f32],
    pub groups: Range<usize>,
}

impl WithSimd for Depthwise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (index, group) in self.groups.clone().enumerate() {
            for channel in self.task.channels.clone() {
                let channel = self.channel(index, group, channel);
                for part in &self.task.plan.parts {
                    channel.part(simd, part, self.task.block);
                }
            }
        }
    }
}

impl<'a> Depthwise<'a> {
    #[inline(always)]
    fn channel(&self, index: usize, group: usize, channel: usize) -> Channel<'a> {
        let Plan { work, planes, .. } = self.task.plan;
        let source = &self.source[index * planes.channel..];
        let index = group * work.channels[1] + channel;
        Channel {
            source,
            pitch: planes.pitch,
            weights: &work.weights.values
                [group * work.weights.group + channel * work.weights.row..],
            bias: work.bias.map_or(0.0, |bias| bias[index]),
            bounds: work.bounds,
            plane: self.task.plane(index),
        }
    }
}

/// A channel of the result.
struct Channel<'a> {
    source: &'a [f32],
    pitch: usize,
    weights: &'a [f32],
    bias: f32,
    bounds: (f32, f32),
    plane: Plane<'a>,
}

/// Vectors that lie one below the other.
#[derive(Clone, Copy)]
struct Column<'a> {
    part: &'a Part,
    rows: Rows,
    /// The first row of results, and the first column.
    top: usize,
    left: usize,
    /// Rows of results in a vector.
    height: usize,
}

impl Channel<'_> {
    #[inline(always)]
    fn part<S: Simd>(&self, simd: S, part: &Part, block: usize) {
        let rows = part.blocks[block];
        let height = runs::height(rows.columns, self.pitch, S::F32_LANES);
        for left in (0..rows.columns).step_by(S::F32_LANES) {
            let left = left.min(rows.columns.saturating_sub(S::F32_LANES));
            let mut column = Column {
                part,
                rows,
                top: 0,
                left,
                height,
            };
            while column.top < rows.number {
                let vectors = match (rows.number - column.top).div_ceil(height) {
                    7.. => self.column::<S, 7>(simd, column),
                    4.. => self.column::<S, 4>(simd, column),
                    2.. => self.column::<S, 2>(simd, column),
                    _ => self.column::<S, 1>(simd, column),
                };
                column.top += vectors * height;
            }
        }
    }

    /// `R` vectors of a column; their number.
    #[inline(always)]
    fn column<S: Simd, const R: usize>(&self, simd: S, column: Column) -> usize {
        let step = column.rows.step;
        match (step, &column.part.runs[..]) {
            (1, [runs]) => {
                let sums = self.sums::<S, R>(simd, runs, column);
                for (index, sums) in sums.into_iter().enumerate() {
                    self.store(simd, sums, column, index);
                }
            }
            (2, [first, second]) => {
                let first = self.lines::<S, R>(simd, first, column);
                let second = self.lines::<S, R>(simd, second, column);
                for (index, (first, second)) in first.iter().zip(&second).enumerate() {
                    column.segments::<S>(
                        self.pitch,
                        index,
                        #[inline(always)]
                        |segment| self.plane.store_two(&[segment], first, second),
                    );
                }
            }
            (_, classes) => {
                for (class, runs) in classes.iter().enumerate() {
                    for (index, line) in self.lines::<S, R>(simd, runs, column).iter().enumerate() {
                        column.segments::<S>(self.pitch, index, |segment| {
                            self.plane.store_strided(&[segment], line, class, step);
                        });
                    }
                }
            }
        }
        R
    }

    #[inline(always)]
    fn lines<S: Simd, const R: usize>(&self, simd: S, runs: &[Run], column: Column) -> [Line; R] {
        let mut lines = [Line::ZERO; R];
        for (line, sums) in lines.iter_mut().zip(self.sums::<S, R>(simd, runs, column)) {
            S::as_mut_simd_f32s(&mut line.0).0[0] = sums;
        }
        lines
    }

    #[inline(always)]
    fn sums<S: Simd, const R: usize>(&self, simd: S, runs: &[Run], column: Column) -> [S::f32s; R] {
        let mut sums = [simd.splat_f32s(self.bias); R];
        let start = column.top * self.pitch + column.left;
        let distance = column.height * self.pitch;
        for run in runs {
            match run.weights.len() {
                1 => self.run::<S, R, 1>(simd, run, start, distance, &mut sums),
                2 => self.run::<S, R, 2>(simd, run, start, distance, &mut sums),
                3 => self.run::<S, R, 3>(simd, run, start, distance, &mut sums),
                4 => self.run::<S, R, 4>(simd, run, start, distance, &mut sums),
                _ => self.run::<S, R, 5>(simd, run, start, distance, &mut sums),
            }
        }
        for sum in &mut sums {
            *sum = clamp(simd, *sum, self.bounds);
        }
        sums
    }

    #[inline(always)]
    fn run<S: Simd, const R: usize, const N: usize>(
        &self,
        simd: S,
        run: &Run,
        start: usize,
        distance: usize,
        sums: &mut [S::f32s; R],
    ) {
        let mut factors = [simd.splat_f32s(0.0); N];
        for n in 0..N {
            factors[n] = simd.splat_f32s(self.weights[run.weights[n]]);
        }
        for row in 0..R + N - 1 {
            let place = start + run.source + row * distance;
            // SAFETY: the plane holds what the taps reach from each position of the block, and a vector more.
            let values = unsafe {
                self.source
                    .as_ptr()
                    .add(place)
                    .cast::<S::f32s>()
                    .read_unaligned()
            };
            for n in 0..N {
                if n <= row && row - n < R {
                    sums[row - n] = simd.mul_add_e_f32s(values, factors[n], sums[row - n]);
                }
            }
        }
    }

    #[inline(always)]
    fn store<S: Simd>(&self, _: S, values: S::f32s, column: Column, index: usize) {
        if column.rows.columns >= S::F32_LANES {
            let place = column.place(index, 0);
            S::as_mut_simd_f32s(self.plane.piece(place, S::F32_LANES)).0[0] = values;
            return;
        }
        let mut line = Line::ZERO;
        S::as_mut_simd_f32s(&mut line.0).0[0] = values;
        column.segments::<S>(
            self.pitch,
            index,
            #[inline(always)]
            |segment| self.plane.store(&[segment], &line),
        );
    }
}

impl Column<'_> {
    /// Where the results of row `row` of vector `index` begin.
    #[inline(always)]
    fn place(self, index: usize, row: usize) -> usize {
        let row = self.top + index * self.height + row;
        self.rows.first + row * self.rows.distance + self.left * self.rows.step
    }

    /// What vector `index` holds.
    #[inline(always)]
    fn segments<S: Simd>(self, pitch: usize, index: usize, store: impl Fn(Segment)) {
        let left = self.rows.number - self.top - index * self.height;
        for row in 0..self.height.min(left) {
            let length = (self.rows.columns.min(S::F32_LANES) * self.rows.step)
                .min(self.rows.width - self.left * self.rows.step);
            store(Segment {
                lane: row * pitch,
                place: self.place(index, row),
                length,
            });
        }
    }
}
