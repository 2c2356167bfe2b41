//! What a model says along a curve.

use crate::inputs::rows::{map, sums_of_all, zip_all};
use crate::path::path::Curve;
use crate::run::batching::{Point, Work};
use crate::{AnyTensor, Differentiable, Error, Inputs, Target};

/// A model along a curve to its inputs.
pub(crate) struct Along<'a, M: ?Sized> {
    pub(super) model: &'a M,
    pub(super) target: &'a dyn Target,
    pub(super) inputs: &'a Inputs,
    pub(super) curve: &'a dyn Curve,
    /// The target's scores where the curve begins, and where it ends.
    pub(super) scores: (&'a [f32], &'a [f32]),
}

/// The integral over a part of a curve.
pub(super) struct Integral {
    /// The weighted sum of gradients times velocities, one tensor for each float input.
    pub(super) values: Vec<AnyTensor>,
    /// The scores at every point, row by row.
    pub(super) scores: Vec<Vec<f64>>,
}

impl Integral {
    /// What every row's values sum to.
    pub(super) fn sums(&self) -> Vec<f64> {
        sums_of_all(&self.values)
    }
}

impl<M: Differentiable + ?Sized> Along<'_, M> {
    /// The integral over points, given by position and weight.
    pub(super) fn integral(
        &self,
        work: &mut Work,
        points: &[(f64, f64)],
    ) -> Result<Integral, Error> {
        let mut scores = Vec::new();
        let values = self.sum(work, points, |position, point| {
            scores.push(point.scores);
            let velocity = self.curve.velocity(position);
            zip_all(&point.gradients, &velocity, |g, v| g * v)
        })?;
        Ok(Integral { values, scores })
    }

    /// The weighted sum of gradients over points, given by position and weight.
    pub(crate) fn gradients(
        &self,
        work: &mut Work,
        points: &[(f64, f64)],
    ) -> Result<Vec<AnyTensor>, Error> {
        self.sum(work, points, |_, point| point.gradients)
    }

    /// The weighted sum of what `values` makes of every point.
    fn sum(
        &self,
        work: &mut Work,
        points: &[(f64, f64)],
        mut values: impl FnMut(f64, Point) -> Vec<AnyTensor>,
    ) -> Result<Vec<AnyTensor>, Error> {
        let mut sum: Option<Vec<AnyTensor>> = None;
        let mut remaining = points.iter();
        let positions = points.iter().map(|&(position, _)| position);
        self.each(work, positions, |point| {
            let &(position, weight) = remaining.next().expect("a weight for every point");
            let values = values(position, point);
            sum = Some(match sum.take() {
                None => values.iter().map(|v| map(v, |v| v * weight)).collect(),
                Some(sum) => zip_all(&sum, &values, |sum, v| sum + v * weight),
            });
        })?;
        Ok(sum.unwrap_or_default())
    }

    /// Calls `each` with what the model says at every position, in order.
    pub(crate) fn each(
        &self,
        work: &mut Work,
        positions: impl Iterator<Item = f64>,
        each: impl FnMut(Point),
    ) -> Result<(), Error> {
        self.each_of(work, positions.map(|position| self.at(position)), each)
    }

    /// Calls `each` with what the model says of every one of these values, in order.
    pub(super) fn each_of(
        &self,
        work: &mut Work,
        points: impl IntoIterator<Item = Vec<AnyTensor>>,
        mut each: impl FnMut(Point),
    ) -> Result<(), Error> {
        work.gradients(self.model, self.inputs, self.target, points, |_, point| {
            each(point);
        })
    }

    /// The values at a position between the beginning, 0, and the input, 1.
    pub(crate) fn at(&self, position: f64) -> Vec<AnyTensor> {
        self.curve.at(position)
    }
}
