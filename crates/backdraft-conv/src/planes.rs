//! The planes of a block of the source, padded and split into phases.

use crate::shifts::Axis;
use std::ops::Range;

/// Values in `[batch, channels, height, width]`, and what may hide some of them.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub values: &'a [f32],
    pub mask: Option<Mask<'a>>,
}

/// Values count as 0 unless the output at the same place lies strictly between the limits, or is NaN.
#[derive(Clone, Copy)]
pub(crate) struct Mask<'a> {
    pub outputs: &'a [f32],
    pub limits: (f32, f32),
}

/// How the planes of a block lie in memory: for each channel each used phase, row after row.
///
/// The zeros after a row are those before the next one: a row is shorter than what is read of it.
#[derive(Clone, Debug)]
pub(crate) struct Planes {
    /// Rows of a phase.
    pub rows: usize,
    /// From one row to the next.
    pub pitch: usize,
    /// From one phase to the next.
    pub phase: usize,
    /// From one channel to the next.
    pub channel: usize,
    phases: [Vec<usize>; 2],
    columns: usize,
}

impl Planes {
    /// For blocks of `outputs` rows of results.
    pub fn new(axes: &[Axis; 2], outputs: usize) -> Self {
        let [y, x] = axes;
        let phases = [y.phases(), x.phases()];
        let (rows, columns) = (y.length(outputs), x.length(x.outputs()));
        let zeros = |&phase: &usize| {
            let inside = x.inside(phase, columns);
            inside.start.min(columns - inside.end)
        };
        let shared = phases[1]
            .iter()
            .map(zeros)
            .min()
            .unwrap_or(0)
            .min(columns - x.outputs());
        let pitch = columns - shared;
        let phase = rows * pitch + shared;
        let channel = spread(phase * phases[0].len() * phases[1].len());
        Self {
            rows,
            pitch,
            phase,
            channel,
            phases,
            columns,
        }
    }

    /// Where the source of output (0, 0) lies for a tap.
    pub fn offset(&self, phase: [usize; 2], shift: [usize; 2]) -> usize {
        let [y, x] = [0, 1].map(|axis| self.phases[axis].binary_search(&phase[axis]).unwrap_or(0));
        (y * self.phases[1].len() + x) * self.phase + shift[0] * self.pitch + shift[1]
    }

    /// Copies the block from output row `first` on of the channels from `channels.start` of the whole source on.
    #[inline(always)]
    pub fn fill(
        &self,
        target: &mut [f32],
        source: Source,
        axes: &[Axis; 2],
        channels: Range<usize>,
        first: usize,
    ) {
        for (channel, target) in channels.zip(target.chunks_exact_mut(self.channel)) {
            let mut targets = target.chunks_exact_mut(self.phase);
            for &y in &self.phases[0] {
                for &x in &self.phases[1] {
                    let Some(target) = targets.next() else { return };
                    self.fill_phase(target, source, axes, channel, (y, x), first);
                }
            }
        }
    }

    #[inline(always)]
    fn fill_phase(
        &self,
        target: &mut [f32],
        source: Source,
        [y, x]: &[Axis; 2],
        channel: usize,
        phase: (usize, usize),
        first: usize,
    ) {
        let inside = x.inside(phase.1, self.columns);
        let column = x.place(phase.1, inside.start);
        let (rows, end) = target.split_at_mut(self.rows * self.pitch);
        end.fill(0.0);
        for (row, target) in rows.chunks_exact_mut(self.pitch).enumerate() {
            let place = y.place(phase.0, first + row);
            if !(0..y.source as isize).contains(&place) || inside.is_empty() {
                target.fill(0.0);
                continue;
            }
            target[..inside.start].fill(0.0);
            target[inside.end..].fill(0.0);
            let begin =
                (channel * y.source + place.cast_unsigned()) * x.source + column.cast_unsigned();
            source.read(&mut target[inside.clone()], begin, x.stride);
        }
    }
}

impl Source<'_> {
    /// Copies every `stride`-th value from `begin` on.
    #[inline(always)]
    fn read(self, target: &mut [f32], begin: usize, stride: usize) {
        let range = begin..begin + (target.len() - 1) * stride + 1;
        let values = &self.values[range.clone()];
        match (stride, self.mask) {
            (1, None) => target.copy_from_slice(values),
            (
                1,
                Some(Mask {
                    outputs,
                    limits: (min, max),
                }),
            ) => {
                for ((target, &value), &output) in
                    target.iter_mut().zip(values).zip(&outputs[range])
                {
                    *target = if output <= min || output >= max {
                        0.0
                    } else {
                        value
                    };
                }
            }
            (2, None) => read_strided::<2>(target, values),
            _ => {
                for (target, value) in target.iter_mut().zip(values.iter().step_by(stride)) {
                    *target = *value;
                }
            }
        }
    }
}

#[inline(always)]
fn read_strided<const STRIDE: usize>(target: &mut [f32], values: &[f32]) {
    let (last, targets) = target.split_last_mut().expect("not empty");
    for (target, values) in targets.iter_mut().zip(values.chunks_exact(STRIDE)) {
        *target = values[0];
    }
    *last = values[values.len() - 1];
}

/// At least `length`, and such that what lies this far apart falls on all sets of a cache.
fn spread(length: usize) -> usize {
    const LINE: usize = 16;
    (length.div_ceil(LINE) | 1) * LINE
}
