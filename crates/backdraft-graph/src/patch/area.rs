//! Boxes of positions, and where patches of one size cover them.

use std::ops::Range;

/// A box of positions that isn't empty: a range along every dimension of space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Area(pub(crate) Vec<Range<usize>>);

impl Area {
    /// The smallest box that holds both.
    pub(super) fn union(&self, other: &Self) -> Self {
        let axes = self.0.iter().zip(&other.0);
        Self(
            axes.map(|(a, b)| a.start.min(b.start)..a.end.max(b.end))
                .collect(),
        )
    }

    /// Whether it is a box in a space of this size.
    pub(crate) fn fits(&self, space: &[usize]) -> bool {
        let inside =
            |(range, &size): (&Range<usize>, &usize)| !range.is_empty() && range.end <= size;
        self.0.len() == space.len() && self.0.iter().zip(space).all(inside)
    }
}

/// Where the patches of one tensor lie in its space: as large as the largest area, each over its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    pub(super) size: Vec<usize>,
    /// Where every patch begins.
    pub(super) starts: Vec<Vec<usize>>,
}

impl Places {
    /// Patches over all of these areas.
    pub(super) fn over(areas: &[Area], space: &[usize]) -> Self {
        let longest = |axis: usize| areas.iter().map(|area| area.0[axis].len()).max();
        let size: Vec<usize> = (0..space.len())
            .map(|axis| longest(axis).unwrap_or(0))
            .collect();
        let start = |area: &Area| {
            let axes = area.0.iter().zip(space).zip(&size);
            axes.map(|((range, space), size)| range.start.min(space - size))
                .collect()
        };
        Self {
            starts: areas.iter().map(start).collect(),
            size,
        }
    }

    /// Number of positions of a patch.
    pub(super) fn positions(&self) -> usize {
        self.size.iter().product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_have_one_size_and_stay_inside() {
        let areas = [Area(vec![0..2, 3..5]), Area(vec![4..5, 1..4])];
        assert!(areas.iter().all(|area| area.fits(&[5, 5])));
        let places = Places::over(&areas, &[5, 5]);
        assert_eq!(places.size, [2, 3]);
        assert_eq!(places.starts, [[0, 2], [3, 1]]);
    }

    #[test]
    fn a_union_holds_both() {
        let [a, b] = [Area(vec![1..2, 4..6]), Area(vec![3..4, 0..5])];
        assert_eq!(a.union(&b), Area(vec![1..4, 0..6]));
    }

    #[test]
    fn what_is_empty_or_outside_does_not_fit() {
        assert!(!Area(vec![1..1, 0..1]).fits(&[3, 3]));
        assert!(!Area(vec![1..4, 0..1]).fits(&[3, 3]));
        assert!(!Area(vec![1..2, 0..1]).fits(&[3]));
    }
}
