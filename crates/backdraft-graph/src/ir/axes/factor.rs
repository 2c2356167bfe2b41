//! Digits of lines.

use std::sync::Arc;

use crate::ir::axes::line::Line;

/// A digit of a line's index: of a line of 56 that is cut into windows of 7, the window (`stride` 7, `len` 8) or the
/// place in it (`stride` 1, `len` 7). Uncut, all of the line.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    pub(crate) line: Arc<Line>,
    pub(crate) stride: usize,
    pub(crate) len: usize,
}

impl Factor {
    pub(super) fn whole(line: Line) -> Self {
        let len = line.len();
        Self {
            line: Arc::new(line),
            stride: 1,
            len,
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.len == self.line.len()
    }

    /// Cuts off the innermost `inner` indices of a digit, at least one.
    pub(crate) fn cut(&self, inner: usize) -> [Self; 2] {
        let digit = |stride, len| Self {
            line: Arc::clone(&self.line),
            stride,
            len,
        };
        [
            digit(self.stride * inner, self.len / inner),
            digit(self.stride, inner),
        ]
    }

    /// Both as one digit, if the other one is the next of the same line.
    pub(crate) fn joined(&self, next: &Self) -> Option<Self> {
        let follows = Arc::ptr_eq(&self.line, &next.line) && self.stride == next.stride * next.len;
        follows.then(|| Self {
            line: Arc::clone(&self.line),
            stride: next.stride,
            len: self.len * next.len,
        })
    }
}
