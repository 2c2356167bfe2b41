//! Which axis counts the samples.

use burn::backend::ir::TensorId;

use crate::ir::axes::axis::{AxisId, AxisTable, Mark, Origin};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::factor::Factor;
use crate::ir::axes::map::AxisMap;
use crate::tensor::arrangement::{Arrangement, Size};

/// What the rows of an output are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rows {
    /// The indices of an input's axis.
    Samples(Samples),
    /// There is one, of all inputs together.
    One,
    /// It isn't known, or they come from no input.
    Unknown,
}

/// A digit of an input's axis, which counts samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Samples {
    axis: AxisId,
    stride: usize,
    len: usize,
    /// The length of the axis.
    of: usize,
}

/// Where a tensor has its samples: dimension `dimension` is `outer · samples · inner`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) dimension: usize,
    pub(crate) outer: usize,
    pub(crate) inner: usize,
}

impl Rows {
    /// The samples, if the rows are those.
    pub(crate) fn samples(self) -> Option<Samples> {
        match self {
            Self::Samples(samples) => Some(samples),
            Self::One | Self::Unknown => None,
        }
    }

    /// What the rows of a tensor are: those of the network's first output are those of its samples.
    pub(crate) fn of(map: &AxisMap, output: TensorId) -> Self {
        let Some(rows) = map.dimensions(output).and_then(<[_]>::first) else {
            return Self::Unknown;
        };
        // A single index that was taken out of an axis counts nothing.
        let mut counts = rows
            .factors()
            .iter()
            .filter(|it| it.len > 1 || it.line.is_axis());
        match counts.next() {
            None => Self::One,
            Some(factor) => Samples::of(factor, &map.table).map_or_else(
                || {
                    if rows.size() == 1 {
                        Self::One
                    } else {
                        Self::Unknown
                    }
                },
                Self::Samples,
            ),
        }
    }
}

impl Samples {
    fn of(factor: &Factor, table: &AxisTable) -> Option<Self> {
        let axis = factor.line.axis()?;
        let counts = factor.line.is_axis() && table.origin(axis) > Origin::Features;
        counts.then(|| Self {
            axis,
            stride: factor.stride,
            len: factor.len,
            of: factor.line.len(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether samples see each other.
    pub(crate) fn are_mixed(&self, map: &AxisMap) -> bool {
        let table = &map.table;
        let twice = |dimensions: &Vec<Dimension>| {
            let holds = |it: &&Dimension| {
                it.counting()
                    .any(|factor| self.within(factor, table).is_some())
            };
            dimensions.iter().filter(holds).count() > 1
        };
        self.len > 1
            && (table.is_mixed(self.axis, self.stride, self.len)
                || map.tensors.iter().flatten().any(twice))
    }

    /// Whether a constant has another value for each of them, so that further samples would get others.
    pub(crate) fn are_anchored(&self, table: &AxisTable) -> bool {
        table.has(self.axis, Mark::Anchored)
    }

    /// Whether a dimension's factor holds the samples, and how many indices of the factor each of them has outside
    /// and inside.
    pub(crate) fn within(&self, factor: &Factor, table: &AxisTable) -> Option<[usize; 2]> {
        let axis = factor.line.axis()?;
        let same = factor.line.is_axis() && table.are_same(axis, self.axis);
        let end = factor.stride * factor.len;
        let holds = factor.stride <= self.stride
            && self.stride * self.len <= end
            && self.stride.is_multiple_of(factor.stride)
            && end.is_multiple_of(self.stride * self.len);
        (same && factor.line.len() == self.of && holds)
            .then(|| [end / (self.stride * self.len), self.stride / factor.stride])
    }

    /// Where a tensor has them; `None` if it doesn't, or in more than one dimension.
    pub(crate) fn place(&self, dimensions: &[Dimension], table: &AxisTable) -> Option<Place> {
        let mut places = dimensions.iter().enumerate().filter_map(|(dimension, it)| {
            let factors = it.factors();
            let found = |factor| self.within(factor, table);
            let position = factors.iter().position(|factor| found(factor).is_some())?;
            let [outer, inner] = found(&factors[position])?;
            let size = |factors: &[Factor]| factors.iter().map(|it| it.len).product::<usize>();
            Some(Place {
                dimension,
                outer: outer * size(&factors[..position]),
                inner: inner * size(&factors[position + 1..]),
            })
        });
        places.next().filter(|_| places.next().is_none())
    }
}

impl Place {
    /// The first dimension.
    pub(crate) const FIRST: Self = Self {
        dimension: 0,
        outer: 1,
        inner: 1,
    };

    /// Brings the samples of a tensor of this shape to the front.
    pub(crate) fn arrangement(&self, shape: &[usize]) -> Arrangement {
        let mut pieces: Vec<Vec<Size>> = shape.iter().map(|&size| vec![Size::Of(size)]).collect();
        let beside = |size: usize| (size > 1).then_some(Size::Of(size));
        let (outer, inner) = (beside(self.outer), beside(self.inner));
        let own = outer.into_iter().chain([Size::Samples]).chain(inner);
        pieces[self.dimension] = own.collect();
        let all: Vec<Size> = pieces.iter().flatten().copied().collect();
        let is_samples = |piece: &usize| all[*piece] == Size::Samples;
        let samples = (0..all.len()).filter(is_samples);
        let order: Vec<usize> = samples
            .chain((0..all.len()).filter(|piece| !is_samples(piece)))
            .collect();
        let shape: Vec<Size> = order.iter().map(|&piece| all[piece]).collect();
        Arrangement {
            pieces,
            order,
            blocks: shape.clone(),
            chosen: Vec::new(),
            shape,
        }
    }
}
