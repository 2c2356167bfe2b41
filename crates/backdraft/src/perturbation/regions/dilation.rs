//! Segments that grow over their borders.

use crate::perturbation::regions::felzenszwalb::moved;
use crate::perturbation::regions::place::place_of;

/// The positions of every segment and of what is within a radius of it, ascending.
pub(crate) fn dilated(labels: &[usize], shape: &[usize], radius: usize) -> Vec<Vec<usize>> {
    let count = 1 + labels.iter().max().copied().unwrap_or_default();
    let mut segments = vec![Vec::new(); count];
    let ball = ball(shape.len(), radius);
    for (position, &label) in labels.iter().enumerate() {
        segments[label].push(position);
        let place = place_of(position, shape);
        let around = ball.iter().filter_map(|step| moved(&place, step, shape));
        segments[label].extend(around.filter(|&neighbor| labels[neighbor] != label));
    }
    for segment in &mut segments {
        segment.sort_unstable();
        segment.dedup();
    }
    segments
}

/// The steps that aren't longer than the radius.
fn ball(dimensions: usize, radius: usize) -> Vec<Vec<isize>> {
    let shape = vec![2 * radius + 1; dimensions];
    let step = |index| -> Vec<isize> {
        let place = place_of(index, &shape).into_iter();
        place
            .map(|coordinate| coordinate as isize - radius as isize)
            .collect()
    };
    let is_within = |step: &Vec<isize>| {
        let square: isize = step.iter().map(|by| by * by).sum();
        square <= (radius * radius) as isize
    };
    (0..shape.iter().product())
        .map(step)
        .filter(is_within)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_grows_by_a_disk() {
        // One position in the middle of three by three: itself and its four neighbors, but not the corners.
        let labels = [0, 0, 0, 0, 1, 0, 0, 0, 0];
        let [around, middle] = dilated(&labels, &[3, 3], 1).try_into().unwrap();
        assert_eq!(middle, [1, 3, 4, 5, 7]);
        assert_eq!(around.len(), 9);
        let [around, middle] = dilated(&labels, &[3, 3], 0).try_into().unwrap();
        assert_eq!((middle, around.len()), (vec![4], 8));
    }
}
