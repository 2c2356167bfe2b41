//! From the products of tiles to results.

#![expect(unsafe_code, reason = "tasks write to pieces of one output")]

use crate::copy::{All, copy, interleave};
use crate::output::Output;
use crate::panel::clamp;
use crate::store::{LANES, Line};
use crate::winograd::filter::{Minimal, Two};
use crate::winograd::grid::{COLUMNS, POINTS, Piece};
use crate::winograd::plan::Plan;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Writes the results of some channels of a group in a block of tiles.
pub(crate) struct Results<'a, F, const M: usize, const P: usize> {
    pub plan: &'a Plan<'a>,
    pub output: &'a Output,
    pub group: usize,
    pub channels: Range<usize>,
    pub segments: &'a [Piece],
    pub products: &'a [f32],
    pub rows: F,
}

/// The results of a vector of tiles, row by row.
type Rows<const M: usize> = [[f32; COLUMNS * LANES]; M];

impl<F: Minimal<M, P>, const M: usize, const P: usize> WithSimd for Results<'_, F, M, P> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let lanes = S::F32_LANES;
        let vectors = || {
            self.segments
                .chunk_by(|a, b| a.first / lanes == b.first / lanes)
        };
        for channel in self.channels.clone() {
            for segments in vectors() {
                let vector = segments[0].first / lanes;
                let rows = self.transform(simd, channel, vector * lanes);
                for segment in segments {
                    self.store(channel, segment, segment.first % lanes, &rows);
                }
            }
        }
    }
}

impl<F: Minimal<M, P>, const M: usize, const P: usize> Results<'_, F, M, P> {
    #[inline(always)]
    fn transform<S: Simd>(&self, simd: S, channel: usize, first: usize) -> Rows<M> {
        let Plan {
            work,
            products: point,
            tiles,
            ..
        } = self.plan;
        let place = (channel - self.channels.start) * tiles + first;
        let zero = simd.splat_f32s(0.0);
        let mut columns = [[zero; P]; COLUMNS];
        for p in 0..P {
            let mut points = [zero; POINTS];
            for q in 0..POINTS {
                let products = &self.products[(p * POINTS + q) * point + place..][..S::F32_LANES];
                points[q] = S::as_simd_f32s(products).0[0];
            }
            let results = Two.results(simd, points);
            for x in 0..COLUMNS {
                columns[x][p] = results[x];
            }
        }
        let index = self.group * work.channels[1] + channel;
        let bias = simd.splat_f32s(match work.bias {
            Some(bias) => bias[index],
            None => 0.0,
        });
        let mut lines = [[Line::ZERO; M]; COLUMNS];
        for x in 0..COLUMNS {
            let results = self.rows.results(simd, columns[x]);
            for y in 0..M {
                let results = clamp(simd, simd.add_f32s(results[y], bias), work.bounds);
                S::as_mut_simd_f32s(&mut lines[x][y].0).0[0] = results;
            }
        }
        let mut rows = [[0.0; COLUMNS * LANES]; M];
        for (y, row) in rows.iter_mut().enumerate() {
            interleave(row, &lines[0][y].0, &lines[1][y].0);
        }
        rows
    }

    /// The part of the results of a vector that belongs to tiles from `lane` on, as far as the image reaches.
    #[inline(always)]
    fn store(&self, channel: usize, segment: &Piece, lane: usize, rows: &Rows<M>) {
        let work = self.plan.work;
        let [height, width] = work.result;
        let index = (segment.image * work.groups + self.group) * work.channels[1] + channel;
        let (row, column) = (segment.row * M, segment.column * COLUMNS);
        let length = (segment.length * COLUMNS).min(width - column);
        for (row, results) in (row..height).zip(rows) {
            let place = (index * height + row) * width + column;
            // SAFETY: each result of the task's channels and tiles is its own.
            let target = unsafe { self.output.piece(place, length) };
            copy(target, All(&results[COLUMNS * lane..][..length]));
        }
    }
}
