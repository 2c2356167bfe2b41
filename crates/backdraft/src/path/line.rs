//! The straight line from a baseline to the input.

use crate::inputs::rows::{map, sums_of_all, zip, zip_all};
use crate::run::batching::{Point, Work};
use crate::{AnyTensor, Differentiable, Error, Inputs, Target};

pub(crate) struct Line<'a, M: ?Sized> {
    model: &'a M,
    target: &'a dyn Target,
    inputs: Inputs,
    baseline: Vec<AnyTensor>,
    difference: Vec<AnyTensor>,
}

/// The integral over a part of the line.
pub(super) struct Integral {
    /// The weighted sum of gradients times the difference, one tensor for each float input.
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

impl<'a, M: Differentiable + ?Sized> Line<'a, M> {
    pub(crate) fn new(
        model: &'a M,
        inputs: &Inputs,
        target: &'a dyn Target,
        baseline: &[AnyTensor],
        input: &[AnyTensor],
    ) -> Self {
        Self {
            model,
            target,
            inputs: inputs.clone(),
            baseline: baseline.to_vec(),
            difference: zip_all(input, baseline, |x, b| x - b),
        }
    }

    /// The integral over points, given by position and weight.
    pub(super) fn integral(
        &self,
        work: &mut Work,
        points: &[(f64, f64)],
    ) -> Result<Integral, Error> {
        let (sum, scores) = self.gradients(work, points)?;
        Ok(Integral {
            values: zip_all(&sum, &self.difference, |sum, d| sum * d),
            scores,
        })
    }

    /// The weighted sum of gradients over points, given by position and weight, and the scores at every point.
    pub(crate) fn gradients(
        &self,
        work: &mut Work,
        points: &[(f64, f64)],
    ) -> Result<(Vec<AnyTensor>, Vec<Vec<f64>>), Error> {
        let mut weights = points.iter().map(|&(_, weight)| weight);
        let mut sum: Option<Vec<AnyTensor>> = None;
        let mut scores = Vec::new();
        let positions = points.iter().map(|&(position, _)| position);
        self.each(work, positions, |point| {
            let weight = weights.next().expect("a weight for every point");
            let gradients = point.gradients;
            sum = Some(match sum.take() {
                None => gradients.iter().map(|g| map(g, |g| g * weight)).collect(),
                Some(sum) => zip_all(&sum, &gradients, |sum, g| sum + g * weight),
            });
            scores.push(point.scores);
        })?;
        Ok((sum.unwrap_or_default(), scores))
    }

    /// Calls `each` with what the model says at every position, in order.
    pub(crate) fn each(
        &self,
        work: &mut Work,
        positions: impl Iterator<Item = f64>,
        mut each: impl FnMut(Point),
    ) -> Result<(), Error> {
        let points = positions.map(|position| self.at(position));
        work.gradients(self.model, &self.inputs, self.target, points, |_, point| {
            each(point);
        })
    }

    /// The values at a position between the baseline, 0, and the input, 1.
    pub(crate) fn at(&self, position: f64) -> Vec<AnyTensor> {
        let pairs = self.baseline.iter().zip(&self.difference);
        pairs
            .map(|(b, d)| zip(b, d, |b, d| b + d * position))
            .collect()
    }
}
