//! Sums over many channels of the source.

#![expect(unsafe_code, reason = "panels load without bounds checks")]

use crate::panel::{self, Offsets, Panel, Target, Tile};
use crate::plan::Part;
use crate::positions::{Positions, Vector};
use crate::store::Line;
use crate::task::Task;
use pulp::Arch;
use std::ops::Range;

/// The results of a task in one group, whose planes are in `source`.
pub(crate) fn compute(arch: Arch, task: &Task, source: &[f32], group: usize) {
    let mut tiles = [[[Line::ZERO; panel::VECTORS]; panel::CHANNELS]; 2];
    for part in &task.plan.parts {
        let positions = &part.positions[task.block];
        for first in task.channels.clone().step_by(panel::CHANNELS) {
            let channels = first..(first + panel::CHANNELS).min(task.channels.end);
            for vectors in positions.vectors.chunks(task.plan.vectors) {
                let channels = channels.clone();
                let block = Block {
                    task,
                    source,
                    group,
                    channels,
                    vectors,
                    positions,
                };
                block.compute(arch, part, &mut tiles);
            }
        }
    }
}

/// A few channels of the result at a few vectors of positions.
struct Block<'a> {
    task: &'a Task<'a>,
    source: &'a [f32],
    group: usize,
    channels: Range<usize>,
    vectors: &'a [Vector],
    positions: &'a Positions,
}

impl Block<'_> {
    fn compute(&self, arch: Arch, part: &Part, tiles: &mut [Tile; 2]) {
        let step = self.task.plan.work.axes[1].step;
        if let ([taps], true) = (&part.taps[..], self.positions.whole) {
            // SAFETY: as below, and each vector is a segment of the result.
            unsafe { self.panel(taps, self.output()).compute(arch) };
            return;
        }
        for (class, taps) in part.taps.iter().enumerate() {
            let tile = &mut tiles[class % 2];
            // SAFETY: the planes hold what the taps reach from each position of the block, and a vector more.
            unsafe { self.panel(taps, Target::Tile(tile)).compute(arch) };
            if step > 2 {
                arch.dispatch(|| self.store_strided(tile, class, step));
            }
        }
        match step {
            1 => arch.dispatch(
                #[inline(always)]
                || self.store(&tiles[0]),
            ),
            2 => arch.dispatch(
                #[inline(always)]
                || self.store_two(tiles),
            ),
            _ => {}
        }
    }

    fn panel<'a>(&'a self, taps: &'a [Offsets], target: Target<'a>) -> Panel<'a> {
        const ZEROS: [f32; panel::CHANNELS] = [0.0; panel::CHANNELS];
        let plan = self.task.plan;
        let (work, weights) = (plan.work, plan.work.weights);
        let mut starts = [0; panel::VECTORS];
        for (start, vector) in starts.iter_mut().zip(self.vectors) {
            *start = vector.start;
        }
        let bias = work
            .bias
            .map_or(&ZEROS[..], |bias| &bias[self.first_channel()..]);
        Panel {
            source: self.source.as_ptr(),
            weight: weights.values
                [self.group * weights.group + self.channels.start * weights.row..]
                .as_ptr(),
            taps,
            channels: work.channels[0],
            source_channel: plan.planes.channel,
            weight_channel: weights.channel,
            weight_row: weights.row,
            starts,
            vectors: self.vectors.len(),
            bias: &bias[..self.channels.len()],
            bounds: work.bounds,
            target,
        }
    }

    fn output(&self) -> Target<'static> {
        let [height, width] = self.task.plan.work.result;
        let mut places = [0; panel::VECTORS];
        for (place, vector) in places.iter_mut().zip(self.vectors) {
            *place = self.positions.segments[vector.segments.start].place;
        }
        let first = self.task.plane(self.first_channel()).pointer();
        Target::Output {
            first,
            vectors: places,
            channel: height * width,
        }
    }

    #[inline(always)]
    fn store(&self, tile: &Tile) {
        for (channel, lines) in tile.iter().enumerate().take(self.channels.len()) {
            let plane = self.task.plane(self.first_channel() + channel);
            for (vector, line) in self.vectors.iter().zip(lines) {
                plane.store(&self.positions.segments[vector.segments.clone()], line);
            }
        }
    }

    #[inline(always)]
    fn store_two(&self, tiles: &[Tile; 2]) {
        for channel in 0..self.channels.len() {
            let plane = self.task.plane(self.first_channel() + channel);
            for (index, vector) in self.vectors.iter().enumerate() {
                let [first, second] = [0, 1].map(|class| &tiles[class][channel][index]);
                plane.store_two(
                    &self.positions.segments[vector.segments.clone()],
                    first,
                    second,
                );
            }
        }
    }

    #[inline(always)]
    fn store_strided(&self, tile: &Tile, class: usize, step: usize) {
        for (channel, lines) in tile.iter().enumerate().take(self.channels.len()) {
            let plane = self.task.plane(self.first_channel() + channel);
            for (vector, line) in self.vectors.iter().zip(lines) {
                plane.store_strided(
                    &self.positions.segments[vector.segments.clone()],
                    line,
                    class,
                    step,
                );
            }
        }
    }

    /// The first channel of the result, counted over all groups.
    fn first_channel(&self) -> usize {
        self.group * self.task.plan.work.channels[1] + self.channels.start
    }
}
