//! How the work is cut into tasks.

use crate::planes::Planes;
use crate::shifts::Axis;
use std::ops::Range;

/// Floats of the source that a task holds at once: half of a usual second-level cache.
const SOURCE: usize = 64 * 1024;
/// Positions below which a block isn't cut further to employ all threads.
const POSITIONS: usize = 256;
/// Tasks for each thread, so that a thread that is held up doesn't keep the others waiting.
const TASKS: usize = 4;

/// `parts` of `0..length`, as equal as can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cut {
    pub length: usize,
    pub parts: usize,
}

impl Cut {
    pub fn part(self, index: usize) -> Range<usize> {
        let place = |index| self.length * index / self.parts;
        place(index)..place(index + 1)
    }

    pub fn longest(self) -> usize {
        self.length.div_ceil(self.parts)
    }

    pub fn shortest(self) -> usize {
        self.length / self.parts
    }
}

/// Rows of results for a task.
pub(crate) fn rows(axes: &[Axis; 2], channels: usize, pieces: usize, threads: usize) -> Cut {
    let length = axes[0].outputs();
    let whole = Planes::new(axes, length);
    let halo = whole.rows - length;
    let row = (whole.channel * channels).div_ceil(whole.rows);
    let fitting = (SOURCE / row).saturating_sub(halo).max(1);
    let few = POSITIONS.div_ceil(whole.pitch);
    let employing = length.div_ceil((threads * TASKS).div_ceil(pieces));
    let longest = fitting.min(employing.max(few)).clamp(1, length);
    Cut {
        length,
        parts: length.div_ceil(longest),
    }
}

/// Channels of the result for a task, as multiples of `panel`.
pub(crate) fn channels(length: usize, panel: usize, pieces: usize, threads: usize) -> Cut {
    let panels = length.div_ceil(panel);
    let parts = if pieces >= threads * 2 {
        1
    } else {
        (threads * 2).div_ceil(pieces).min(panels)
    };
    Cut {
        length: panels,
        parts,
    }
}
