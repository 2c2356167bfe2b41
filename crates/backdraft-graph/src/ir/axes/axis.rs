//! Axes: what indices count.

use std::collections::BTreeSet;

/// An axis of one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AxisId(usize);

/// Where an axis comes from. What says more of an axis comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A value that is the same for every index: zeros, a repeated value.
    Blank,
    /// A weight, or a value that the forward pass made.
    Constant,
    /// An operation whose indices can't be followed.
    Unknown,
    /// Features that a layer computes.
    Features,
    /// A dimension of an input.
    Input { input: usize, dimension: usize },
}

/// What operations did to an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Some of its indices were taken out, or turned round.
    Partial,
    /// A constant has another value for each of its indices.
    Anchored,
    /// A window moved over it, or it was cut into patches.
    Space,
    /// Weights combined its indices, as a layer does with features.
    Weighted,
    /// It stood in one dimension with other axes.
    Folded,
    /// A table was read at its indices.
    Embedded,
}

/// All axes of a graph; axes whose indices met one by one are one axis.
#[derive(Clone, Debug, Default)]
pub(crate) struct AxisTable(Vec<Axis>);

#[derive(Clone, Debug)]
struct Axis {
    /// Another axis that this one was found to be.
    same_as: Option<AxisId>,
    origin: Origin,
    len: usize,
    marks: BTreeSet<Mark>,
    /// The digits of it, by stride and length, whose indices see each other: they were reduced, contracted, normalized
    /// over or sorted.
    mixed: Vec<(usize, usize)>,
}

impl AxisTable {
    pub(crate) fn add(&mut self, origin: Origin, len: usize) -> AxisId {
        self.0.push(Axis {
            same_as: None,
            origin,
            len,
            marks: BTreeSet::new(),
            mixed: Vec::new(),
        });
        AxisId(self.0.len() - 1)
    }

    /// The axis that stands for all that were found to be the same.
    pub(crate) fn root(&self, axis: AxisId) -> AxisId {
        let mut root = axis;
        while let Some(same) = self.0[root.0].same_as {
            root = same;
        }
        root
    }

    pub(crate) fn are_same(&self, a: AxisId, b: AxisId) -> bool {
        self.root(a) == self.root(b)
    }

    /// Notes that two axes are one. What constants count says nothing: they fit whatever has their size.
    pub(crate) fn unify(&mut self, a: AxisId, b: AxisId) {
        let (a, b) = (self.root(a), self.root(b));
        let known = |axis: AxisId| self.0[axis.0].origin > Origin::Unknown;
        if a == b || !known(a) || !known(b) {
            return;
        }
        let marks = std::mem::take(&mut self.0[b.0].marks);
        let mixed = std::mem::take(&mut self.0[b.0].mixed);
        let (a_origin, b_origin) = (self.0[a.0].origin, self.0[b.0].origin);
        self.0[a.0].marks.extend(marks);
        self.0[a.0].mixed.extend(mixed);
        // An input's axis that was met first keeps its name.
        if !matches!(a_origin, Origin::Input { .. }) {
            self.0[a.0].origin = a_origin.max(b_origin);
        }
        self.0[b.0].same_as = Some(a);
    }

    pub(crate) fn origin(&self, axis: AxisId) -> Origin {
        self.0[self.root(axis).0].origin
    }

    pub(crate) fn is_input(&self, axis: AxisId) -> bool {
        matches!(self.origin(axis), Origin::Input { .. })
    }

    /// Lets every axis know its root at once.
    pub(crate) fn flatten(&mut self) {
        for position in 0..self.0.len() {
            let axis = AxisId(position);
            let root = self.root(axis);
            self.0[position].same_as = (root != axis).then_some(root);
        }
    }

    /// Notes what an operation did.
    pub(crate) fn mark(&mut self, axis: AxisId, mark: Mark) {
        let root = self.root(axis);
        self.0[root.0].marks.insert(mark);
    }

    pub(crate) fn has(&self, axis: AxisId, mark: Mark) -> bool {
        self.0[self.root(axis).0].marks.contains(&mark)
    }

    /// The number of its indices.
    pub(crate) fn len(&self, axis: AxisId) -> usize {
        self.0[self.root(axis).0].len
    }

    /// Notes that the indices of a digit see each other.
    pub(crate) fn mark_mixed(&mut self, axis: AxisId, stride: usize, len: usize) {
        let root = self.root(axis);
        let mixed = &mut self.0[root.0].mixed;
        if !mixed.contains(&(stride, len)) {
            mixed.push((stride, len));
        }
    }

    /// Whether it counts frames: what isn't tokens, and was folded into another dimension, the batch as a rule.
    pub(crate) fn is_frames(&self, axis: AxisId) -> bool {
        self.has(axis, Mark::Folded) && !self.has(axis, Mark::Embedded)
    }

    /// The dimensions of an input that are space.
    pub(crate) fn space_of(&self, input: usize) -> Vec<usize> {
        let axes = (0..self.0.len()).map(AxisId);
        let space = axes.filter(|&axis| self.root(axis) == axis && self.is_space(axis));
        let mut dimensions: Vec<usize> = space
            .filter_map(|axis| match self.origin(axis) {
                Origin::Input {
                    input: own,
                    dimension,
                } if own == input => Some(dimension),
                _ => None,
            })
            .collect();
        dimensions.sort_unstable();
        dimensions
    }

    /// Whether indices of a digit see each other.
    pub(crate) fn is_mixed(&self, axis: AxisId, stride: usize, len: usize) -> bool {
        let overlaps = |&(own, count): &(usize, usize)| own < stride * len && stride < own * count;
        let mixed = &self.0[self.root(axis).0].mixed;
        self.has(axis, Mark::Partial) || mixed.iter().any(overlaps)
    }

    pub(crate) fn is_space(&self, axis: AxisId) -> bool {
        self.is_input(axis) && self.has(axis, Mark::Space)
    }

    /// Whether its indices are features: those that a layer computes, or those of an input that weights combine.
    pub(crate) fn is_features(&self, axis: AxisId) -> bool {
        match self.origin(axis) {
            Origin::Features => true,
            Origin::Input { .. } => self.has(axis, Mark::Weighted) && !self.has(axis, Mark::Space),
            Origin::Blank | Origin::Constant | Origin::Unknown => false,
        }
    }
}
