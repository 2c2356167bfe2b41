//! The planes of a block of the source, padded and split into phases.

use crate::copy::{All, EverySecond, Masked, copy};
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
/// The zeros after a row are those before the next one: rows overlap where both are padding.
#[derive(Clone, Debug)]
pub(crate) struct Planes {
    /// From one row to the next.
    pub pitch: usize,
    /// From one phase to the next.
    pub phase: usize,
    /// From one channel to the next.
    pub channel: usize,
    /// Rows of a phase.
    pub rows: usize,
    row_phases: Vec<usize>,
    column_phases: Vec<ColumnPhase>,
}

/// The part of a row that isn't padding.
#[derive(Clone, Debug)]
struct ColumnPhase {
    phase: usize,
    inside: Range<usize>,
    /// Column of the source at the begin of `inside`.
    column: usize,
}

impl Planes {
    /// For blocks of `outputs` rows of results.
    pub fn new([y, x]: &[Axis; 2], outputs: usize) -> Self {
        let (rows, columns) = (y.length(outputs), x.length(x.outputs()));
        let column_phases = x.phases().into_iter().map(|phase| {
            let inside = x.inside(phase, columns);
            let column = x.place(phase, inside.start).max(0).cast_unsigned();
            ColumnPhase {
                phase,
                inside,
                column,
            }
        });
        let column_phases: Vec<_> = column_phases.collect();
        let zeros = column_phases
            .iter()
            .map(|phase| phase.inside.start.min(columns - phase.inside.end));
        let shared = zeros.min().unwrap_or(0).min(columns - x.outputs());
        let pitch = columns - shared;
        let row_phases = y.phases();
        let phase = rows * pitch + shared;
        let channel = spread(phase * row_phases.len() * column_phases.len());
        Self {
            pitch,
            phase,
            channel,
            rows,
            row_phases,
            column_phases,
        }
    }

    /// Where the source of output (0, 0) lies for a tap.
    pub fn offset(&self, phase: [usize; 2], shift: [usize; 2]) -> usize {
        let row = self
            .row_phases
            .iter()
            .position(|&row| row == phase[0])
            .unwrap_or(0);
        let column = self
            .column_phases
            .iter()
            .position(|column| column.phase == phase[1])
            .unwrap_or(0);
        (row * self.column_phases.len() + column) * self.phase + shift[0] * self.pitch + shift[1]
    }

    /// Copies the block from output row `first` on of a channel of the whole source between the zeros of `target`.
    #[inline(always)]
    pub fn fill(
        &self,
        target: &mut [f32],
        source: Source,
        axes: &[Axis; 2],
        channel: usize,
        first: usize,
    ) {
        let mut targets = target.chunks_exact_mut(self.phase);
        for &row in &self.row_phases {
            for column in &self.column_phases {
                let Some(target) = targets.next() else { return };
                self.fill_phase(target, source, axes, channel, (row, column), first);
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
        (phase, columns): (usize, &ColumnPhase),
        first: usize,
    ) {
        if columns.inside.is_empty() {
            return;
        }
        let begin = channel * y.source * x.source + columns.column;
        let length = columns.inside.len();
        let mut rows = 0..self.rows;
        while rows.start < rows.end && y.place(phase, first + rows.start) < 0 {
            rows.start += 1;
        }
        while rows.start < rows.end && y.place(phase, first + rows.end - 1) >= y.source as isize {
            rows.end -= 1;
        }
        if rows.is_empty() {
            return;
        }
        if length == self.pitch && self.pitch == x.source && y.stride == 1 {
            let place = begin + y.place(phase, first + rows.start).cast_unsigned() * x.source;
            source.read(
                &mut target[rows.start * self.pitch..rows.end * self.pitch],
                place,
                1,
            );
            return;
        }
        for row in rows {
            let place = begin + y.place(phase, first + row).cast_unsigned() * x.source;
            let start = row * self.pitch + columns.inside.start;
            source.read(&mut target[start..start + length], place, x.stride);
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
            (1, None) => copy(target, All(values)),
            (1, Some(Mask { outputs, limits })) => copy(
                target,
                Masked {
                    values: All(values),
                    outputs: All(&outputs[range]),
                    limits,
                },
            ),
            (2, None) => copy(target, EverySecond(values)),
            (2, Some(Mask { outputs, limits })) => copy(
                target,
                Masked {
                    values: EverySecond(values),
                    outputs: EverySecond(&outputs[range]),
                    limits,
                },
            ),
            _ => {
                for (target, value) in target.iter_mut().zip(values.iter().step_by(stride)) {
                    *target = *value;
                }
            }
        }
    }
}

/// At least `length`, and such that what lies this far apart falls on all sets of a cache.
pub(crate) fn spread(length: usize) -> usize {
    const LINE: usize = 16;
    (length.div_ceil(LINE) | 1) * LINE
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "copies are exact")]
mod tests {
    use super::*;
    use crate::geometry::Extent;

    fn axes(stride: usize) -> [Axis; 2] {
        let extent = Extent {
            input: 3,
            output: 3_usize.div_ceil(stride),
            kernel: 3,
            stride,
            dilation: 1,
            padding: 1,
        };
        [extent, extent].map(Axis::forward)
    }

    fn filled(axes: &[Axis; 2], mask: Option<Mask>) -> (Planes, Vec<f32>) {
        let values: Vec<_> = (1_u8..=9).map(f32::from).collect();
        let planes = Planes::new(axes, axes[0].outputs());
        let mut target = vec![0.0; planes.channel];
        planes.fill(
            &mut target,
            Source {
                values: &values,
                mask,
            },
            axes,
            0,
            0,
        );
        (planes, target)
    }

    #[test]
    fn rows_share_the_zeros_between_them() {
        let (planes, target) = filled(&axes(1), None);
        let rows = [
            [0.0; 4],
            [0.0, 1.0, 2.0, 3.0],
            [0.0, 4.0, 5.0, 6.0],
            [0.0, 7.0, 8.0, 9.0],
            [0.0; 4],
        ];
        assert_eq!(planes.pitch, 4);
        assert_eq!(target[..20], *rows.as_flattened());
    }

    #[test]
    fn a_stride_splits_the_planes() {
        let (planes, target) = filled(&axes(2), None);
        // The padded rows are 0 0 0 0 0, 0 1 2 3 0, 0 4 5 6 0, 0 7 8 9 0 and 0 0 0 0 0.
        let read = |phase: [usize; 2], shift: [usize; 2]| target[planes.offset(phase, shift)];
        assert_eq!(
            [
                read([1, 1], [0, 0]),
                read([1, 1], [0, 1]),
                read([1, 1], [1, 0])
            ],
            [1.0, 3.0, 7.0]
        );
        assert_eq!(
            [
                read([0, 0], [1, 0]),
                read([0, 0], [1, 1]),
                read([0, 0], [1, 2])
            ],
            [0.0, 5.0, 0.0]
        );
        assert_eq!([read([1, 0], [0, 1]), read([0, 1], [1, 1])], [2.0, 6.0]);
    }

    #[test]
    fn a_mask_hides_what_did_not_pass() {
        let outputs = [0.0, 1.0, 6.0, f32::NAN, -1.0, 2.0, 3.0, 4.0, 5.0];
        let (_, target) = filled(
            &axes(1),
            Some(Mask {
                outputs: &outputs,
                limits: (0.0, 6.0),
            }),
        );
        assert_eq!(target[4..12], [0.0, 0.0, 2.0, 0.0, 0.0, 4.0, 0.0, 6.0]);
    }

    #[test]
    fn planes_do_not_fall_on_the_same_sets_of_a_cache() {
        for length in [1, 16, 17, 32, 1024] {
            let distance = spread(length);
            assert!(
                distance >= length && distance.is_multiple_of(16) && !distance.is_multiple_of(32)
            );
        }
    }
}
