//! Both directions of a convolution, as sums of shifted planes.

#![expect(
    unsafe_code,
    reason = "pointers without bounds checks in the innermost loops"
)]

use crate::blocks::{self, Cut};
use crate::output::Output;
use crate::panel::{self, Offsets, Panel};
use crate::planes::{Planes, Source};
use crate::shifts::{Axis, Class};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;

/// The widest vector of any processor, in floats.
const LANES: usize = 16;

thread_local! {
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

/// The results of a class of rows and a class of columns.
struct Part {
    outputs: [usize; 2],
    /// Where the first lies in a plane of the result.
    first: usize,
    taps: Vec<Offsets>,
}

struct Plan<'a> {
    work: &'a Convolution<'a>,
    planes: Planes,
    parts: Vec<Part>,
    in_place: bool,
    rows: Cut,
    channels: Cut,
}

impl Convolution<'_> {
    pub fn run(&self) -> Vec<f32> {
        let plan = Plan::new(self, rayon::current_num_threads());
        let length = self.batch * self.groups * self.channels[1] * self.result[0] * self.result[1];
        let output = Output::new(length);
        let arch = Arch::new();
        (0..plan.tasks())
            .into_par_iter()
            .with_min_len(plan.tasks_per_job())
            .for_each(|task| {
                arch.dispatch(Task::new(&plan, task, &output));
            });
        // SAFETY: each class of rows, of columns, each channel, group and image is some task's.
        unsafe { output.finish(length) }
    }

    fn parts(&self, planes: &Planes) -> Vec<Part> {
        let [y, x] = &self.axes;
        let pairs = y
            .classes
            .iter()
            .flat_map(|rows| x.classes.iter().map(move |columns| (rows, columns)));
        pairs
            .map(|(rows, columns)| self.part(planes, rows, columns))
            .collect()
    }

    fn part(&self, planes: &Planes, rows: &Class, columns: &Class) -> Part {
        let pairs = rows
            .taps
            .iter()
            .flat_map(|y| columns.taps.iter().map(move |x| (y, x)));
        let taps = pairs.map(|(y, x)| Offsets {
            source: planes.offset([y.phase, x.phase], [y.shift, x.shift]),
            weight: y.kernel * self.weights.kernel + x.kernel,
        });
        Part {
            outputs: [rows.outputs, columns.outputs],
            first: rows.first * self.result[1] + columns.first,
            taps: taps.collect(),
        }
    }
}

impl<'a> Plan<'a> {
    fn new(work: &'a Convolution<'a>, threads: usize) -> Self {
        let planes = work.batch * work.groups;
        let rows = blocks::rows(&work.axes, work.channels[0], planes, threads);
        let channels = blocks::channels(
            work.channels[1],
            panel::CHANNELS,
            planes * rows.parts,
            threads,
        );
        let in_place = std::env::var("INPLACE").is_ok()
            && work.source.mask.is_none()
            && work.axes.iter().all(Axis::is_identity)
            && rows.shortest() * work.axes[1].source >= LANES;
        let mut planes = Planes::new(&work.axes, rows.longest());
        if in_place {
            planes.channel = work.axes[0].source * work.axes[1].source;
        }
        let parts = work.parts(&planes);
        Self {
            work,
            planes,
            parts,
            in_place,
            rows,
            channels,
        }
    }

    fn tasks(&self) -> usize {
        self.work.batch * self.work.groups * self.rows.parts * self.channels.parts
    }

    /// Tasks that are too small to hand to another thread alone.
    fn tasks_per_job(&self) -> usize {
        const PRODUCTS: usize = 1 << 20;
        let taps: usize = self.parts.iter().map(|part| part.taps.len()).sum();
        let [source, result] = self.work.channels;
        let products = self.rows.longest() * self.planes.pitch * source * result * taps.max(1)
            / self.channels.parts;
        (PRODUCTS / products.max(1))
            .clamp(1, self.tasks().div_ceil(4 * rayon::current_num_threads()))
    }
}

/// The results of one image, group, block of rows and of channels.
struct Task<'a> {
    plan: &'a Plan<'a>,
    image: usize,
    group: usize,
    rows: Range<usize>,
    channels: Range<usize>,
    output: &'a Output,
}

/// Up to `VECTORS` vectors of positions, and where their lanes lie in the result.
struct Positions {
    starts: [usize; panel::VECTORS],
    vectors: usize,
    segments: Vec<Segment>,
}

/// Lanes of a vector that lie in one row of the result.
struct Segment {
    vector: usize,
    lanes: Range<usize>,
    place: usize,
}

impl<'a> Task<'a> {
    fn new(plan: &'a Plan<'a>, task: usize, output: &'a Output) -> Self {
        let (task, channels) = (
            task / plan.channels.parts,
            plan.channels.part(task % plan.channels.parts),
        );
        let (task, rows) = (
            task / plan.rows.parts,
            plan.rows.part(task % plan.rows.parts),
        );
        let end = (channels.end * panel::CHANNELS).min(plan.work.channels[1]);
        Self {
            plan,
            image: task / plan.work.groups,
            group: task % plan.work.groups,
            rows,
            channels: channels.start * panel::CHANNELS..end,
            output,
        }
    }

    /// Position 0 of the block in the result of channel 0.
    fn positions(&self, part: &Part, lanes: usize, vectors: usize) -> Vec<Positions> {
        let pitch = self.plan.planes.pitch;
        let rows = self.rows.start..self.rows.end.min(part.outputs[0]);
        if rows.is_empty() || part.outputs[1] == 0 {
            return Vec::new();
        }
        let length = (rows.len() - 1) * pitch + part.outputs[1];
        let starts: Vec<_> = (0..length)
            .step_by(lanes)
            .map(|start| start.min(length.saturating_sub(lanes)))
            .collect();
        let panels = starts.chunks(vectors).map(|starts| {
            let mut positions = Positions {
                starts: [0; panel::VECTORS],
                vectors: starts.len(),
                segments: Vec::new(),
            };
            positions.starts[..starts.len()].copy_from_slice(starts);
            for (vector, &start) in starts.iter().enumerate() {
                self.segments(
                    part,
                    vector,
                    start..(start + lanes).min(length),
                    &mut positions.segments,
                );
            }
            positions
        });
        panels.collect()
    }

    fn segments(
        &self,
        part: &Part,
        vector: usize,
        positions: Range<usize>,
        segments: &mut Vec<Segment>,
    ) {
        let work = self.plan.work;
        let pitch = self.plan.planes.pitch;
        if pitch == work.result[1] && work.axes[1].step == 1 {
            let place = part.first + self.rows.start * work.result[1] + positions.start;
            segments.push(Segment {
                vector,
                lanes: 0..positions.len(),
                place,
            });
            return;
        }
        let mut position = positions.start;
        while position < positions.end {
            let (row, column) = (position / pitch, position % pitch);
            let end = (row * pitch + part.outputs[1]).min(positions.end);
            if position < end {
                segments.push(Segment {
                    vector,
                    lanes: position - positions.start..end - positions.start,
                    place: part.first
                        + (self.rows.start + row) * work.axes[0].step * work.result[1]
                        + column * work.axes[1].step,
                });
            }
            position = (row + 1) * pitch;
        }
    }
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let plan = self.plan;
        let first = (self.image * plan.work.groups + self.group) * plan.work.channels[0];
        let channels = first..first + plan.work.channels[0];
        if plan.in_place {
            let begin = first * plan.planes.channel + self.rows.start * plan.planes.pitch;
            self.compute(simd, &plan.work.source.values[begin..]);
            return;
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let length = plan.planes.channel * plan.work.channels[0];
            let needed = length + panel::VECTORS * LANES + plan.planes.channel;
            if scratch.len() < needed {
                scratch.resize(needed, 0.0);
            }
            plan.planes.fill(
                &mut scratch[..length],
                plan.work.source,
                &plan.work.axes,
                channels,
                self.rows.start,
            );
            self.compute(simd, scratch);
        });
    }
}

impl Task<'_> {
    #[inline(always)]
    fn compute<S: Simd>(&self, simd: S, source: &[f32]) {
        for part in &self.plan.parts {
            let positions = self.positions(part, S::F32_LANES, panel::vectors::<S>());
            for first in self.channels.clone().step_by(panel::CHANNELS) {
                let channels = first..(first + panel::CHANNELS).min(self.channels.end);
                for positions in &positions {
                    let channels = channels.clone();
                    self.panel(simd, source, part, positions, channels);
                }
            }
        }
    }

    #[inline(always)]
    fn panel<S: Simd>(
        &self,
        simd: S,
        source: &[f32],
        part: &Part,
        positions: &Positions,
        channels: Range<usize>,
    ) {
        let work = self.plan.work;
        let weights = work.weights;
        let mut tile = [[simd.splat_f32s(0.0); panel::VECTORS]; panel::CHANNELS];
        let zeros = [0.0; panel::CHANNELS];
        let first = self.group * work.channels[1] + channels.start;
        let bias = work.bias.map_or(&zeros[..channels.len()], |bias| {
            &bias[first..first + channels.len()]
        });
        let panel = Panel {
            source: source.as_ptr(),
            weight: weights.values[self.group * weights.group + channels.start * weights.row..]
                .as_ptr(),
            taps: &part.taps,
            channels: work.channels[0],
            source_channel: self.plan.planes.channel,
            weight_channel: weights.channel,
            weight_row: weights.row,
            starts: &positions.starts[..positions.vectors],
            bias,
            bounds: work.bounds,
            tile: &mut tile,
        };
        // SAFETY: the planes hold what the taps reach from each position, and a vector more.
        unsafe { panel.compute(simd) };
        let plane = work.result[0] * work.result[1];
        let channel = (self.image * work.groups + self.group) * work.channels[1] + channels.start;
        // SAFETY: each channel has a plane in the result.
        let target = unsafe { self.output.pointer().add(channel * plane) };
        for segment in &positions.segments {
            for (channel, vectors) in tile[..channels.len()].iter().enumerate() {
                let target = unsafe { target.add(channel * plane + segment.place) };
                unsafe {
                    store::<S>(
                        target,
                        vectors[segment.vector],
                        segment.lanes.clone(),
                        work.axes[1].step,
                    )
                };
            }
        }
    }
}

/// # Safety
///
/// The places of the lanes in the target must be writable.
#[inline(always)]
unsafe fn store<S: Simd>(target: *mut f32, vector: S::f32s, lanes: Range<usize>, step: usize) {
    if step == 1 && lanes.len() == S::F32_LANES {
        // SAFETY: as promised by the caller.
        unsafe { target.cast::<S::f32s>().write_unaligned(vector) };
        return;
    }
    let values: *const f32 = (&raw const vector).cast();
    // SAFETY: the lanes lie within the vector, and their places are writable.
    unsafe {
        let values = values.add(lanes.start);
        if step == 1 {
            copy(target, values, lanes.len());
        } else {
            for index in 0..lanes.len() {
                *target.add(index * step) = *values.add(index);
            }
        }
    }
}

/// Copies fewer than 16 values as two pieces that overlap.
#[inline(always)]
unsafe fn copy(target: *mut f32, values: *const f32, length: usize) {
    #[inline(always)]
    unsafe fn pieces<const N: usize>(target: *mut f32, values: *const f32, length: usize) {
        let end = length - N;
        unsafe {
            let (first, last) = (
                values.cast::<[f32; N]>().read(),
                values.add(end).cast::<[f32; N]>().read(),
            );
            target.cast::<[f32; N]>().write(first);
            target.add(end).cast::<[f32; N]>().write(last);
        }
    }
    match length {
        8.. => unsafe { pieces::<8>(target, values, length) },
        4.. => unsafe { pieces::<4>(target, values, length) },
        2.. => unsafe { pieces::<2>(target, values, length) },
        1 => unsafe { *target = *values },
        _ => {}
    }
}
