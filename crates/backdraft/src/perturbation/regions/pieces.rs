//! Clusters that hang together, in the number that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::perturbation::regions::image::Image;
use crate::perturbation::regions::place::{place_of, row_major};
use crate::perturbation::regions::slic::Mean;

/// For every position one of exactly `count` pieces, or of as many as there are positions. Pieces of one cluster that don't
/// touch are apart; then the smallest piece goes to the most similar one that it touches until there are few enough.
/// They are numbered in the order of their first positions.
pub(super) fn exactly(count: usize, image: &Image, clusters: Vec<usize>) -> Vec<usize> {
    let mut labels = connected(image, &clusters);
    let mut pieces = Pieces::new(image, &labels);
    while pieces.by_size.len() > count {
        pieces.join_smallest();
    }
    for label in &mut labels {
        *label = pieces.root(*label);
    }
    while pieces.by_size.len() < count.min(image.positions()) {
        pieces.split_largest(&mut labels);
    }
    in_order(&labels)
}

/// Numbers of the pieces that hang together.
fn connected(image: &Image, clusters: &[usize]) -> Vec<usize> {
    let mut labels = vec![usize::MAX; clusters.len()];
    let mut pieces = 0;
    for start in 0..clusters.len() {
        if labels[start] != usize::MAX {
            continue;
        }
        let mut open = vec![start];
        labels[start] = pieces;
        while let Some(position) = open.pop() {
            for neighbor in neighbors(position, &image.shape) {
                if labels[neighbor] == usize::MAX && clusters[neighbor] == clusters[start] {
                    labels[neighbor] = pieces;
                    open.push(neighbor);
                }
            }
        }
        pieces += 1;
    }
    labels
}

/// The positions one step away along a dimension.
fn neighbors(position: usize, shape: &[usize]) -> Vec<usize> {
    let place = place_of(position, shape);
    let step = |axis: usize, to: Option<usize>| {
        let mut place = place.clone();
        place[axis] = to.filter(|to| *to < shape[axis])?;
        Some(row_major(&place, shape))
    };
    let axes = 0..shape.len();
    axes.flat_map(|axis| {
        [
            step(axis, place[axis].checked_sub(1)),
            step(axis, Some(place[axis] + 1)),
        ]
    })
    .flatten()
    .collect()
}

/// What is known of pieces while they are joined.
struct Pieces {
    means: Vec<Mean>,
    touching: Vec<BTreeSet<usize>>,
    /// Which piece each one went to.
    went_to: Vec<usize>,
    sizes: Vec<usize>,
    /// Sizes and numbers of those that are left.
    by_size: BTreeSet<(usize, usize)>,
}

impl Pieces {
    fn new(image: &Image, labels: &[usize]) -> Self {
        let count = 1 + labels.iter().max().copied().unwrap_or_default();
        let mut means: Vec<Mean> = (0..count).map(|_| Mean::new(image.channels)).collect();
        let (mut touching, mut sizes) = (vec![BTreeSet::new(); count], vec![0; count]);
        for (position, &label) in labels.iter().enumerate() {
            means[label].add(image.at(position));
            sizes[label] += 1;
            let around = neighbors(position, &image.shape)
                .into_iter()
                .map(|it| labels[it]);
            touching[label].extend(around.filter(|it| *it != label));
        }
        Self {
            means,
            touching,
            went_to: (0..count).collect(),
            by_size: sizes.iter().copied().zip(0..).collect(),
            sizes,
        }
    }

    /// The smallest piece goes to the most similar one that it touches.
    fn join_smallest(&mut self) {
        let Some((size, smallest)) = self.by_size.pop_first() else {
            return;
        };
        let mean = self.means[smallest].value();
        let far = |other: usize| {
            let pairs = self.means[other].value().into_iter().zip(&mean);
            pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>()
        };
        let touching = std::mem::take(&mut self.touching[smallest]);
        let nearest = touching
            .iter()
            .copied()
            .min_by(|&a, &b| far(a).total_cmp(&far(b)));
        let nearest = nearest.expect("everything in an image touches something");
        let other = std::mem::replace(&mut self.means[smallest], Mean::new(0));
        self.means[nearest].join(&other);
        for &neighbor in &touching {
            self.touching[neighbor].remove(&smallest);
            if neighbor != nearest {
                self.touching[neighbor].insert(nearest);
                self.touching[nearest].insert(neighbor);
            }
        }
        self.went_to[smallest] = nearest;
        self.by_size.remove(&(self.sizes[nearest], nearest));
        self.sizes[nearest] += size;
        self.by_size.insert((self.sizes[nearest], nearest));
    }

    /// The piece that is left of one.
    fn root(&self, mut piece: usize) -> usize {
        while self.went_to[piece] != piece {
            piece = self.went_to[piece];
        }
        piece
    }

    /// The second half of the largest piece becomes one of its own: where clusters got lost.
    fn split_largest(&mut self, labels: &mut [usize]) {
        let Some((size, largest)) = self.by_size.pop_last() else {
            return;
        };
        let new = self.went_to.len();
        self.went_to.push(new);
        let own = labels.iter_mut().filter(|label| **label == largest);
        own.skip(size.div_ceil(2)).for_each(|label| *label = new);
        self.by_size.insert((size.div_ceil(2), largest));
        self.by_size.insert((size / 2, new));
    }
}

/// The same pieces with numbers in the order of their first positions.
fn in_order(labels: &[usize]) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    let number = |label: &usize| {
        let next = numbers.len();
        *numbers.entry(*label).or_insert(next)
    };
    labels.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::regions::slic::clusters;

    fn line(values: &[f32]) -> Image {
        Image {
            shape: vec![values.len()],
            channels: 1,
            values: values.to_vec(),
        }
    }

    #[test]
    fn pieces_that_do_not_touch_are_apart() {
        let image = line(&[0.0; 5]);
        assert_eq!(connected(&image, &[7, 7, 3, 7, 7]), [0, 0, 1, 2, 2]);
    }

    #[test]
    fn the_smallest_goes_to_the_most_similar() {
        let image = line(&[0.0, 0.0, 4.0, 5.0, 5.0]);
        assert_eq!(exactly(2, &image, vec![0, 0, 1, 2, 2]), [0, 0, 1, 1, 1]);
        assert_eq!(exactly(1, &image, vec![0, 0, 1, 2, 2]), [0; 5]);
    }

    #[test]
    fn a_cluster_that_was_lost_is_made_up_for() {
        let image = line(&[0.0; 5]);
        assert_eq!(exactly(3, &image, vec![0; 5]), [0, 0, 1, 2, 2]);
        assert_eq!(exactly(9, &image, vec![0; 5]), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn there_are_exactly_as_many_as_asked_for() {
        // Numbers without a pattern.
        let values: Vec<f32> = (0..120_u32)
            .map(|it| (it * it * 7919 % 101) as f32)
            .collect();
        let image = Image {
            shape: vec![12, 10],
            channels: 1,
            values,
        };
        for count in [1, 2, 7, 30, 119, 120] {
            let labels = exactly(count, &image, clusters(&image, count));
            assert_eq!(labels.iter().max(), Some(&(count - 1)), "{count}");
        }
    }
}
