//! The tasks: products of transformed weights and values.

#![expect(
    unsafe_code,
    reason = "tasks write to pieces of one output, panels load without bounds checks"
)]

use crate::blocks::Cut;
use crate::convolution::Convolution;
use crate::output::Output;
use crate::panel::{self, Offsets, Panel, Target};
use crate::plan::Processor;
use crate::store::{LANES, Line};
use crate::winograd::filter::Minimal;
use crate::winograd::plan::Plan;
use crate::winograd::result::Results;
use crate::winograd::source::Source;
use crate::winograd::weights::Transformed;
use pulp::Arch;
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;

thread_local! {
    /// Planes, values and products of a task. They stay for the next one, which needs as much.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// A convolution, by tiles with `M` rows of results.
pub(crate) fn compute<F: Minimal<M, P>, const M: usize, const P: usize>(
    work: &Convolution,
    kernels: [[usize; 3]; 2],
    rows: F,
) -> Vec<f32> {
    let arch = Arch::new();
    let weights = Transformed::new(arch, work, kernels, rows);
    let plan = Plan::new(work, M, rayon::current_num_threads(), Processor::new(arch));
    let length = work.batch * work.groups * work.channels[1] * work.result[0] * work.result[1];
    let output = Output::new(length);
    (0..plan.tasks()).into_par_iter().for_each(|task| {
        let task = Task::new(&plan, &weights, &output, task);
        SCRATCH.with_borrow_mut(|scratch| task.compute(arch, rows, scratch));
    });
    // SAFETY: each result lies in one tile, and each tile and channel is some task's.
    unsafe { output.finish(length) }
}

/// Some channels of the result in a block of tiles.
struct Task<'a> {
    plan: &'a Plan<'a>,
    weights: &'a Transformed,
    output: &'a Output,
    group: usize,
    block: Range<usize>,
    part: usize,
}

impl<'a> Task<'a> {
    fn new(plan: &'a Plan, weights: &'a Transformed, output: &'a Output, task: usize) -> Self {
        let (task, part) = (task / plan.channels.parts, task % plan.channels.parts);
        Self {
            plan,
            weights,
            output,
            group: task / plan.blocks.parts,
            block: plan.blocks.part(task % plan.blocks.parts),
            part,
        }
    }

    fn compute<F: Minimal<M, P>, const M: usize, const P: usize>(
        &self,
        arch: Arch,
        rows: F,
        scratch: &mut Vec<f32>,
    ) {
        let plan = self.plan;
        let points = plan.points();
        let lengths = [
            plan.images * plan.planes.channel + 2 * LANES,
            points * plan.values,
            points * plan.products,
        ]
        .map(|length| length.next_multiple_of(LANES));
        let whole: usize = lengths.iter().sum();
        scratch.resize(scratch.len().max(whole + LANES), 0.0);
        let aligned = scratch.as_ptr().align_offset(size_of::<Line>());
        let (planes, scratch) = scratch[aligned..aligned + whole].split_at_mut(lengths[0]);
        let (values, products) = scratch.split_at_mut(lengths[1]);
        let pieces: Vec<_> = plan.grid.pieces(self.block.clone()).collect();
        arch.dispatch(Source {
            plan,
            group: self.group,
            pieces: &pieces,
            planes,
            values,
            rows,
        });
        let lanes = plan.processor.lanes;
        let segments: Vec<_> = plan.grid.segments(self.block.clone(), lanes).collect();
        for panels in plan.panels(self.part) {
            for point in 0..points {
                self.multiply(arch, panels.clone(), point, values, products);
            }
            arch.dispatch(Results {
                plan,
                output: self.output,
                group: self.group,
                channels: self.channels(&panels),
                segments: &segments,
                products,
                rows,
            });
        }
    }

    fn channels(&self, panels: &Range<usize>) -> Range<usize> {
        let end = (panels.end * panel::CHANNELS).min(self.plan.work.channels[1]);
        panels.start * panel::CHANNELS..end
    }

    /// The products at a point of some panels of channels.
    fn multiply(
        &self,
        arch: Arch,
        panels: Range<usize>,
        point: usize,
        values: &[f32],
        products: &mut [f32],
    ) {
        const ZEROS: [f32; panel::CHANNELS] = [0.0; panel::CHANNELS];
        const TAP: [Offsets; 1] = [Offsets {
            source: 0,
            weight: 0,
        }];
        let plan = self.plan;
        let lanes = plan.processor.lanes;
        let vectors = self.block.len().div_ceil(lanes);
        let vectors = Cut::new(vectors, vectors.div_ceil(plan.processor.vectors()));
        for (index, panel) in panels.enumerate() {
            let channels = self.channels(&(panel..panel + 1));
            let weights = &self.weights.panel(self.group, panel)[point * self.weights.point..];
            let first = point * plan.products + index * panel::CHANNELS * plan.tiles;
            let target = &mut products[first..][..panel::CHANNELS * plan.tiles];
            for part in 0..vectors.parts {
                let vectors = vectors.part(part);
                let starts = std::array::from_fn(|v| (vectors.start + v) * lanes);
                let panel = Panel {
                    source: values[point * plan.values..].as_ptr(),
                    weight: weights.as_ptr(),
                    taps: &TAP,
                    channels: plan.work.channels[0],
                    source_channel: plan.tiles,
                    weight_channel: panel::CHANNELS,
                    weight_row: 1,
                    starts,
                    vectors: vectors.len(),
                    bias: &ZEROS[..channels.len()],
                    bounds: panel::UNBOUNDED,
                    target: Target::Output {
                        first: target.as_mut_ptr(),
                        vectors: starts,
                        channel: plan.tiles,
                    },
                };
                // SAFETY: a channel of the values, and one of the products, has room for all vectors of the block.
                unsafe { panel.compute(arch) };
            }
        }
    }
}
