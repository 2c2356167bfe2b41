//! What is the same for all tasks.

use crate::blocks::{self, Cut};
use crate::convolution::Convolution;
use crate::panel;
use crate::plan::Processor;
use crate::planes::{Planes, spread};
use crate::shifts::{Axis, Class, Tap};
use crate::store::LANES;
use crate::winograd::grid::{COLUMNS, Grid, POINTS};
use std::ops::Range;

/// Floats that the values of a block at all points may take: half of a usual second-level cache.
const VALUES: usize = 128 * 1024;
/// Tiles of a panel.
const PANEL: usize = panel::VECTORS * LANES;
/// The most tiles of a block.
const TILES: usize = 4 * PANEL;
/// Panels of channels between two transforms of results.
const PANELS: usize = 4;

/// How the work is cut into tasks, and what they share.
pub(crate) struct Plan<'a> {
    pub work: &'a Convolution<'a>,
    pub processor: Processor,
    pub grid: Grid,
    /// Rows of results in a tile.
    pub rows: usize,
    /// Of tiles.
    pub blocks: Cut,
    /// Of panels of channels of the result.
    pub channels: Cut,
    /// The padded source of a block in one channel, split into even and odd columns.
    pub planes: Planes,
    pub axes: [Axis; 2],
    /// Where even and odd columns begin.
    pub phases: [usize; 2],
    /// Images that a block meets, at most.
    pub images: usize,
    /// Tiles of a block, with room for whole vectors.
    pub tiles: usize,
    /// Floats of values, and of products, from one point to the next.
    pub values: usize,
    pub products: usize,
}

impl<'a> Plan<'a> {
    pub fn new(
        work: &'a Convolution<'a>,
        rows: usize,
        threads: usize,
        processor: Processor,
    ) -> Self {
        let [source, result] = work.channels;
        let grid = Grid::new(work.batch, work.result, rows);
        let points = (rows + 2) * POINTS;
        let fitting = VALUES / (points * source) / PANEL * PANEL;
        let longest = fitting.clamp(PANEL, TILES);
        let blocks = Cut {
            length: grid.tiles(),
            parts: grid.tiles().div_ceil(longest),
            unit: LANES,
        };
        let pieces = work.groups * blocks.parts;
        let channels = blocks::channels(result, panel::CHANNELS, pieces, threads);
        let [met, images] = grid.met(blocks.longest());
        let axes = axes(&work.axes, grid.columns);
        let planes = Planes::new(&axes, met * rows);
        let tiles = blocks.longest().next_multiple_of(LANES);
        let together = channels.longest().min(PANELS) * panel::CHANNELS;
        Self {
            work,
            processor,
            grid,
            rows,
            blocks,
            channels,
            phases: [0, 1].map(|phase| planes.offset([0, phase], [0, 0])),
            planes,
            axes,
            images,
            tiles,
            values: spread(source * tiles + LANES),
            products: spread(together * tiles),
        }
    }

    pub fn points(&self) -> usize {
        (self.rows + 2) * POINTS
    }

    pub fn tasks(&self) -> usize {
        self.work.groups * self.blocks.parts * self.channels.parts
    }

    /// Panels of a task, a few at a time.
    pub fn panels(&self, part: usize) -> impl Iterator<Item = Range<usize>> {
        let panels = self.channels.part(part);
        let end = panels.end;
        panels
            .step_by(PANELS)
            .map(move |first| first..(first + PANELS).min(end))
    }
}

/// The axes of the source, of which every second column is in another phase: four columns of each tile are read.
fn axes([y, x]: &[Axis; 2], columns: usize) -> [Axis; 2] {
    let tap = |kernel| Tap {
        kernel,
        phase: kernel % COLUMNS,
        shift: kernel / COLUMNS,
    };
    let class = Class {
        first: 0,
        outputs: columns,
        taps: (0..POINTS).map(tap).collect(),
    };
    let x = Axis {
        stride: COLUMNS,
        classes: vec![class],
        ..x.clone()
    };
    [y.clone(), x]
}
