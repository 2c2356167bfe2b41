//! Segments of an image by Felzenszwalb & Huttenlocher.

use crate::perturbation::regions::image::Image;
use crate::perturbation::regions::place::{place_of, row_major};

/// Cuts an image into segments whose values change less within than toward their neighbors: a label for each position, from
/// zero on.
///
/// Felzenszwalb & Huttenlocher, *Efficient Graph-Based Image Segmentation*, IJCV 2004. Neighbors, diagonal ones included,
/// are joined in the order of the distance of their values, unless it is above the largest distance within one of both
/// segments by more than `scale` over its size. Afterwards segments with fewer than `least` positions are joined with a
/// neighbor.
pub(crate) fn segments(image: &Image, scale: f64, least: usize) -> Vec<usize> {
    let mut edges = edges(image);
    edges.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    let mut forest = Forest::new(image.positions());
    for edge in &edges {
        let [a, b] = edge.ends.map(|end| forest.root(end));
        let tolerated = |root: usize| forest.within[root] + scale / forest.sizes[root] as f64;
        if a != b && edge.distance <= tolerated(a).min(tolerated(b)) {
            forest.join(a, b, edge.distance);
        }
    }
    for edge in &edges {
        let [a, b] = edge.ends.map(|end| forest.root(end));
        if a != b && forest.sizes[a].min(forest.sizes[b]) < least {
            forest.join(a, b, edge.distance);
        }
    }
    forest.labels()
}

/// Two neighbors, and how far apart their values are.
struct Edge {
    ends: [usize; 2],
    distance: f64,
}

fn edges(image: &Image) -> Vec<Edge> {
    let steps = forward_steps(image.shape.len());
    let mut edges = Vec::with_capacity(image.positions() * steps.len());
    for position in 0..image.positions() {
        let place = place_of(position, &image.shape);
        for step in &steps {
            if let Some(neighbor) = moved(&place, step, &image.shape) {
                let values = image.at(position).iter().zip(image.at(neighbor));
                let squares = values.map(|(a, b)| f64::from(a - b).powi(2));
                edges.push(Edge {
                    ends: [position, neighbor],
                    distance: squares.sum::<f64>().sqrt(),
                });
            }
        }
    }
    edges
}

/// The steps to half of the neighbors, so that every pair has one.
fn forward_steps(dimensions: usize) -> Vec<Vec<isize>> {
    let all = 3_usize.pow(dimensions as u32);
    let shape = vec![3; dimensions];
    let step = |index| -> Vec<isize> {
        let place = place_of(index, &shape).into_iter();
        place.map(|coordinate| coordinate as isize - 1).collect()
    };
    // The step in the middle stays where it is, and those after it are the opposites of those before it.
    (all / 2 + 1..all).map(step).collect()
}

/// Where a step leads, unless it leaves the image.
pub(super) fn moved(place: &[usize], step: &[isize], shape: &[usize]) -> Option<usize> {
    let coordinates = place.iter().zip(step).zip(shape).map(|((at, by), size)| {
        let moved = at.checked_add_signed(*by)?;
        (moved < *size).then_some(moved)
    });
    Some(row_major(&coordinates.collect::<Option<Vec<_>>>()?, shape))
}

/// Segments as trees of positions.
struct Forest {
    parents: Vec<usize>,
    sizes: Vec<usize>,
    /// The largest distance within each segment.
    within: Vec<f64>,
}

impl Forest {
    fn new(positions: usize) -> Self {
        Self {
            parents: (0..positions).collect(),
            sizes: vec![1; positions],
            within: vec![0.0; positions],
        }
    }

    fn root(&mut self, mut position: usize) -> usize {
        while self.parents[position] != position {
            self.parents[position] = self.parents[self.parents[position]];
            position = self.parents[position];
        }
        position
    }

    fn join(&mut self, a: usize, b: usize, distance: f64) {
        let (large, small) = if self.sizes[a] < self.sizes[b] {
            (b, a)
        } else {
            (a, b)
        };
        self.parents[small] = large;
        self.sizes[large] += self.sizes[small];
        self.within[large] = distance;
    }

    /// Numbers in the order of the segments' first positions.
    fn labels(&mut self) -> Vec<usize> {
        let positions = self.parents.len();
        let mut labels = vec![None; positions];
        let mut count = 0;
        let label = |position| {
            *labels[self.root(position)].get_or_insert_with(|| {
                count += 1;
                count - 1
            })
        };
        (0..positions).map(label).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(shape: [usize; 2], values: &[f32]) -> Image {
        Image {
            shape: shape.to_vec(),
            channels: 1,
            values: values.to_vec(),
        }
    }

    #[test]
    fn a_step_of_values_is_a_border() {
        let values = [0.0, 0.1, 9.0, 9.1, 0.1, 0.0, 9.1, 9.0];
        assert_eq!(
            segments(&image([2, 4], &values), 1.0, 1),
            [0, 0, 1, 1, 0, 0, 1, 1]
        );
        // A scale larger than the step joins everything.
        assert_eq!(segments(&image([2, 4], &values), 100.0, 1), [0; 8]);
    }

    #[test]
    fn a_gradual_change_stays_together_where_the_same_step_alone_would_not() {
        // A scale of 1.5 joins single positions one apart, and then the whole ramp has steps of one.
        let ramp = image([1, 5], &[0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(segments(&ramp, 1.5, 1), [0; 5]);
        // Beside ten equal positions the step counts more: 0.15 is tolerated.
        let plateau = [[0.0; 10], [1.0; 10]].concat();
        let labels = segments(&image([1, 20], &plateau), 1.5, 1);
        assert_eq!((labels[9], labels[10]), (0, 1));
    }

    #[test]
    fn what_is_too_small_joins_its_most_similar_neighbor() {
        let values = [0.0, 0.0, 0.0, 4.0, 9.0, 9.0, 9.0];
        assert_eq!(
            segments(&image([1, 7], &values), 0.1, 1),
            [0, 0, 0, 1, 2, 2, 2]
        );
        assert_eq!(
            segments(&image([1, 7], &values), 0.1, 2),
            [0, 0, 0, 0, 1, 1, 1]
        );
    }

    #[test]
    fn neighbors_are_diagonal_too_and_in_space() {
        let checkered = [0.0, 9.0, 9.0, 0.0];
        assert_eq!(segments(&image([2, 2], &checkered), 1.0, 1), [0, 1, 1, 0]);
        assert_eq!(forward_steps(2), [[0, 1], [1, -1], [1, 0], [1, 1]]);
        assert_eq!(forward_steps(3).len(), 13);
    }
}
