//! The straight line from a baseline to the input.

use super::affine::AffinePrefix;
use crate::evaluation::{Point, Work};
use crate::rows::{map, sum_per_row, to_vec, zip, zip_all};
use crate::{AnyTensor, Differentiable, Error, Inputs, Network, Target};

pub(crate) struct Line<'a, M: ?Sized> {
    model: &'a M,
    target: &'a dyn Target,
    segment: Segment,
    /// The same line behind the affine function.
    behind: Option<(&'a Shortcut, Segment)>,
}

/// The values between a baseline and the explained inputs of a network.
struct Segment {
    inputs: Inputs,
    baseline: Vec<AnyTensor>,
    difference: Vec<AnyTensor>,
}

/// The affine function that a model begins with, for lines that end at the same inputs.
pub(super) struct Shortcut {
    prefix: AffinePrefix,
    /// Of the rest of the model.
    inputs: Inputs,
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
        let sums = self.values.iter().map(sum_per_row).reduce(|a, b| a + b);
        sums.map(to_vec).unwrap_or_default()
    }
}

impl Segment {
    fn new(inputs: &Inputs, baseline: &[AnyTensor], input: &[AnyTensor]) -> Self {
        Self {
            inputs: inputs.clone(),
            baseline: baseline.to_vec(),
            difference: zip_all(input, baseline, |x, b| x - b),
        }
    }

    /// The values at a position between the baseline, 0, and the input, 1.
    fn at(&self, position: f64) -> Vec<AnyTensor> {
        let pairs = self.baseline.iter().zip(&self.difference);
        pairs
            .map(|(b, d)| zip(b, d, |b, d| b + d * position))
            .collect()
    }

    /// Calls `each` with what the model says at every position, in order.
    fn each<M: Differentiable + ?Sized>(
        &self,
        model: &M,
        target: &dyn Target,
        work: &mut Work<'_>,
        positions: impl Iterator<Item = f64>,
        mut each: impl FnMut(Point),
    ) -> Result<(), Error> {
        let points = positions.map(|position| self.at(position));
        work.gradients(model, &self.inputs, target, points, |_, point| each(point))
    }

    /// The weighted sum of gradients over points, given by position and weight, and the scores at every point.
    fn gradients<M: Differentiable + ?Sized>(
        &self,
        model: &M,
        target: &dyn Target,
        work: &mut Work<'_>,
        points: &[(f64, f64)],
    ) -> Result<(Vec<AnyTensor>, Vec<Vec<f64>>), Error> {
        let mut weights = points.iter().map(|&(_, weight)| weight);
        let mut sum: Option<Vec<AnyTensor>> = None;
        let mut scores = Vec::new();
        let positions = points.iter().map(|&(position, _)| position);
        self.each(model, target, work, positions, |point| {
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
}

impl Shortcut {
    /// `None` if the model doesn't begin with an affine function that is worth it.
    pub(super) fn of<M: Differentiable + ?Sized>(
        model: &M,
        inputs: &Inputs,
    ) -> Result<Option<Self>, Error> {
        let Some(prefix) = model.affine_prefix(inputs)? else {
            return Ok(None);
        };
        let end = prefix.value(inputs)?;
        Ok(Some(Self {
            inputs: inputs.behind(end),
            prefix,
        }))
    }

    /// The model and the inputs behind the function.
    pub(super) fn rest(&self) -> (&Network, &Inputs) {
        (self.prefix.rest(), &self.inputs)
    }

    fn segment(&self, inputs: &Inputs, baseline: &[AnyTensor]) -> Result<Segment, Error> {
        let start = self.prefix.value(&inputs.with_floats(baseline.to_vec()))?;
        Ok(Segment::new(&self.inputs, &[start], &self.inputs.floats()?))
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
            segment: Segment::new(inputs, baseline, input),
            behind: None,
        }
    }

    /// The same line; its [gradients](Self::gradients) don't go through the affine function at every point.
    pub(super) fn with_shortcut(mut self, shortcut: &'a Shortcut) -> Result<Self, Error> {
        let behind = shortcut.segment(&self.segment.inputs, &self.segment.baseline)?;
        self.behind = Some((shortcut, behind));
        Ok(self)
    }

    /// The integral over points, given by position and weight.
    pub(super) fn integral(
        &self,
        work: &mut Work<'_>,
        points: &[(f64, f64)],
    ) -> Result<Integral, Error> {
        let (sum, scores) = self.gradients(work, points)?;
        Ok(Integral {
            values: zip_all(&sum, &self.segment.difference, |sum, d| sum * d),
            scores,
        })
    }

    /// The weighted sum of gradients over points, given by position and weight, and the scores at every point.
    pub(crate) fn gradients(
        &self,
        work: &mut Work<'_>,
        points: &[(f64, f64)],
    ) -> Result<(Vec<AnyTensor>, Vec<Vec<f64>>), Error> {
        let Some((Shortcut { prefix, .. }, segment)) = &self.behind else {
            return (self.segment).gradients(self.model, self.target, work, points);
        };
        let (sum, scores) = segment.gradients(prefix.rest(), self.target, work, points)?;
        let sums = sum.iter();
        let sums = sums.map(|sum| prefix.pull_back(&self.segment.inputs, sum));
        Ok((sums.collect::<Result<_, _>>()?, scores))
    }

    /// Calls `each` with what the model says at every position, in order.
    pub(crate) fn each(
        &self,
        work: &mut Work<'_>,
        positions: impl Iterator<Item = f64>,
        each: impl FnMut(Point),
    ) -> Result<(), Error> {
        (self.segment).each(self.model, self.target, work, positions, each)
    }

    /// The values at a position between the baseline, 0, and the input, 1.
    pub(crate) fn at(&self, position: f64) -> Vec<AnyTensor> {
        self.segment.at(position)
    }
}
