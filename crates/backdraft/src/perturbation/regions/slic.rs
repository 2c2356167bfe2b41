//! SLIC: superpixels by k-means over values and places.

use std::ops::Range;

use crate::perturbation::regions::image::Image;
use crate::perturbation::regions::place::{place_of, row_major};

/// How often centers move.
const ROUNDS: usize = 10;

/// The difference of values that counts as far as a superpixel's side, in spreads of the image's values.
const SPREAD: f64 = 0.5;

impl Image {
    /// The variance of its values, summed over channels.
    fn variance(&self) -> f64 {
        let mut all = Mean::new(self.channels);
        (0..self.positions()).for_each(|position| all.add(self.at(position)));
        let mean = all.value();
        let deviations = (0..self.positions()).map(|position| distance(self.at(position), &mean));
        deviations.sum::<f64>() / self.positions().max(1) as f64
    }
}

/// A mean of vectors.
pub(super) struct Mean {
    sums: Vec<f64>,
    count: f64,
}

impl Mean {
    pub(super) fn new(dimensions: usize) -> Self {
        Self {
            sums: vec![0.0; dimensions],
            count: 0.0,
        }
    }

    pub(super) fn add(&mut self, vector: &[f32]) {
        self.count += 1.0;
        for (sum, &value) in self.sums.iter_mut().zip(vector) {
            *sum += f64::from(value);
        }
    }

    /// Adds all that another one has.
    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        for (sum, value) in self.sums.iter_mut().zip(&other.sums) {
            *sum += value;
        }
    }

    pub(super) fn value(&self) -> Vec<f64> {
        self.sums.iter().map(|sum| sum / self.count).collect()
    }
}

/// The squared distance of two vectors.
pub(super) fn distance(vector: &[f32], center: &[f64]) -> f64 {
    let pairs = vector.iter().zip(center);
    pairs.map(|(&a, b)| (f64::from(a) - b).powi(2)).sum()
}

/// For every position one of at least `count` clusters, if there are as many positions.
pub(super) fn clusters(image: &Image, count: usize) -> Vec<usize> {
    let cells = Cells::new(image, count);
    let places: Vec<Vec<f32>> = (0..image.positions())
        .map(|position| {
            place_of(position, &image.shape)
                .into_iter()
                .map(|it| it as f32)
                .collect()
        })
        .collect();
    let variance = image.variance() * SPREAD * SPREAD;
    let far = |position: usize, center: &Center| {
        let values = distance(image.at(position), &center.values);
        let values = if variance > 0.0 {
            values / variance
        } else {
            0.0
        };
        let sides = places[position].iter().zip(&center.place).zip(&cells.sides);
        values
            + sides
                .map(|((&a, b), side)| ((f64::from(a) - b) / side).powi(2))
                .sum::<f64>()
    };
    let mut labels: Vec<usize> = (0..image.positions())
        .map(|it| cells.of(it, &image.shape))
        .collect();
    for _ in 0..ROUNDS {
        let centers = centers(image, &places, &labels, cells.count());
        let mut nearest = vec![f64::INFINITY; labels.len()];
        for (label, center) in centers.iter().enumerate() {
            let Some(center) = center else { continue };
            for position in cells.around(center, &image.shape) {
                let far = far(position, center);
                if far < nearest[position] {
                    nearest[position] = far;
                    labels[position] = label;
                }
            }
        }
    }
    labels
}

/// The mean value and place of a cluster.
struct Center {
    values: Vec<f64>,
    place: Vec<f64>,
}

/// The centers of clusters; none of an empty one.
fn centers(
    image: &Image,
    places: &[Vec<f32>],
    labels: &[usize],
    count: usize,
) -> Vec<Option<Center>> {
    let space = image.shape.len();
    let mut means: Vec<[Mean; 2]> = (0..count)
        .map(|_| [Mean::new(image.channels), Mean::new(space)])
        .collect();
    for (position, &label) in labels.iter().enumerate() {
        let [values, place] = &mut means[label];
        values.add(image.at(position));
        place.add(&places[position]);
    }
    let center = |[values, place]: [Mean; 2]| {
        (values.count > 0.0).then(|| Center {
            values: values.value(),
            place: place.value(),
        })
    };
    means.into_iter().map(center).collect()
}

/// The grid of cells, as equal as they can be, in which clusters begin.
struct Cells {
    counts: Vec<usize>,
    sides: Vec<f64>,
}

impl Cells {
    fn new(image: &Image, count: usize) -> Self {
        let each = image.positions() as f64 / count as f64;
        let side = each.powf(1.0 / image.shape.len() as f64).max(1.0);
        let counts = image
            .shape
            .iter()
            .map(|&size| (size as f64 / side).ceil() as usize);
        let counts: Vec<usize> = counts.collect();
        let sides = image
            .shape
            .iter()
            .zip(&counts)
            .map(|(&size, &count)| size as f64 / count as f64);
        Self {
            sides: sides.collect(),
            counts,
        }
    }

    fn count(&self) -> usize {
        self.counts.iter().product()
    }

    /// The cell of a position.
    fn of(&self, position: usize, shape: &[usize]) -> usize {
        let place = place_of(position, shape)
            .into_iter()
            .zip(shape)
            .zip(&self.counts);
        let cell: Vec<usize> = place
            .map(|((place, &size), count)| place * count / size)
            .collect();
        row_major(&cell, &self.counts)
    }

    /// The positions that are at most a cell's side from a center, along every dimension.
    fn around(&self, center: &Center, shape: &[usize]) -> impl Iterator<Item = usize> {
        let ranges = center.place.iter().zip(&self.sides).zip(shape);
        let ranges: Vec<Range<usize>> = ranges
            .map(|((center, side), &size)| {
                let first = (center - side).floor().max(0.0) as usize;
                first..((center + side).ceil() as usize + 1).min(size)
            })
            .collect();
        let sizes: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
        let shape = shape.to_vec();
        (0..sizes.iter().product()).map(move |index| {
            let inside = place_of(index, &sizes).into_iter().zip(&ranges);
            let place: Vec<usize> = inside.map(|(at, range)| range.start + at).collect();
            row_major(&place, &shape)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Image {
        let values = (0..rows * columns).map(|it| value(it / columns, it % columns));
        Image {
            shape: vec![rows, columns],
            channels: 1,
            values: values.collect(),
        }
    }

    #[test]
    fn of_a_uniform_image_they_are_a_grid() {
        let labels = clusters(&plane(4, 4, |_, _| 3.0), 4);
        assert_eq!(labels, [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
    }

    #[test]
    fn they_cling_to_edges() {
        // The edge is after the third column, the grid's cells end after the fourth one.
        let labels = clusters(
            &plane(8, 8, |_, column| if column < 3 { 0.0 } else { 1.0 }),
            4,
        );
        for row in labels.chunks(8) {
            assert!(
                row[..3].iter().all(|left| !row[3..].contains(left)),
                "{row:?}"
            );
        }
    }

    #[test]
    fn there_are_at_least_as_many_cells_as_asked_for() {
        let image = plane(5, 7, |_, _| 0.0);
        for count in 1..=35 {
            let cells = Cells::new(&image, count);
            assert!(
                (count..=35).contains(&cells.count()),
                "{count}: {}",
                cells.count()
            );
        }
    }

    #[test]
    fn a_line_has_them_too() {
        let image = Image {
            shape: vec![6],
            channels: 1,
            values: vec![0.0, 0.0, 5.0, 5.0, 5.0, 5.0],
        };
        assert_eq!(clusters(&image, 2), [0, 0, 1, 1, 1, 1]);
    }
}
