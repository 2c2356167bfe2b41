//! Values of the source of a block as the products need them: those of each tile at all points.

#![expect(unsafe_code, reason = "loads and stores without bounds checks")]

use crate::planes::Planes;
use crate::winograd::filter::{Minimal, Two};
use crate::winograd::grid::{POINTS, Piece};
use crate::winograd::plan::Plan;
use pulp::{Simd, WithSimd};

/// Writes, for each point, the values of all tiles of each channel of a group.
pub(crate) struct Source<'a, F, const M: usize, const P: usize> {
    pub plan: &'a Plan<'a>,
    pub group: usize,
    pub pieces: &'a [Piece],
    /// The planes of one channel in each image that the block meets.
    pub planes: &'a mut [f32],
    pub values: &'a mut [f32],
    pub rows: F,
}

impl<F: Minimal<M, P>, const M: usize, const P: usize> WithSimd for Source<'_, F, M, P> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let work = self.plan.work;
        self.planes.fill(0.0);
        let images = self.pieces.chunk_by(|a, b| a.image == b.image);
        let images: Vec<_> = images.map(|pieces| Image::new(self.plan, pieces)).collect();
        for channel in 0..work.channels[0] {
            let areas = self.planes.chunks_exact_mut(self.plan.planes.channel);
            for (Image { pieces, planes }, area) in images.iter().zip(areas) {
                let first = pieces[0];
                let index = (first.image * work.groups + self.group) * work.channels[0] + channel;
                planes.fill(area, work.source, &self.plan.axes, index, first.row * M);
                for piece in *pieces {
                    let place = (piece.row - first.row) * M * planes.pitch + piece.column;
                    let values = &mut self.values[channel * self.plan.tiles + piece.first..];
                    let tiles = Tiles {
                        plan: self.plan,
                        rows: self.rows,
                        source: area[place..].as_ptr(),
                        values: values.as_mut_ptr(),
                    };
                    // SAFETY: rows of the planes and of the values are followed by others, or by room for a vector.
                    unsafe { tiles.transform(simd, piece.length) };
                }
            }
        }
    }
}

/// What a block holds of an image.
struct Image<'a> {
    pieces: &'a [Piece],
    /// Those of the block, with as many rows as these pieces need.
    planes: Planes,
}

impl<'a> Image<'a> {
    fn new(plan: &Plan, pieces: &'a [Piece]) -> Self {
        let rows = pieces[pieces.len() - 1].row + 1 - pieces[0].row;
        let mut planes = plan.planes.clone();
        planes.rows = plan.axes[0].length(rows * plan.rows);
        Self { pieces, planes }
    }
}

/// Tiles side by side.
struct Tiles<'a, F> {
    plan: &'a Plan<'a>,
    rows: F,
    /// Where the first one begins in the planes.
    source: *const f32,
    /// Where that of the first point goes.
    values: *mut f32,
}

impl<F> Tiles<'_, F> {
    /// Whole vectors of them: what is written behind the last tile is written again with its own values.
    ///
    /// # Safety
    ///
    /// A vector must be readable in the source, and writable in the values, behind the last tile.
    #[inline(always)]
    unsafe fn transform<S: Simd, const M: usize, const P: usize>(self, simd: S, length: usize)
    where
        F: Minimal<M, P>,
    {
        let Plan {
            planes,
            phases,
            values: point,
            ..
        } = self.plan;
        for first in (0..length).step_by(S::F32_LANES) {
            // SAFETY: as promised by the caller.
            unsafe {
                let source = self.source.add(first);
                let target = self.values.add(first);
                let mut columns = [[simd.splat_f32s(0.0); P]; POINTS];
                for x in 0..POINTS {
                    let column = source.add(phases[x % 2] + x / 2);
                    for y in 0..P {
                        let row = column.add(y * planes.pitch);
                        columns[x][y] = row.cast::<S::f32s>().read_unaligned();
                    }
                    columns[x] = self.rows.values(simd, columns[x]);
                }
                for p in 0..P {
                    let row = [columns[0][p], columns[1][p], columns[2][p], columns[3][p]];
                    let values = Two.values(simd, row);
                    for q in 0..POINTS {
                        let target = target.add((p * POINTS + q) * point);
                        target.cast::<S::f32s>().write_unaligned(values[q]);
                    }
                }
            }
        }
    }
}
