//! How the work is cut into tasks.

use crate::panel::VECTORS;
use crate::planes::Planes;
use crate::shifts::Axis;
use crate::store::LANES;
use std::ops::Range;

/// Floats of the source that a task holds at once: half of a usual second-level cache.
const SOURCE: usize = 64 * 1024;
/// The same for the first level, for small images: of large ones only longer pieces are fetched ahead.
const NEAR: usize = 8 * 1024;
/// Positions of a panel.
const PANEL: usize = VECTORS * LANES;
/// Positions below which a block isn't cut further to employ all threads.
const POSITIONS: usize = 256;
/// Multiplications below which a task isn't worth handing to another thread.
const PRODUCTS: usize = 1 << 18;
/// Tasks for each thread, so that a thread that is held up doesn't keep the others waiting.
const TASKS: usize = 4;

/// `parts` of `0..length`, as equal as multiples of `unit` can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cut {
    pub length: usize,
    pub parts: usize,
    pub unit: usize,
}

impl Cut {
    pub fn new(length: usize, parts: usize) -> Self {
        Self {
            length,
            parts,
            unit: 1,
        }
    }

    pub fn part(self, index: usize) -> Range<usize> {
        let place = |index: usize| {
            (self.length * index / self.parts)
                .next_multiple_of(self.unit)
                .min(self.length)
        };
        place(index)..place(index + 1)
    }

    pub fn longest(self) -> usize {
        self.length
            .div_ceil(self.parts)
            .next_multiple_of(self.unit)
            .min(self.length)
    }
}

/// Rows of results for a task.
pub(crate) fn rows(axes: &[Axis; 2], channels: usize, pieces: usize, threads: usize) -> Cut {
    let length = axes[0].outputs();
    let employing = length.div_ceil((threads * TASKS).div_ceil(pieces));
    if axes.iter().all(Axis::is_identity) {
        return positions(length, channels, employing);
    }
    let whole = Planes::new(axes, length);
    let halo = whole.rows - length;
    let row = (whole.channel * channels).div_ceil(whole.rows);
    let fitting = (SOURCE / row).saturating_sub(halo).max(1);
    let few = POSITIONS.div_ceil(whole.pitch);
    let longest = fitting.min(employing.max(few)).clamp(1, length);
    Cut::new(length, length.div_ceil(longest))
}

/// Positions for a task, where a row is a position.
fn positions(length: usize, channels: usize, employing: usize) -> Cut {
    let floats = if length <= POSITIONS { NEAR } else { SOURCE };
    let longest = (floats / channels).min(employing.max(POSITIONS)).max(PANEL);
    let parts = length.div_ceil(longest.next_multiple_of(PANEL));
    Cut {
        length,
        parts,
        unit: LANES,
    }
}

/// Groups for a task, each of which needs this many `products`.
pub(crate) fn groups(length: usize, products: usize, pieces: usize, threads: usize) -> Cut {
    let busy = length.div_ceil((PRODUCTS / products.max(1)).max(1));
    let employing = (threads * TASKS).div_ceil(pieces);
    Cut::new(length, busy.max(employing).min(length))
}

/// Groups to copy at once: small ones wouldn't have left for the cache when they are read.
pub(crate) fn together(group: usize) -> usize {
    const SMALL: usize = 4 * 1024;
    (SMALL / group).clamp(1, 16)
}

/// Channels of the result for a task, as multiples of `panel`.
pub(crate) fn channels(length: usize, panel: usize, pieces: usize, threads: usize) -> Cut {
    let panels = length.div_ceil(panel);
    let parts = if pieces >= threads * 2 {
        1
    } else {
        (threads * 2).div_ceil(pieces).min(panels)
    };
    Cut::new(panels, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_and_hardly_differ() {
        for (length, parts) in [(7, 3), (12, 4), (5, 5), (1, 1)] {
            let cut = Cut::new(length, parts);
            let sizes: Vec<_> = (0..parts).map(|part| cut.part(part).len()).collect();
            assert_eq!(sizes.iter().sum::<usize>(), length);
            assert_eq!(sizes.iter().max(), Some(&cut.longest()));
            assert!(sizes.iter().all(|size| size + 1 >= cut.longest()));
        }
    }

    #[test]
    fn positions_are_cut_into_whole_vectors() {
        let cut = positions(196, 672, 196);
        let sizes: Vec<_> = (0..cut.parts).map(|part| cut.part(part).len()).collect();
        assert_eq!(sizes, [64, 48, 48, 36]);
        assert_eq!(cut.longest(), 64);
    }

    #[test]
    fn few_images_are_cut_by_channels() {
        assert_eq!(channels(512, 6, 1, 4).parts, 8);
        assert_eq!(channels(512, 6, 8, 4).parts, 1);
        assert_eq!(
            channels(9, 6, 1, 4).parts,
            2,
            "no more than there are panels"
        );
    }
}
