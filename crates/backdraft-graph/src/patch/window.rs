//! Windows that move over positions.

use std::ops::Range;

/// How the windows of a convolution or a pooling lie over positions, along one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) size: usize,
    pub(super) stride: usize,
    /// Positions before the first.
    pub(super) padding: usize,
    pub(super) dilation: usize,
}

impl Window {
    /// Along each dimension from the options of an operation.
    pub(super) fn each<const D: usize>(
        size: [usize; D],
        stride: [usize; D],
        padding: [usize; D],
        dilation: [usize; D],
    ) -> Vec<Self> {
        let window = |axis: usize| Self {
            size: size[axis],
            stride: stride[axis],
            padding: padding[axis],
            dilation: dilation[axis],
        };
        (0..D).map(window).collect()
    }

    /// Which of the windows see a changed position. At least one, so that there always is something to compute.
    pub(super) fn reached(self, changed: &Range<usize>, windows: usize) -> Range<usize> {
        let first = (changed.start + self.padding).saturating_sub(self.extent() - 1);
        let first = first.div_ceil(self.stride).min(windows - 1);
        let end = ((changed.end - 1 + self.padding) / self.stride + 1).min(windows);
        first..end.max(first + 1)
    }

    /// Where the positions begin that windows from `first` on see; before the first one in the padding.
    pub(super) fn start(self, first: usize) -> isize {
        (first * self.stride).cast_signed() - self.padding.cast_signed()
    }

    /// How many positions so many neighboring windows see.
    pub(super) fn seen(self, windows: usize) -> usize {
        (windows - 1) * self.stride + self.extent()
    }

    /// How many positions one window spans.
    fn extent(self) -> usize {
        (self.size - 1) * self.dilation + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(size: usize, stride: usize, padding: usize, dilation: usize) -> Window {
        Window {
            size,
            stride,
            padding,
            dilation,
        }
    }

    #[test]
    fn a_change_reaches_one_more_on_each_side() {
        let three = window(3, 1, 1, 1);
        assert_eq!(three.reached(&(4..6), 10), 3..7);
        assert_eq!(three.reached(&(0..1), 10), 0..2, "there is nothing before");
        assert_eq!(three.reached(&(9..10), 10), 8..10, "nor after");
        assert_eq!((three.start(3), three.seen(4)), (2, 6));
        assert_eq!(three.start(0), -1);
    }

    #[test]
    fn a_stride_divides_and_dilation_widens() {
        // Windows 0 to 3 see -1 to 1, 1 to 3, 3 to 5 and 5 to 7.
        let strided = window(3, 2, 1, 1);
        assert_eq!(strided.reached(&(3..4), 4), 1..3);
        assert_eq!(strided.reached(&(4..5), 4), 2..3);
        assert_eq!((strided.start(1), strided.seen(2)), (1, 5));
        // Window 0 sees 0, 2 and 4.
        let dilated = window(3, 1, 0, 2);
        assert_eq!(dilated.reached(&(4..5), 6), 0..5);
        assert_eq!(dilated.seen(1), 5);
    }

    #[test]
    fn what_no_window_sees_still_has_one() {
        // Windows 0 and 1 see 0 and 3.
        let sparse = window(1, 3, 0, 1);
        assert_eq!(sparse.reached(&(1..2), 2), 1..2);
        assert_eq!(sparse.reached(&(5..6), 2), 1..2);
    }

    #[test]
    fn windows_that_see_a_change_are_those_that_are_counted() {
        for size in 1..4 {
            for stride in 1..4 {
                for padding in 0..2 {
                    for dilation in 1..3 {
                        let window = window(size, stride, padding, dilation);
                        let Some(windows) = (9 + padding).checked_sub(window.extent()) else {
                            continue;
                        };
                        let windows = windows / stride + 1;
                        check(window, windows);
                    }
                }
            }
        }
    }

    /// Compares with windows that are looked at one by one.
    fn check(window: Window, windows: usize) {
        for start in 0..9 {
            for end in start + 1..=9 {
                let sees = |number: &usize| {
                    let mut taps =
                        (0..window.size).map(|tap| number * window.stride + tap * window.dilation);
                    taps.any(|tap| (start + window.padding..end + window.padding).contains(&tap))
                };
                let seeing: Vec<usize> = (0..windows).filter(sees).collect();
                let reached = window.reached(&(start..end), windows);
                assert!(
                    seeing.iter().all(|number| reached.contains(number)),
                    "{window:?} {start}..{end}"
                );
                let exact = window.dilation == 1 && !seeing.is_empty();
                assert!(
                    !exact || seeing.len() == reached.len(),
                    "{window:?} {start}..{end}"
                );
            }
        }
    }
}
