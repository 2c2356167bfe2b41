//! Inputs with twice the samples.

use burn::tensor::Shape;

use crate::AnyTensor;
use crate::analysis::axes::{Place, Rows};

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
