//! Windows that move over a line, and lines that are stretched.

use crate::ir::axes::line::{Interval, Line};

/// How windows lie over indices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) size: usize,
    pub(super) stride: usize,
    /// Indices before the first.
    pub(super) padding: usize,
    pub(super) dilation: usize,
}

impl Window {
    /// The line of the windows: each lies at its middle, and extends over all that it sees.
    pub(super) fn over(self, line: &Line, windows: usize) -> Line {
        let reach = (self.size - 1) * self.dilation;
        seen_by(line, windows, |window| {
            let first = (window * self.stride) as f64 - self.padding as f64;
            (first, first + reach as f64)
        })
    }

    /// The line of a transposed convolution's outputs, each of which sees the windows over it.
    pub(super) fn under(self, line: &Line, outputs: usize) -> Line {
        let reach = ((self.size - 1) * self.dilation) as f64;
        let stride = self.stride as f64;
        seen_by(line, outputs, |output| {
            let last = (output + self.padding) as f64;
            ((last - reach) / stride, last / stride)
        })
    }
}

/// The line of `len` indices each of which sees what lies between two ends.
fn seen_by(line: &Line, len: usize, ends: impl Fn(usize) -> (f64, f64)) -> Line {
    let coordinates = line.axes().enumerate().map(|(coordinate, axis)| {
        let places = Places::of(line, coordinate);
        let place = |index: usize| {
            let (first, last) = ends(index);
            places.seen(first, last)
        };
        (axis, (0..len).map(place).collect::<Vec<_>>())
    });
    Line::listed(len, coordinates.collect::<Vec<_>>())
}

/// Indices resampled to another number, corner to corner or center to center.
pub(super) fn resampled(line: &Line, len: usize, align_corners: bool) -> Line {
    let coordinates = line.axes().enumerate().map(|(coordinate, axis)| {
        let places = Places::of(line, coordinate);
        let place = |index: usize| {
            let at = if align_corners {
                index as f64 * (line.len() - 1) as f64 / (len - 1).max(1) as f64
            } else {
                (index as f64 + 0.5) * line.len() as f64 / len as f64 - 0.5
            };
            places.seen(at, at)
        };
        (axis, (0..len).map(place).collect::<Vec<_>>())
    });
    Line::listed(len, coordinates.collect::<Vec<_>>())
}

/// Bins of about equal size, as adaptive pooling has them.
pub(super) fn binned(line: &Line, bins: usize) -> Line {
    let coordinates = line.axes().enumerate().map(|(coordinate, axis)| {
        let place = |bin: usize| {
            let (first, end) = (
                bin * line.len() / bins,
                ((bin + 1) * line.len()).div_ceil(bins),
            );
            Interval::around((first..end).filter_map(|index| line.at(coordinate, index)))
        };
        (axis, (0..bins).map(place).collect::<Vec<_>>())
    });
    Line::listed(bins, coordinates.collect::<Vec<_>>())
}

/// Where the indices of a line lie on one axis.
struct Places {
    all: Vec<Option<Interval>>,
    /// Those that lie on it, by index.
    known: Vec<(f64, f64)>,
}

impl Places {
    fn of(line: &Line, coordinate: usize) -> Self {
        let all = line.places(coordinate);
        let known = all.iter().enumerate();
        let known = known.filter_map(|(index, place)| Some((index as f64, (*place)?.center)));
        Self {
            known: known.collect(),
            all,
        }
    }

    /// The interval around the middle of two indices, which may lie between or beyond those that there are, that holds
    /// all between them.
    fn seen(&self, first: f64, last: f64) -> Option<Interval> {
        let center = self.center(f64::midpoint(first, last))?;
        let inside = (first.floor().max(0.0) as usize)..=(last.ceil().max(0.0) as usize);
        let inside = inside.filter_map(|index| self.all.get(index).copied().flatten());
        let half = inside.map(|place| (place.center - center).abs() + place.half);
        Some(Interval {
            center,
            half: half.fold(0.0, f64::max),
        })
    }

    /// Where an index lies, on the straight line through its neighbors.
    fn center(&self, index: f64) -> Option<f64> {
        let last = self.known.len().checked_sub(1)?;
        if last == 0 {
            return Some(self.known[0].1);
        }
        let right = self
            .known
            .partition_point(|(known, _)| *known <= index)
            .clamp(1, last);
        let ((left, from), (right, to)) = (self.known[right - 1], self.known[right]);
        Some(from + (index - left) / (right - left) * (to - from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::axes::axis::{AxisTable, Origin};

    fn centers(line: &Line) -> Vec<f64> {
        line.places(0)
            .iter()
            .map(|place| place.unwrap().center)
            .collect()
    }

    fn pixels(len: usize) -> Line {
        Line::of_axis(AxisTable::default().add(Origin::Features, len), len)
    }

    #[test]
    fn a_window_lies_at_its_middle_also_beyond_the_border() {
        let window = Window {
            size: 3,
            stride: 2,
            padding: 0,
            dilation: 1,
        };
        let line = window.over(&pixels(7), 3);
        assert_eq!(centers(&line), [1.0, 3.0, 5.0]);
        assert!((line.at(0, 1).unwrap().half - 1.5).abs() < 1e-9);
        let padded = Window {
            padding: 2,
            ..window
        }
        .over(&pixels(7), 5);
        assert_eq!(centers(&padded), [-1.0, 1.0, 3.0, 5.0, 7.0]);
        // A second layer sees further.
        let second = window.over(&line, 1);
        let place = second.at(0, 0).unwrap();
        assert_eq!((place.center, place.half), (3.0, 3.5));
    }

    #[test]
    fn a_transposed_convolution_undoes_a_convolution() {
        let window = Window {
            size: 2,
            stride: 2,
            padding: 0,
            dilation: 1,
        };
        let down = window.over(&pixels(8), 4);
        assert_eq!(centers(&down), [0.5, 2.5, 4.5, 6.5]);
        let up = centers(&window.under(&down, 8));
        for (index, center) in up.into_iter().enumerate() {
            assert!((center - index as f64).abs() < 1.0, "{index}: {center}");
        }
    }

    #[test]
    fn interpolation_stretches() {
        assert_eq!(
            centers(&resampled(&pixels(2), 4, false)),
            [-0.25, 0.25, 0.75, 1.25]
        );
        assert_eq!(centers(&resampled(&pixels(2), 3, true)), [0.0, 0.5, 1.0]);
        assert_eq!(centers(&binned(&pixels(5), 2)), [1.0, 3.0]);
    }
}
