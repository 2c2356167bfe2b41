//! What is known of inputs by their shapes.

use std::collections::HashMap;
use std::sync::Arc;

use burn::backend::ir::TensorId;

use crate::analysis::axes::{self, FeatureMap, Place, Rows, words};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::map::AxisMap;
use crate::ir::node::Node;
use crate::ir::program::Program;
use crate::network::batch::RowKind;
use crate::tensor::arrangement::Size;
use crate::{AnyTensor, Arrangement, Axes, Batch, Planes};

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

    /// Where a tensor has its channels and space.
    pub(super) fn planes(&self, tensor: TensorId) -> Option<Planes> {
        planes(&self.program, self.rows, tensor)
    }

    /// What the dimensions of a node's output stand for.
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
    let table = &map(program).table;
    rows.samples()
        .is_some_and(|samples| samples.are_anchored(table))
}

/// Where each input of a program has its samples.
pub(super) fn places(program: &Program, rows: Rows) -> Vec<Option<Place>> {
    let map = map(program);
    let place = |id| rows.samples()?.place(map.dimensions(id)?, &map.table);
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
                planes: (program.inputs.iter())
                    .map(|&input| planes(&program, rows, input))
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
    let (samples, map) = (rows.samples()?, map(program));
    let arrangement = |&id| {
        let dimensions = map.dimensions(id)?;
        let shape: Vec<usize> = dimensions.iter().map(Dimension::size).collect();
        Some(samples.place(dimensions, &map.table)?.arrangement(&shape))
    };
    program.outputs.iter().map(arrangement).collect()
}

/// Where a tensor has its channels, if windows move over it and every dimension is one thing.
fn planes(program: &Program, rows: Rows, tensor: TensorId) -> Option<Planes> {
    let map = map(program);
    let dimensions = map.dimensions(tensor)?;
    let mut axes = dimensions.iter().flat_map(Dimension::axes);
    if !axes.any(|axis| map.table.is_space(axis)) {
        return None;
    }
    let layout = FeatureMap::of(dimensions, rows, &map.table).ok()?;
    let pieces = &layout.arrangement.pieces;
    let is_plain = layout.features == 1 && pieces.iter().all(|pieces| pieces.len() == 1);
    let channels = *layout.channel_pieces().first().filter(|_| is_plain)?;
    let samples = rows.samples();
    let first = samples.and_then(|it| Some(it.place(dimensions, &map.table)?.dimension));
    // A tensor without samples gets a row in front, unless it has one.
    let row = usize::from(first.is_none() && pieces[0] != [Size::Of(1)]);
    let position = |piece: usize| match first {
        Some(first) if piece == first => 0,
        Some(first) => piece + usize::from(piece < first),
        None => piece + row,
    };
    let channels = position(channels);
    let space: Vec<usize> = layout
        .space_pieces()
        .iter()
        .map(|&it| position(it))
        .collect();
    let rest = (1..pieces.len() + row).filter(|&it| it != channels);
    let frames: Vec<usize> = rest.clone().filter(|it| !space.contains(it)).collect();
    let come_first = rest.take(frames.len()).eq(frames.iter().copied());
    come_first.then_some(Planes {
        channels,
        frames: frames.len(),
    })
}

/// Whether samples see each other.
pub(super) fn is_mixed(program: &Program, rows: Rows) -> bool {
    let samples = rows.samples();
    samples.is_some_and(|samples| samples.are_mixed(map(program)))
}
