//! The pixels of a scene.

use rand::{Rng, RngExt};

use super::{Object, SIDE};

/// Cells of the background's texture along a side.
const CELLS: usize = 6;
/// Points along a side of a pixel at which an edge is sampled.
const SAMPLES: usize = 3;

/// An image of `[3, SIDE, SIDE]` values from 0 to 1.
#[derive(Clone, Debug)]
pub(super) struct Canvas(Vec<f32>);

impl Canvas {
    /// A gray background with soft blotches and a little noise.
    pub(super) fn textured(rng: &mut impl Rng) -> Self {
        let gray = rng.random_range(0.35..0.65);
        let blotches: [[f32; CELLS + 1]; CELLS + 1] =
            std::array::from_fn(|_| std::array::from_fn(|_| rng.random_range(-0.12..0.12)));
        let mut values = Vec::with_capacity(3 * SIDE * SIDE);
        for _ in 0..3 {
            let tint: f32 = gray + rng.random_range(-0.03..0.03);
            for (row, column) in pixels() {
                let noise: f32 = rng.random_range(-0.03..0.03);
                values.push((tint + blotch(&blotches, row, column) + noise).clamp(0.0, 1.0));
            }
        }
        Self(values)
    }

    /// Paints an object with smooth edges, a little lighter or darker than its color.
    pub(super) fn draw(&mut self, object: &Object, rng: &mut impl Rng) {
        let light: f32 = rng.random_range(0.88..1.08);
        for (row, column) in pixels().filter(|&(row, column)| object.bounds.contains(column, row)) {
            let covered = coverage(object, row, column);
            for (channel, color) in object.color.rgb().into_iter().enumerate() {
                let noise: f32 = rng.random_range(-0.03..0.03);
                let paint = (color * light + noise).clamp(0.0, 1.0);
                let value = &mut self.0[(channel * SIDE + row) * SIDE + column];
                *value += covered * (paint - *value);
            }
        }
    }

    pub(super) fn values(&self) -> &[f32] {
        &self.0
    }
}

/// Row and column of every pixel.
fn pixels() -> impl Iterator<Item = (usize, usize)> {
    (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column)))
}

/// The texture at a pixel, interpolated between the corners of its cell.
fn blotch(corners: &[[f32; CELLS + 1]; CELLS + 1], row: usize, column: usize) -> f32 {
    let cell = |place: usize| {
        let position = (place * CELLS) as f32 / SIDE as f32;
        (position as usize, position.fract())
    };
    let ((top, down), (left, across)) = (cell(row), cell(column));
    let mix = |from: f32, to: f32, part: f32| from + part * (to - from);
    mix(
        mix(corners[top][left], corners[top][left + 1], across),
        mix(corners[top + 1][left], corners[top + 1][left + 1], across),
        down,
    )
}

/// The part of a pixel that an object covers, from 0 to 1.
fn coverage(object: &Object, row: usize, column: usize) -> f32 {
    let bounds = object.bounds;
    let point = |place: usize, start: usize, sample: usize| {
        let offset = (sample as f32 + 0.5) / SAMPLES as f32;
        ((place - start) as f32 + offset) / bounds.side as f32 * 2.0 - 1.0
    };
    let samples = (0..SAMPLES).flat_map(|y| (0..SAMPLES).map(move |x| (x, y)));
    let covered = samples.filter(|&(x, y)| {
        let (x, y) = (point(column, bounds.left, x), point(row, bounds.top, y));
        object.shape.covers(x, y)
    });
    covered.count() as f32 / (SAMPLES * SAMPLES) as f32
}
