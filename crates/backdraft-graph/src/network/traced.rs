//! What is known of inputs by their shapes.

use std::collections::HashMap;
use std::sync::Arc;

use burn::tensor::Shape;

use crate::analysis::axes::{self, FeatureMap, Place, Rows, words};
use crate::ir::axes::factor::Dimension;
use crate::ir::axes::map::AxisMap;
use crate::ir::node::Node;
use crate::ir::program::Program;
use crate::tensor::arrangement::Size;
use crate::{AnyTensor, Arrangement, Axes};

/// How many samples inputs hold, and where.
#[derive(Clone, Debug)]
pub struct Batch {
    samples: usize,
    inputs: Vec<Option<Arrangement>>,
    planes: Vec<Option<Planes>>,
    outputs: Option<Vec<Arrangement>>,
    stacks: bool,
    rows: RowKind,
}

/// What the rows of the first output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowKind {
    /// Samples, or one row of all inputs.
    Samples,
    /// Samples that see each other.
    Mixed,
    /// It isn't known.
    Unknown,
}

/// Which dimension of an input, its samples first, holds channels, where the others are positions in space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planes {
    /// The channels' dimension.
    pub channels: usize,
    /// How many dimensions there are between the samples and the rest: frames of a video.
    pub frames: usize,
}

impl Planes {
    /// How a tensor of these planes becomes `[samples, frames..., channels, positions...]`.
    pub fn channels_first(&self, shape: &[usize]) -> Arrangement {
        let pieces: Vec<Size> = std::iter::once(Size::Samples)
            .chain(shape.iter().skip(1).map(|&size| Size::Of(size)))
            .collect();
        let rest = (1..shape.len()).filter(|&dimension| dimension != self.channels);
        let frames = rest.clone().take(self.frames);
        let order = std::iter::once(0).chain(frames).chain([self.channels]);
        let order: Vec<usize> = order.chain(rest.skip(self.frames)).collect();
        let arranged: Vec<Size> = order.iter().map(|&piece| pieces[piece]).collect();
        Arrangement {
            pieces: pieces.into_iter().map(|piece| vec![piece]).collect(),
            order,
            blocks: arranged.clone(),
            chosen: Vec::new(),
            shape: arranged,
        }
    }
}

impl Batch {
    /// Of a model whose graph isn't known: the first dimension of its first input is the batch, and so is that of every
    /// input with as many rows that isn't `shared`.
    pub fn by_first_dimension(inputs: &[AnyTensor], shared: &[usize]) -> Self {
        let shapes: Vec<Shape> = inputs.iter().map(AnyTensor::shape).collect();
        let samples = shapes
            .first()
            .and_then(|shape| shape.first().copied())
            .unwrap_or(0);
        let own = |(position, shape): (usize, &Shape)| {
            let is_own = shape.first() == Some(&samples) && !shared.contains(&position);
            is_own.then(|| Place::FIRST.arrangement(shape))
        };
        Self {
            samples,
            inputs: shapes.iter().enumerate().map(own).collect(),
            planes: vec![None; inputs.len()],
            outputs: None,
            stacks: true,
            rows: RowKind::Samples,
        }
    }

    /// The number of samples: the rows of the network's first output.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// For every input how its samples come first; `None` for an input that all samples share.
    pub fn inputs(&self) -> &[Option<Arrangement>] {
        &self.inputs
    }

    /// Where each input has its channels and space; `None` for one over which no window moves.
    pub fn planes(&self) -> &[Option<Planes>] {
        &self.planes
    }

    /// How the samples of every output come first; `None` if it is only known that they should.
    pub fn outputs(&self) -> Option<&[Arrangement]> {
        self.outputs.as_deref()
    }

    /// Whether the network computes further samples beside these as it computes them alone: it can be recorded for
    /// more rows, its outputs follow, and no row sees another.
    pub fn stacks(&self) -> bool {
        self.stacks
    }

    /// Whether samples see each other, as with statistics of the batch: then none has an explanation of its own.
    pub fn is_mixed(&self) -> bool {
        self.rows == RowKind::Mixed
    }

    /// Whether it isn't known what the rows of the first output are, so that no input's samples can be told.
    pub fn is_unknown(&self) -> bool {
        self.rows == RowKind::Unknown
    }
}

/// Inputs of some shapes, and the program in which their samples are told apart from everything else.
#[derive(Debug)]
pub(super) struct Traced {
    /// For the inputs, or for two samples where the inputs hold one: an axis of one index can't be followed
    /// everywhere.
    pub(super) program: Arc<Program>,
    pub(super) rows: Rows,
    pub(super) batch: Batch,
}

impl Traced {
    pub(super) fn map(&self) -> &AxisMap {
        map(&self.program)
    }

    /// What the dimensions of a layer's output stand for.
    pub(super) fn axes(&self, layer: &str) -> Axes {
        let node = self.program.nodes.iter().find(|node| node.name == layer);
        node.map(|node| self.axes_of(node)).unwrap_or_default()
    }

    /// The same for every layer, by name.
    pub(super) fn axes_by_layer(&self) -> HashMap<&str, Axes> {
        let nodes = self.program.nodes.iter();
        nodes
            .map(|node| (&*node.name, self.axes_of(node)))
            .collect()
    }

    pub(super) fn axes_of(&self, node: &Node) -> Axes {
        let map = self.map();
        let output = node.output().and_then(|output| map.dimensions(output.id));
        Axes::new(words(output.unwrap_or_default(), self.rows, &map.table))
    }
}

fn map(program: &Program) -> &AxisMap {
    program.axes(axes::trace)
}

pub(super) fn rows(program: &Program) -> Rows {
    Rows::of(map(program), program.outputs[0])
}

/// Whether a constant has another value for each sample.
pub(super) fn is_anchored(program: &Program, rows: Rows) -> bool {
    matches!(rows, Rows::Samples(samples) if samples.are_anchored(&map(program).table))
}

/// Where each input of a program has its samples.
pub(super) fn places(program: &Program, rows: Rows) -> Vec<Option<Place>> {
    let map = map(program);
    let place = |id| match rows {
        Rows::Samples(samples) => samples.place(map.dimensions(id)?, &map.table),
        Rows::One | Rows::Unknown => None,
    };
    program.inputs.iter().map(|&id| place(id)).collect()
}

impl Traced {
    pub(super) fn new(
        program: Arc<Program>,
        rows: Rows,
        inputs: &[AnyTensor],
        samples: usize,
        stacks: bool,
    ) -> Self {
        let batch = if rows == Rows::Unknown {
            Batch {
                stacks: false,
                rows: RowKind::Unknown,
                ..Batch::by_first_dimension(inputs, &[])
            }
        } else {
            let places = places(&program, rows);
            let arrangement = |(place, input): (&Option<Place>, &AnyTensor)| {
                place.map(|place| place.arrangement(&input.shape()))
            };
            let outputs = arranged_outputs(&program, rows);
            let arrangements: Vec<_> = places.iter().zip(inputs).map(arrangement).collect();
            Batch {
                samples,
                planes: (arrangements.iter().enumerate())
                    .map(|(input, arrangement)| planes(&program, rows, input, arrangement.as_ref()))
                    .collect(),
                inputs: arrangements,
                stacks: stacks && outputs.is_some(),
                outputs,
                rows: if samples > 1 && is_mixed(&program, rows) {
                    RowKind::Mixed
                } else {
                    RowKind::Samples
                },
            }
        };
        Self {
            program,
            rows,
            batch,
        }
    }
}

/// How the samples of all outputs come first; `None` if one has none.
pub(super) fn arranged_outputs(program: &Program, rows: Rows) -> Option<Vec<Arrangement>> {
    let Rows::Samples(samples) = rows else {
        return None;
    };
    let map = map(program);
    let arrangement = |&id| {
        let dimensions = map.dimensions(id)?;
        let shape: Vec<usize> = dimensions.iter().map(Dimension::size).collect();
        Some(samples.place(dimensions, &map.table)?.arrangement(&shape))
    };
    program.outputs.iter().map(arrangement).collect()
}

/// Where an input has its channels, if windows move over it and every dimension is one thing.
fn planes(
    program: &Program,
    rows: Rows,
    input: usize,
    samples_first: Option<&Arrangement>,
) -> Option<Planes> {
    let map = map(program);
    let dimensions = map.dimensions(program.inputs[input])?;
    let mut axes = dimensions.iter().flat_map(Dimension::axes);
    if !axes.any(|axis| map.table.is_space(axis)) {
        return None;
    }
    let layout = FeatureMap::of(dimensions, rows, &map.table).ok()?;
    let pieces = &layout.arrangement.pieces;
    let is_plain = layout.features == 1 && pieces.iter().all(|pieces| pieces.len() == 1);
    let channels = *layout.channel_pieces().first().filter(|_| is_plain)?;
    // An input without samples gets a row in front, unless it has one.
    let row = usize::from(samples_first.is_none() && pieces[0] != [Size::Of(1)]);
    let position = |piece: usize| match samples_first {
        Some(first) => first.order.iter().position(|&it| it == piece),
        None => Some(piece + row),
    };
    let channels = position(channels)?;
    let space = layout.space_pieces().iter().map(|&piece| position(piece));
    let space: Vec<usize> = space.collect::<Option<_>>()?;
    let rank = pieces.len() + row;
    let rest = (1..rank).filter(|&it| it != channels);
    let frames: Vec<usize> = rest.clone().filter(|it| !space.contains(it)).collect();
    rest.take(frames.len())
        .eq(frames.iter().copied())
        .then_some(Planes {
            channels,
            frames: frames.len(),
        })
}

pub(super) fn is_mixed(program: &Program, rows: Rows) -> bool {
    matches!(rows, Rows::Samples(samples) if samples.are_mixed(map(program)))
}

/// Inputs, and where they seem to have their samples.
pub(super) struct Given<'a> {
    pub(super) inputs: &'a [AnyTensor],
    pub(super) places: &'a [Option<Place>],
}

impl Given<'_> {
    pub(super) fn samples(&self, rows: Rows) -> usize {
        match rows {
            Rows::Samples(samples) => samples.len(),
            Rows::One => 1,
            Rows::Unknown => self.inputs.first().map_or(1, |input| input.shape()[0]),
        }
    }

    /// Shapes of inputs with twice the samples, most likely first. Of one sample it can't be seen whether an input of
    /// one row is its own or shared: first all of them are doubled.
    pub(super) fn doublings(&self, rows: Rows) -> Vec<Vec<Shape>> {
        let own = self.doubled(|input| Some(self.places[input]?.dimension));
        if self.samples(rows) > 1 {
            return vec![own];
        }
        let place = self.places.iter().flatten().next();
        let dimension = place.map_or(0, |place| place.dimension);
        let is_single = |input: usize| self.inputs[input].shape().get(dimension) == Some(&1);
        let all = self.doubled(|input| is_single(input).then_some(dimension));
        vec![all, own]
    }

    fn doubled(&self, dimension: impl Fn(usize) -> Option<usize>) -> Vec<Shape> {
        let shapes = self.inputs.iter().enumerate().map(|(position, input)| {
            let mut shape = input.shape();
            if let Some(dimension) = dimension(position) {
                shape[dimension] *= 2;
            }
            shape
        });
        shapes.collect()
    }
}
