//! A quirk of LXT: its stabilizer is added to a denominator whatever the sign of that, so that one of about `-ε` makes
//! relevance larger instead of bounding it.

use backdraft::AnyTensor;
use backdraft::graph::{Rule, Step};
use backdraft::lrp::stabilized;

/// A rule whose denominators are `c z + ε` instead of `c z + ε sign(z)`.
#[derive(Debug)]
pub(super) struct AddsAlways<R> {
    stabilizer: f64,
    factor: f64,
    rule: R,
}

impl<R: Rule> AddsAlways<R> {
    /// The quirk of a rule, which has this stabilizer itself.
    pub(super) fn new(stabilizer: f64, rule: R) -> Self {
        Self {
            stabilizer,
            factor: 1.0,
            rule,
        }
    }

    /// The multiple `c` of the output that is divided by.
    pub(super) fn with_factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }
}

impl<R: Rule> Rule for AddsAlways<R> {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let z = step.output().flat() * self.factor;
        let ratio = stabilized(z.clone(), self.stabilizer) / (z + self.stabilizer);
        let relevance = AnyTensor::from(gradient.flat() * ratio).reshape_to(gradient.shape());
        self.rule.gradient(step, operand, relevance)
    }
}
