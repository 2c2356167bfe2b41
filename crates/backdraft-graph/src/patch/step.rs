//! One operation that a local change reaches locally.

use burn::backend::ir::{TensorId, TensorIr};

use crate::patch::area::Area;
use crate::patch::reach::Reach;
use crate::schedule::Task;

/// A task whose output changes in a known area.
#[derive(Debug)]
pub(super) struct Step<'g> {
    pub(super) task: &'g Task<'g>,
    pub(super) reach: Reach,
    /// Of the operands those that change, the largest first.
    pub(super) changed: Vec<TensorId>,
    /// The first of them.
    pub(super) operand: &'g TensorIr,
    pub(super) output: &'g TensorIr,
}

impl Step<'_> {
    /// The area of the output that the areas of its operands reach.
    pub(super) fn reached<'a>(&self, area: impl Fn(TensorId) -> &'a Area) -> Area {
        let areas = self.changed.iter().map(|&tensor| area(tensor));
        let all = areas
            .cloned()
            .reduce(|a, b| a.union(&b))
            .expect("an operand changes");
        let Reach::Window(windowed) = &self.reach else {
            return all;
        };
        let axes = windowed
            .windows
            .iter()
            .zip(&all.0)
            .zip(&self.output.shape[2..]);
        Area(
            axes.map(|((window, changed), &size)| window.reached(changed, size))
                .collect(),
        )
    }
}

/// The positions of a tensor `[rows, channels, space...]`.
pub(super) fn positions(tensor: &TensorIr) -> usize {
    tensor.shape[2..].iter().product()
}

/// The channels of a tensor `[rows, channels, space...]`.
pub(super) fn channels(tensor: &TensorIr) -> usize {
    tensor.shape[1]
}
