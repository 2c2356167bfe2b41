//! Random masks without edges.

use rand::RngExt;
use rand::rngs::StdRng;

use crate::Error;

/// Grids of cells that are switched on at random, enlarged to the size of an image and shifted.
pub(super) struct RandomMasks<'a> {
    pub(super) space: &'a [usize],
    /// How many cells there are along each dimension of space.
    pub(super) cells: Vec<usize>,
    pub(super) probability: f64,
    pub(super) random: StdRng,
}

impl RandomMasks<'_> {
    /// The next mask: a weight for every position.
    pub(super) fn draw(&mut self) -> Vec<f32> {
        let grid = (0..self.cells.iter().product())
            .map(|_| f32::from(u8::from(self.random.random_bool(self.probability))));
        let grid: Vec<f32> = grid.collect();
        let sizes = self.space.iter().zip(&self.cells);
        let offsets = sizes.map(|(&size, &cells)| {
            let cell = cell_size(size, cells);
            self.random.random_range(0..cell)
        });
        let offsets: Vec<usize> = offsets.collect();
        enlarged(&grid, &self.cells, self.space, &offsets)
    }
}

/// How many positions a cell covers along a dimension.
pub(super) fn cell_size(size: usize, cells: usize) -> usize {
    size.div_ceil(cells)
}

/// Refuses grids without cells, or finer than the image.
pub(super) fn check_cells(cells: &[usize], space: &[usize]) -> Result<(), Error> {
    let fits = |(cells, size): (&usize, &usize)| (1..=*size).contains(cells);
    if cells.iter().zip(space).all(fits) {
        return Ok(());
    }
    Err(Error::InvalidOption {
        option: "cells",
        value: format!("{cells:?} for an image of {space:?}"),
        requirement: "a grid has at least one cell along each dimension, and at most as many as positions",
    })
}

/// A grid of so many cells along each dimension of space, interpolated linearly between the centers of its cells to one
/// cell more than the space takes, of which the part from the offsets on is taken.
pub(super) fn enlarged(
    grid: &[f32],
    cells: &[usize],
    space: &[usize],
    offsets: &[usize],
) -> Vec<f32> {
    let mut shape = cells.to_vec();
    let mut values = grid.to_vec();
    for (axis, (&size, &offset)) in space.iter().zip(offsets).enumerate() {
        values = stretched(&values, &shape, axis, size, offset);
        shape[axis] = size;
    }
    values
}

/// Values in row-major order, interpolated along one axis.
fn stretched(values: &[f32], shape: &[usize], axis: usize, size: usize, offset: usize) -> Vec<f32> {
    let cells = shape[axis];
    let inner: usize = shape[axis + 1..].iter().product();
    let points: Vec<(usize, usize, f32)> = (0..size)
        .map(|position| between(position + offset, cells, size))
        .collect();
    let blocks = values.chunks(cells * inner);
    let rows = blocks.flat_map(|block| {
        points.iter().flat_map(move |&(first, second, part)| {
            let [first, second] =
                [first, second].map(|cell| &block[cell * inner..(cell + 1) * inner]);
            let pairs = first.iter().zip(second);
            pairs.map(move |(a, b)| a + part * (b - a))
        })
    });
    rows.collect()
}

/// Between which two cells a position lies, and how far it is from the first one to the second.
fn between(position: usize, cells: usize, size: usize) -> (usize, usize, f32) {
    let enlarged = (cells + 1) * cell_size(size, cells);
    let place = (position as f64 + 0.5) * cells as f64 / enlarged as f64 - 0.5;
    let place = place.clamp(0.0, (cells - 1) as f64);
    let first = place.floor();
    let second = (first as usize + 1).min(cells - 1);
    (first as usize, second, (place - first) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::generator;

    #[test]
    fn cells_fade_into_each_other() {
        // Two cells over four positions are of two each; enlarged they take six, three for each cell, whose centers lie
        // at positions 1 and 4.
        let row = |offset| enlarged(&[0.0, 3.0], &[2], &[4], &[offset]);
        let close = |actual: &[f32], expected: [f32; 4]| {
            for (a, b) in actual.iter().zip(expected) {
                assert!((a - b).abs() < 1e-6, "{actual:?}");
            }
        };
        close(&row(0), [0.0, 0.0, 1.0, 2.0]);
        close(&row(1), [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn every_dimension_is_enlarged() {
        let mask = enlarged(&[0.0, 3.0], &[2, 1], &[4, 3], &[1, 0]);
        assert_eq!(mask.len(), 12);
        for (row, expected) in mask.chunks(3).zip([0.0, 1.0, 2.0, 3.0]) {
            assert!(
                row.iter().all(|it| (it - expected).abs() < 1e-6),
                "{mask:?}"
            );
        }
    }

    #[test]
    fn masks_keep_as_much_as_they_should() {
        let mut masks = RandomMasks {
            space: &[9, 11],
            cells: vec![3, 2],
            probability: 0.3,
            random: generator(0, 0),
        };
        let drawn: Vec<Vec<f32>> = (0..2000).map(|_| masks.draw()).collect();
        assert!(drawn.iter().flatten().all(|it| (0.0..=1.0).contains(it)));
        for position in 0..99 {
            let mean = drawn.iter().map(|mask| mask[position]).sum::<f32>() / 2000.0;
            // The standard error is at most 0.0102.
            assert!((mean - 0.3).abs() < 0.045, "{position}: {mean}");
        }
    }
}
