//! Which positions of the planes make up a block of results, a vector at a time.

use std::ops::Range;

/// Consecutive positions of the planes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vector {
    /// Where they begin.
    pub start: usize,
    /// Those of [`Positions::segments`] that it holds.
    pub segments: Range<usize>,
}

/// Lanes of a vector whose results lie in one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    pub lane: usize,
    /// Where the results lie in their plane.
    pub place: usize,
    /// Results of all classes of columns, which lie between each other.
    pub length: usize,
}

/// A block of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Positions {
    pub vectors: Vec<Vector>,
    pub segments: Vec<Segment>,
    /// Whether each vector is one segment with all lanes.
    pub whole: bool,
}

/// Rows of results as they lie in the planes and in the result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rows {
    pub number: usize,
    /// Positions of a row, and from one row to the next.
    pub columns: usize,
    pub pitch: usize,
    /// From one position to the next in the result.
    pub step: usize,
    /// Where the first row of the result begins, the length of a row, and from one to the next.
    pub first: usize,
    pub width: usize,
    pub distance: usize,
}

impl Positions {
    pub fn new(rows: Rows, lanes: usize) -> Self {
        let mut positions = Self::default();
        if rows.number == 0 {
            return positions;
        }
        let length = (rows.number - 1) * rows.pitch + rows.columns;
        if rows.columns.is_multiple_of(lanes) {
            for row in 0..rows.number {
                for column in (0..rows.columns).step_by(lanes) {
                    positions.push(rows, row * rows.pitch + column, lanes);
                }
            }
        } else {
            for start in (0..length).step_by(lanes) {
                positions.push(
                    rows,
                    start.min(length.saturating_sub(lanes)),
                    lanes.min(length),
                );
            }
        }
        positions.whole = rows.step == 1
            && positions.segments.len() == positions.vectors.len()
            && positions
                .segments
                .iter()
                .all(|segment| segment.length == lanes);
        positions
    }

    fn push(&mut self, rows: Rows, start: usize, lanes: usize) {
        let first = self.segments.len();
        let dense = rows.pitch == rows.width && rows.distance == rows.width && rows.step == 1;
        if dense {
            self.segments.push(Segment {
                lane: 0,
                place: rows.first + start,
                length: lanes,
            });
        } else {
            self.push_rows(rows, start, lanes);
        }
        self.vectors.push(Vector {
            start,
            segments: first..self.segments.len(),
        });
    }

    fn push_rows(&mut self, rows: Rows, start: usize, lanes: usize) {
        let mut position = start;
        while position < start + lanes {
            let (row, column) = (position / rows.pitch, position % rows.pitch);
            let end = (row * rows.pitch + rows.columns).min(start + lanes);
            if position < end {
                let place = column * rows.step;
                self.segments.push(Segment {
                    lane: position - start,
                    place: rows.first + row * rows.distance + place,
                    length: ((end - position) * rows.step).min(rows.width - place),
                });
            }
            position = (row + 1) * rows.pitch;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: Rows = Rows {
        number: 2,
        columns: 3,
        pitch: 5,
        step: 1,
        first: 100,
        width: 3,
        distance: 3,
    };

    fn segment(lane: usize, place: usize, length: usize) -> Segment {
        Segment {
            lane,
            place,
            length,
        }
    }

    #[test]
    fn what_lies_between_rows_is_left_out() {
        let positions = Positions::new(ROWS, 4);
        assert_eq!(
            positions.vectors[0],
            Vector {
                start: 0,
                segments: 0..1
            }
        );
        // The last vector ends where the block ends.
        assert_eq!(
            positions.vectors[1],
            Vector {
                start: 4,
                segments: 1..2
            }
        );
        assert_eq!(positions.segments, [segment(0, 100, 3), segment(1, 103, 3)]);
    }

    #[test]
    fn rows_without_anything_between_them_are_one() {
        let positions = Positions::new(Rows { pitch: 3, ..ROWS }, 4);
        assert_eq!(positions.segments, [segment(0, 100, 4), segment(0, 102, 4)]);
    }

    #[test]
    fn classes_of_columns_lie_between_each_other() {
        // Five results in a row: three of the first class, and two of the second.
        let positions = Positions::new(
            Rows {
                step: 2,
                width: 5,
                distance: 10,
                ..ROWS
            },
            8,
        );
        assert_eq!(positions.segments, [segment(0, 100, 5), segment(5, 110, 5)]);
    }

    #[test]
    fn a_block_may_be_shorter_than_a_vector() {
        let positions = Positions::new(Rows { number: 1, ..ROWS }, 8);
        assert_eq!(
            positions.vectors,
            [Vector {
                start: 0,
                segments: 0..1
            }]
        );
        assert_eq!(positions.segments, [segment(0, 100, 3)]);
    }
}
