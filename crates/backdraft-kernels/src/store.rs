//! From the positions of the planes to the rows of the result.

#![expect(unsafe_code, reason = "rows of a block lie apart in the result")]

use crate::copy::{All, copy, interleave};
use crate::output::Output;
use crate::positions::Segment;

/// The widest vector of any processor, in floats.
pub(crate) const LANES: usize = 16;

/// The lanes of a vector, of which narrower ones fill only the first.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Line(pub [f32; LANES]);

impl Line {
    pub const ZERO: Self = Self([0.0; LANES]);
}

/// A plane of the result, from which a task writes the rows of its block.
#[derive(Clone, Copy)]
pub(crate) struct Plane<'a> {
    output: &'a Output,
    begin: usize,
}

impl<'a> Plane<'a> {
    /// # Safety
    ///
    /// All segments that are written to the plane must lie within the output and belong to this task alone.
    pub unsafe fn new(output: &'a Output, begin: usize) -> Self {
        Self { output, begin }
    }

    pub fn pointer(self) -> *mut f32 {
        self.output.pointer().wrapping_add(self.begin)
    }

    #[inline(always)]
    pub fn piece(self, place: usize, length: usize) -> &'a mut [f32] {
        // SAFETY: as promised to `new`.
        unsafe { self.output.piece(self.begin + place, length) }
    }

    #[inline(always)]
    pub fn store(self, segments: &[Segment], line: &Line) {
        for segment in segments {
            let values = &line.0[segment.lane..segment.lane + segment.length];
            copy(self.piece(segment.place, segment.length), All(values));
        }
    }

    /// Results of two classes of columns, which take turns.
    #[inline(always)]
    pub fn store_two(self, segments: &[Segment], first: &Line, second: &Line) {
        let mut line = [0.0; 2 * LANES];
        interleave(&mut line, &first.0, &second.0);
        for segment in segments {
            let values = &line[2 * segment.lane..2 * segment.lane + segment.length];
            copy(self.piece(segment.place, segment.length), All(values));
        }
    }

    /// Results of a class of columns that is one of `step`.
    #[inline(always)]
    pub fn store_strided(self, segments: &[Segment], line: &Line, class: usize, step: usize) {
        for segment in segments {
            let targets = (class..segment.length).step_by(step);
            for (place, &value) in targets.zip(&line.0[segment.lane..]) {
                self.piece(segment.place + place, 1)[0] = value;
            }
        }
    }
}
