//! What is the same for all tasks of a convolution.

use crate::blocks::{self, Cut};
use crate::convolution::Convolution;
use crate::panel::{self, Offsets};
use crate::planes::Planes;
use crate::positions::{Positions, Rows};
use crate::runs::{self, Run};
use crate::shifts::{Axis, Class};
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// The results of a class of rows.
pub(crate) struct Part {
    /// For each class of columns.
    pub taps: Vec<Vec<Offsets>>,
    /// The same taps, in runs.
    pub runs: Vec<Vec<Run>>,
    /// For each block of rows.
    pub blocks: Vec<Rows>,
    /// The same as vectors, unless the convolution is depthwise.
    pub positions: Vec<Positions>,
}

/// How a convolution is cut into tasks, and what they share.
pub(crate) struct Plan<'a> {
    pub work: &'a Convolution<'a>,
    pub planes: Planes,
    /// Whether the planes are those of the source itself.
    pub in_place: bool,
    /// Of a panel.
    pub vectors: usize,
    pub parts: Vec<Part>,
    pub groups: Cut,
    /// Groups whose planes are copied at once.
    pub together: usize,
    pub rows: Cut,
    /// Of panels of channels.
    pub channels: Cut,
}

impl<'a> Plan<'a> {
    /// For this many threads.
    pub fn new(work: &'a Convolution<'a>, threads: usize, processor: Processor) -> Self {
        let [source, result] = work.channels;
        let rows = blocks::rows(&work.axes, source, work.batch * work.groups, threads);
        let mut planes = Planes::new(&work.axes, rows.longest());
        let in_place = reads_in_place(work, rows, processor.lanes);
        if in_place {
            planes.channel = work.axes[0].source;
        }
        let part = |class| Part::new(work, &planes, class, rows, processor.lanes);
        let parts: Vec<_> = work.axes[0].classes.iter().map(part).collect();
        let taps: usize = parts.iter().flat_map(|part| &part.taps).map(Vec::len).sum();
        let products = rows.longest() * planes.pitch * source * result * taps;
        let groups = blocks::groups(work.groups, products, work.batch * rows.parts, threads);
        let pieces = work.batch * groups.parts * rows.parts;
        Self {
            work,
            in_place,
            vectors: processor.vectors(),
            parts,
            groups,
            together: blocks::together(source * planes.channel).min(work.groups),
            rows,
            channels: blocks::channels(result, panel::CHANNELS, pieces, threads),
            planes,
        }
    }

    pub fn tasks(&self) -> usize {
        self.work.batch * self.groups.parts * self.rows.parts * self.channels.parts
    }
}

/// Whether the positions of each block are those of the source, and a vector doesn't reach beyond them.
fn reads_in_place(work: &Convolution, rows: Cut, lanes: usize) -> bool {
    work.source.mask.is_none()
        && work.channels[0] > 1
        && work.axes.iter().all(Axis::is_identity)
        && (0..rows.parts).all(|block| rows.part(block).len() >= lanes)
}

impl Part {
    fn new(work: &Convolution, planes: &Planes, class: &Class, rows: Cut, lanes: usize) -> Self {
        let [_, x] = &work.axes;
        let taps: Vec<_> = x
            .classes
            .iter()
            .map(|columns| taps(work, planes, class, columns))
            .collect();
        let distance = runs::height(x.outputs(), planes.pitch, lanes) * planes.pitch;
        let runs = taps.iter().map(|taps| Run::all(taps, distance)).collect();
        let blocks: Vec<_> = (0..rows.parts)
            .map(|block| block_rows(work, planes, class, rows.part(block)))
            .collect();
        let dense = work.channels[0] > 1;
        let positions = blocks
            .iter()
            .filter(|_| dense)
            .map(|&rows| Positions::new(rows, lanes))
            .collect();
        Self {
            taps,
            runs,
            blocks,
            positions,
        }
    }
}

fn taps(work: &Convolution, planes: &Planes, rows: &Class, columns: &Class) -> Vec<Offsets> {
    let pairs = rows
        .taps
        .iter()
        .flat_map(|y| columns.taps.iter().map(move |x| (y, x)));
    let taps = pairs.map(|(y, x)| Offsets {
        source: planes.offset([y.phase, x.phase], [y.shift, x.shift]),
        weight: y.kernel * work.weights.kernel + x.kernel,
    });
    taps.collect()
}

fn block_rows(work: &Convolution, planes: &Planes, class: &Class, block: Range<usize>) -> Rows {
    let ([y, x], [_, width]) = (&work.axes, work.result);
    Rows {
        number: block.end.min(class.outputs).saturating_sub(block.start),
        columns: x.outputs(),
        pitch: planes.pitch,
        step: x.step,
        first: (class.first + block.start * y.step) * width,
        width,
        distance: y.step * width,
    }
}

/// What a processor's vectors are like.
#[derive(Clone, Copy)]
pub(crate) struct Processor {
    pub lanes: usize,
    registers: usize,
}

impl Processor {
    pub fn new(arch: Arch) -> Self {
        struct Look;
        impl WithSimd for Look {
            type Output = Processor;

            fn with_simd<S: Simd>(self, _: S) -> Processor {
                Processor {
                    lanes: S::F32_LANES,
                    registers: S::REGISTER_COUNT,
                }
            }
        }
        arch.dispatch(Look)
    }

    /// As many vectors of a panel as leave room in the registers for the sums of its channels.
    pub fn vectors(self) -> usize {
        if self.registers >= 32 {
            panel::VECTORS
        } else {
            panel::VECTORS / 2
        }
    }
}
