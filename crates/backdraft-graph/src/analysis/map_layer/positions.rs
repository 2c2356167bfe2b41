//! Which tensors of a program have positions, and which are maps.

use std::collections::HashMap;

use burn::backend::ir::{TensorId, TensorIr};

use crate::analysis::axes::{FeatureMap, Rows, holds_computed_features, trace};
use crate::ir::axes::dimension::Dimension;
use crate::ir::axes::factor::Factor;
use crate::ir::axes::map::AxisMap;
use crate::ir::node::Node;
use crate::ir::program::Program;

/// A program, with what its axes say of positions: those in space, or those of a sequence if there is no space.
pub(super) struct Positions<'a> {
    pub(super) program: &'a Program,
    /// Whether some axis is space, so that the places of a sequence are no positions.
    pub(super) has_space: bool,
    map: &'a AxisMap,
    rows: Rows,
    producers: HashMap<TensorId, usize>,
}

impl<'a> Positions<'a> {
    pub(super) fn of(program: &'a Program) -> Self {
        let map = program.axes(trace);
        let mut inputs = 0..program.inputs.len();
        Self {
            program,
            has_space: inputs.any(|input| !map.table.space_of(input).is_empty()),
            map,
            rows: Rows::of(map, program.outputs[0]),
            producers: program.producers(),
        }
    }

    pub(super) fn producer(&self, tensor: TensorId) -> Option<&'a Node> {
        let position = *self.producers.get(&tensor)?;
        Some(&self.program.nodes[position])
    }

    /// The operands of a node that have positions.
    pub(super) fn operands<'n>(&self, node: &'n Node) -> impl Iterator<Item = &'n TensorIr> {
        node.op.inputs().filter(|it| self.are_in(it.id))
    }

    /// A node's output as a map of channels at positions, if it is one.
    pub(super) fn feature_map(&self, node: &Node) -> Option<FeatureMap> {
        let output = node.output().filter(|output| output.dtype.is_float())?;
        let dimensions = self.map.dimensions(output.id).unwrap_or_default();
        FeatureMap::of(dimensions, self.rows, &self.map.table).ok()
    }

    /// Whether a tensor has positions.
    pub(super) fn are_in(&self, tensor: TensorId) -> bool {
        let dimensions = self.map.dimensions(tensor).unwrap_or_default();
        let is_computed = holds_computed_features(dimensions, &self.map.table);
        dimensions
            .iter()
            .any(|it| self.are_counted_by(it, is_computed))
    }

    /// At how many positions a tensor has values.
    pub(super) fn count(&self, tensor: TensorId) -> usize {
        let dimensions = self.map.dimensions(tensor).unwrap_or_default();
        let is_computed = holds_computed_features(dimensions, &self.map.table);
        let with_positions = dimensions
            .iter()
            .filter(|it| self.are_counted_by(it, is_computed));
        with_positions.map(Dimension::size).product()
    }

    fn are_counted_by(&self, dimension: &Dimension, is_computed: bool) -> bool {
        let table = &self.map.table;
        let factors = dimension.factors().iter().filter(|factor| factor.len > 1);
        let factors: Vec<&Factor> = factors.collect();
        let only_axis = |factor: &&Factor| factor.line.axis();
        let is_flattened = factors
            .first()
            .and_then(only_axis)
            .is_some_and(|axis| table.is_features(axis));
        if self.has_space {
            let mut axes = factors.iter().flat_map(|factor| factor.line.axes());
            // Positions inside of channels are flattened ones.
            return !is_flattened && axes.any(|axis| table.is_space(axis));
        }
        factors
            .into_iter()
            .filter(|factor| !self.counts_samples(factor))
            .any(|factor| {
                let mut axes = factor.line.axes();
                axes.any(|axis| table.is_input(axis) && (is_computed || !table.is_features(axis)))
            })
    }

    fn counts_samples(&self, factor: &Factor) -> bool {
        let samples = self.rows.samples();
        samples.is_some_and(|it| it.within(factor, &self.map.table).is_some())
    }
}
