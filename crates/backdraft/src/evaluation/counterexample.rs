//! Where a method fails a check.

use std::fmt;

use serde::Serialize;

use crate::Differentiable;
use crate::evaluation::feature::Feature;
use crate::evaluation::problem::Problem;

/// Where a method fails a check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counterexample {
    /// The sample of the batch.
    pub sample: usize,
    /// The feature, unless it is about the sum of all.
    pub feature: Option<Feature>,
    /// The feature's value in the input.
    pub input: Option<f64>,
    /// The feature's value in the baseline.
    pub baseline: Option<f64>,
    /// The attribution that the method gave; not a number if it gave none.
    pub found: f64,
    /// What it should have been.
    pub expected: f64,
    /// Under which circumstances.
    pub circumstance: String,
}

impl Counterexample {
    /// At a feature; the attributions are still to be filled in.
    pub(super) fn at<M: Differentiable + ?Sized>(
        problem: &Problem<'_, M>,
        sample: usize,
        position: usize,
        circumstance: impl Into<String>,
    ) -> Self {
        Self {
            sample,
            feature: Some(problem.feature(position)),
            input: Some(problem.input()[sample][position]),
            baseline: Some(problem.baseline()[sample][position]),
            found: 0.0,
            expected: 0.0,
            circumstance: circumstance.into(),
        }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sample {}", self.sample)?;
        if let Some(feature) = &self.feature {
            write!(f, ", {feature}")?;
        }
        if let (Some(input), Some(baseline)) = (self.input, self.baseline) {
            let [input, baseline] = [input, baseline].map(short);
            write!(f, " (input {input}, baseline {baseline})")?;
        }
        let [found, expected] = [self.found, self.expected].map(short);
        let circumstance = &self.circumstance;
        write!(f, ": found {found}, expected {expected}: {circumstance}")
    }
}

/// A number with the digits that float32 has, for messages.
pub(super) fn short(value: f64) -> f32 {
    value as f32
}
