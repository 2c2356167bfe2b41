//! Both directions of a convolution, as sums of shifted planes.

#![expect(unsafe_code, reason = "tasks write to pieces of one output")]

use crate::depthwise::Depthwise;
use crate::output::Output;
use crate::plan::{Plan, Processor};
use crate::planes::Source;
use crate::shifts::Axis;
use crate::store::{LANES, Line, Plane};
use crate::{dense, panel};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;

thread_local! {
    /// The planes of a task. They stay for the next one, which needs as much.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Weights, as the result's channel, the source's channel and the tap find them.
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub values: &'a [f32],
    /// From one group to the next.
    pub group: usize,
    /// From one channel of the result to the next.
    pub row: usize,
    /// From one channel of the source to the next.
    pub channel: usize,
    /// From one row of the kernel to the next.
    pub kernel: usize,
}

/// A convolution, or its input gradient.
pub(crate) struct Convolution<'a> {
    pub source: Source<'a>,
    pub weights: Weights<'a>,
    pub bias: Option<&'a [f32]>,
    pub bounds: (f32, f32),
    pub batch: usize,
    pub groups: usize,
    /// Of the source and of the result, per group.
    pub channels: [usize; 2],
    pub axes: [Axis; 2],
    /// Height and width of the result.
    pub result: [usize; 2],
}

impl Convolution<'_> {
    pub fn run(mut self) -> Vec<f32> {
        if let Some(axes) = Axis::flatten(&self.axes) {
            self.result = [self.result[0] * self.result[1], 1];
            self.axes = axes;
        }
        let arch = Arch::new();
        let plan = Plan::new(&self, rayon::current_num_threads(), Processor::new(arch));
        let length = self.batch * self.groups * self.channels[1] * self.result[0] * self.result[1];
        let output = Output::new(length);
        (0..plan.tasks()).into_par_iter().for_each(|task| {
            let task = Task::new(&plan, task, &output);
            SCRATCH.with_borrow_mut(|scratch| task.compute(arch, scratch));
        });
        // SAFETY: each class of rows, of columns, each channel, group and image is some task's.
        unsafe { output.finish(length) }
    }
}

/// The results of some groups, a block of rows and some channels of an image.
pub(crate) struct Task<'a> {
    pub plan: &'a Plan<'a>,
    image: usize,
    groups: Range<usize>,
    /// The block of rows.
    pub block: usize,
    /// Of each group.
    pub channels: Range<usize>,
    output: &'a Output,
}

impl<'a> Task<'a> {
    fn new(plan: &'a Plan<'a>, task: usize, output: &'a Output) -> Self {
        let (task, channels) = (
            task / plan.channels.parts,
            plan.channels.part(task % plan.channels.parts),
        );
        let (task, block) = (task / plan.rows.parts, task % plan.rows.parts);
        let (image, groups) = (
            task / plan.groups.parts,
            plan.groups.part(task % plan.groups.parts),
        );
        let end = (channels.end * panel::CHANNELS).min(plan.work.channels[1]);
        Self {
            plan,
            image,
            groups,
            block,
            channels: channels.start * panel::CHANNELS..end,
            output,
        }
    }

    /// The plane of a channel of the result, counted over all groups.
    #[inline(always)]
    pub fn plane(&self, channel: usize) -> Plane<'a> {
        let work = self.plan.work;
        let channels = work.groups * work.channels[1];
        let begin = (self.image * channels + channel) * work.result[0] * work.result[1];
        // SAFETY: a task writes its own rows of its own channels.
        unsafe { Plane::new(self.output, begin) }
    }

    fn compute(&self, arch: Arch, scratch: &mut Vec<f32>) {
        if self.plan.in_place {
            for group in self.groups.clone() {
                dense::compute(
                    arch,
                    self,
                    &self.plan.work.source.values[self.begin(group)..],
                    group,
                );
            }
        } else {
            self.compute_copied(arch, scratch);
        }
    }

    /// Where the block of a group begins in a source that is read in place.
    fn begin(&self, group: usize) -> usize {
        let Plan {
            work, planes, rows, ..
        } = self.plan;
        let channel = (self.image * work.groups + group) * work.channels[0];
        channel * planes.channel + rows.part(self.block).start
    }

    fn compute_copied(&self, arch: Arch, scratch: &mut Vec<f32>) {
        let Plan {
            work,
            planes,
            together,
            ..
        } = self.plan;
        let length = work.channels[0] * planes.channel;
        let whole = together * length + LANES;
        scratch.resize(scratch.len().max(whole + LANES), 0.0);
        let aligned = scratch.as_ptr().align_offset(size_of::<Line>());
        let scratch = &mut scratch[aligned..aligned + whole];
        scratch.fill(0.0);
        for first in self.groups.clone().step_by(*together) {
            let groups = first..(first + together).min(self.groups.end);
            arch.dispatch(Fill {
                task: self,
                group: first,
                target: &mut scratch[..groups.len() * length],
            });
            if work.channels[0] == 1 {
                arch.dispatch(Depthwise {
                    task: self,
                    source: scratch,
                    groups,
                });
            } else {
                for (index, group) in groups.enumerate() {
                    dense::compute(arch, self, &scratch[index * length..], group);
                }
            }
        }
    }
}

/// Copies the planes of groups from `group` on, as many as the target holds.
struct Fill<'a> {
    task: &'a Task<'a>,
    group: usize,
    target: &'a mut [f32],
}

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Plan {
            work, planes, rows, ..
        } = self.task.plan;
        let first = (self.task.image * work.groups + self.group) * work.channels[0];
        let row = rows.part(self.task.block).start;
        for (channel, target) in self.target.chunks_exact_mut(planes.channel).enumerate() {
            planes.fill(target, work.source, &work.axes, first + channel, row);
        }
    }
}
