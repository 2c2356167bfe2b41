//! Lines: indices that know where on axes they lie.

use crate::ir::axes::axis::AxisId;

/// A stretch of an axis, in units of the axis's own indices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) center: f64,
    /// Half of its extent.
    pub(crate) half: f64,
}

impl Interval {
    fn of_index(index: usize) -> Self {
        Self {
            center: index as f64,
            half: 0.5,
        }
    }

    /// The smallest interval that holds all of some.
    pub(crate) fn around(intervals: impl IntoIterator<Item = Self>) -> Option<Self> {
        let ends = intervals
            .into_iter()
            .map(|it| (it.center - it.half, it.center + it.half))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some(Self {
            center: f64::midpoint(ends.0, ends.1),
            half: (ends.1 - ends.0) / 2.0,
        })
    }
}

/// Where indices lie on one axis.
#[derive(Clone, Debug, PartialEq)]
enum Positions {
    /// Every index where it is.
    Own,
    /// An interval for every index; `None` for one that isn't of this axis, such as a class token or padding.
    Listed(Vec<Option<Interval>>),
}

/// One of the axes on which a line's indices lie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Coordinate {
    pub(crate) axis: AxisId,
    positions: Positions,
}

/// Indices, and where each lies on one axis or several: tokens of an image lie on two.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    len: usize,
    coordinates: Vec<Coordinate>,
}

impl Line {
    /// The indices of an axis themselves.
    pub(crate) fn of_axis(axis: AxisId, len: usize) -> Self {
        let positions = Positions::Own;
        Self {
            len,
            coordinates: vec![Coordinate { axis, positions }],
        }
    }

    /// Indices with a list of places on every axis.
    pub(crate) fn listed(
        len: usize,
        places: impl IntoIterator<Item = (AxisId, Vec<Option<Interval>>)>,
    ) -> Self {
        let coordinate = |(axis, places)| Coordinate {
            axis,
            positions: Positions::Listed(places),
        };
        Self {
            len,
            coordinates: places.into_iter().map(coordinate).collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn axes(&self) -> impl Iterator<Item = AxisId> {
        self.coordinates.iter().map(|coordinate| coordinate.axis)
    }

    /// The axis of a line that lies on one.
    pub(crate) fn axis(&self) -> Option<AxisId> {
        match self.coordinates[..] {
            [Coordinate { axis, .. }] => Some(axis),
            _ => None,
        }
    }

    /// Whether every index is that of the line's one axis.
    pub(crate) fn is_axis(&self) -> bool {
        let [coordinate] = &self.coordinates[..] else {
            return false;
        };
        coordinate.positions == Positions::Own
    }

    /// Where an index lies on the axis at a position among this line's.
    pub(crate) fn at(&self, coordinate: usize, index: usize) -> Option<Interval> {
        match &self.coordinates[coordinate].positions {
            Positions::Own => Some(Interval::of_index(index)),
            Positions::Listed(list) => list[index],
        }
    }

    /// Where all indices lie on the axis at a position among this line's.
    pub(crate) fn places(&self, coordinate: usize) -> Vec<Option<Interval>> {
        (0..self.len)
            .map(|index| self.at(coordinate, index))
            .collect()
    }

    /// The same indices without axes on which none of them lies. A list of all indices of an axis is that axis.
    pub(crate) fn tidied(mut self, len_of: impl Fn(AxisId) -> usize) -> Self {
        let lies =
            |coordinate: usize| (0..self.len).any(|index| self.at(coordinate, index).is_some());
        let keep: Vec<bool> = (0..self.coordinates.len()).map(lies).collect();
        let mut keep = keep.into_iter();
        self.coordinates.retain(|_| keep.next().unwrap_or(false));
        if let [coordinate] = &mut self.coordinates[..] {
            let own = |(index, place): (usize, &Option<Interval>)| {
                *place == Some(Interval::of_index(index))
            };
            let is_whole = match &coordinate.positions {
                Positions::Own => true,
                Positions::Listed(list) => {
                    list.len() == len_of(coordinate.axis) && list.iter().enumerate().all(own)
                }
            };
            if is_whole {
                coordinate.positions = Positions::Own;
            }
        }
        self
    }

    /// Whether the middles of all indices are the same on the axis at a position among each line's.
    pub(crate) fn lies_like(
        &self,
        coordinate: usize,
        other: &Self,
        other_coordinate: usize,
    ) -> bool {
        let center = |line: &Self, coordinate: usize, index: usize| {
            line.at(coordinate, index).map(|place| place.center)
        };
        self.len == other.len
            && (0..self.len).all(|index| {
                center(self, coordinate, index) == center(other, other_coordinate, index)
            })
    }

    /// Whether an index lies on none of the axes.
    pub(crate) fn is_foreign(&self, index: usize) -> bool {
        (0..self.coordinates.len()).all(|coordinate| self.at(coordinate, index).is_none())
    }

    /// Some of the indices, in this order; `None` for new ones, which lie on no axis.
    pub(crate) fn select(&self, indices: &[Option<usize>]) -> Self {
        let places = (0..self.coordinates.len()).map(|coordinate| {
            let place = |index: &Option<usize>| self.at(coordinate, (*index)?);
            let axis = self.coordinates[coordinate].axis;
            (axis, indices.iter().map(place).collect())
        });
        Self::listed(indices.len(), places)
    }

    /// The lines whose product this one is, one for each of its axes, outermost first: tokens of an image, row by row.
    pub(crate) fn as_product(&self) -> Option<Vec<Self>> {
        let mut lines = Vec::new();
        let (mut len, mut rest) = (self.len, 0..self.coordinates.len());
        while let Some(coordinate) = rest.next() {
            let places: Vec<_> = self.places(coordinate)[..len].to_vec();
            let block = match rest.len() {
                0 => 1,
                _ => places
                    .iter()
                    .take_while(|&place| *place == places[0])
                    .count(),
            };
            let heads: Vec<_> = places.iter().step_by(block).copied().collect();
            lines.push(Self::listed(
                heads.len(),
                [(self.coordinates[coordinate].axis, heads)],
            ));
            len = block;
        }
        self.is_product_of(&lines).then_some(lines)
    }

    fn is_product_of(&self, lines: &[Self]) -> bool {
        let lens = lines.iter().map(Self::len);
        if lens.product::<usize>() != self.len {
            return false;
        }
        (0..self.len).all(|index| {
            let mut rest = index;
            (0..lines.len()).rev().all(|coordinate| {
                let line = &lines[coordinate];
                let (outer, own) = (rest / line.len, rest % line.len);
                rest = outer;
                let place = self.at(coordinate, index);
                place.is_some() && place == line.at(0, own)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::axes::axis::{AxisTable, Origin};

    #[test]
    fn rows_of_tokens_are_a_product_and_other_orders_are_not() {
        let mut axes = AxisTable::default();
        let [y, x] = [0, 1].map(|dimension| {
            let origin = Origin::Input {
                input: 0,
                dimension,
            };
            axes.add(origin, 3)
        });
        let line = |places: [(usize, usize); 6]| {
            let [ys, xs] = [places.map(|it| it.0), places.map(|it| it.1)];
            let listed = |list: [usize; 6]| list.map(|i| Some(Interval::of_index(i))).to_vec();
            Line::listed(6, [(y, listed(ys)), (x, listed(xs))])
        };
        let rows = line([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
        let lens: Vec<_> = rows.as_product().unwrap().iter().map(Line::len).collect();
        assert_eq!(lens, [2, 3]);
        assert!(
            line([(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)])
                .as_product()
                .is_none()
        );
        let with_class_token = rows.select(&[None, Some(0), Some(1)]);
        assert!(with_class_token.is_foreign(0) && with_class_token.as_product().is_none());
    }
}
