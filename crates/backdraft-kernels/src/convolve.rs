//! Both directions of a convolution, as sums of shifted planes.

#![expect(unsafe_code, reason = "tasks write to pieces of one output")]

use crate::convolution::Convolution;
use crate::dense;
use crate::depthwise::Depthwise;
use crate::output::Output;
use crate::plan::{Plan, Processor};
use crate::shifts::Axis;
use crate::store::{LANES, Line};
use crate::task::Task;
use crate::winograd;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::cell::RefCell;

thread_local! {
    /// The planes of a task. They stay for the next one, which needs as much.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

impl Convolution<'_> {
    pub fn run(mut self) -> Vec<f32> {
        if let Some(axes) = Axis::flatten(&self.axes) {
            self.result = [self.result[0] * self.result[1], 1];
            self.axes = axes;
        }
        if let Some(values) = winograd::run(&self) {
            return values;
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

impl Task<'_> {
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
