//! A piece of a convolution.

#![expect(unsafe_code, reason = "tasks write to pieces of one output")]

use crate::output::Output;
use crate::panel;
use crate::plan::Plan;
use crate::store::Plane;
use std::ops::Range;

/// The results of some groups, a block of rows and some channels of an image.
pub(crate) struct Task<'a> {
    pub plan: &'a Plan<'a>,
    pub image: usize,
    pub groups: Range<usize>,
    /// The block of rows.
    pub block: usize,
    /// Of each group.
    pub channels: Range<usize>,
    output: &'a Output,
}

impl<'a> Task<'a> {
    pub fn new(plan: &'a Plan<'a>, task: usize, output: &'a Output) -> Self {
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

    /// Where the block of a group begins in a source that is read in place.
    pub fn begin(&self, group: usize) -> usize {
        let Plan {
            work, planes, rows, ..
        } = self.plan;
        let channel = (self.image * work.groups + group) * work.channels[0];
        channel * planes.channel + rows.part(self.block).start
    }
}
