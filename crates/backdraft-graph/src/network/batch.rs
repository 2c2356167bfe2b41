//! Samples in a network's inputs and outputs.

use burn::tensor::Shape;

use crate::analysis::axes::Place;
use crate::{AnyTensor, Arrangement, Planes};

/// How many samples inputs hold, and where.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(super) samples: usize,
    pub(super) inputs: Vec<Option<Arrangement>>,
    pub(super) planes: Vec<Option<Planes>>,
    pub(super) outputs: Option<Vec<Arrangement>>,
    pub(super) stacks: bool,
    pub(super) rows: RowKind,
}

/// What the rows of the first output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// Samples, or one row of all inputs.
    Samples,
    /// Samples that see each other.
    Mixed,
    /// It isn't known.
    Unknown,
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
