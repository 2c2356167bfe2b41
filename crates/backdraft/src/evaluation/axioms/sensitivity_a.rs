//! Sensitivity (a): what makes a difference gets attribution.

use rand::seq::SliceRandom;

use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::axioms::judge::{judge, relative};
use crate::evaluation::check::Check;
use crate::evaluation::counterexample::{Counterexample, short};
use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;
use crate::{Differentiable, Error};

const AXIOM: Axiom = Axiom::new("sensitivity (a)", 0);

/// What counts as an attribution of zero, relative to the sample's largest one: rounding in float32.
const ZERO: f64 = 1e-6;

/// If input and baseline differ in one feature and have different predictions, this feature must get some
/// attribution.
///
/// ```text
/// x and b differ in feature i alone, F(x) ≠ F(b)   =>   A_i ≠ 0
/// ```
///
/// Sundararajan et al., [*Axiomatic Attribution for Deep Networks*](https://arxiv.org/abs/1703.01365), 2017.
///
/// The pairs are generated: the input, and as its baseline the input with one feature replaced by the
/// problem's baseline value. So a problem whose input and baseline differ in one feature *is* a given pair. For
/// a problem with more features some are drawn.
///
/// The slack is the largest change of the prediction that got an attribution of zero (below a millionth of
/// the sample's largest), relative to the larger of both scores. The tolerance is 1e-4 by default: smaller
/// changes are taken for none, as rounding makes up to a tenth of that. The axiom doesn't apply where no
/// feature alone changes the prediction.
///
/// | option | default |
/// |---|---|
/// | [`with_pairs`](Self::with_pairs) | 16 pairs for each sample |
/// | [`with_tolerance`](Self::with_tolerance) | 1e-4 |
///
/// `F(x) = relu(x)` falls by 2 between the baseline 2 and the input -2, where it is flat. So the gradient
/// says that the feature has nothing to do with it:
///
/// ```
/// use backdraft::axioms::SensitivityA;
/// use backdraft::evaluation::{Check, Problem};
/// use backdraft::{Baseline, Class, IntegratedGradients, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[-2.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| relu(x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let problem = Problem::new(&net, x, Baseline::constant(2.0), Class(0))?;
///
/// let check = SensitivityA::new().check(&problem, |_| Saliency::new())?;
/// assert_eq!(
///     check.to_string(),
///     "sensitivity (a): failed with slack 1.0e0 (tolerance 1.0e-4): sample 0, feature [0] of input 0 \
///      (input -2, baseline 2): found 0, expected -2: the feature alone changed the target from 2 to 0"
/// );
/// let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
/// assert!(SensitivityA::new().check(&problem, integrated)?.passed());
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SensitivityA {
    pairs: usize,
    tolerance: f64,
}

impl Default for SensitivityA {
    fn default() -> Self {
        Self {
            pairs: 16,
            tolerance: 1e-4,
        }
    }
}

impl SensitivityA {
    /// Sixteen pairs for each sample.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many pairs there are for each sample, at most one for each feature.
    #[must_use]
    pub fn with_pairs(mut self, pairs: usize) -> Self {
        self.pairs = pairs;
        self
    }

    /// The largest slack with which the axiom counts as kept.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// For each pair a feature of each sample that differs from the baseline, in random order. There is at
    /// least one, as no sample is its own baseline; a sample with few of them is tried with some again.
    fn features<M: Differentiable + ?Sized>(&self, problem: &Problem<'_, M>) -> Vec<Vec<usize>> {
        let mut random = problem.random(AXIOM.stream());
        let rows = problem.input().iter().zip(problem.baseline());
        let candidates: Vec<Vec<usize>> = rows
            .map(|(input, baseline)| {
                let differs =
                    |&position: &usize| (input[position] - baseline[position]).abs() > 0.0;
                let mut candidates: Vec<usize> = (0..input.len()).filter(differs).collect();
                candidates.shuffle(&mut random);
                candidates
            })
            .collect();
        let most = candidates.iter().map(Vec::len).max().unwrap_or(0);
        let of_pair = |pair: usize| {
            let candidates = candidates.iter();
            candidates
                .map(|candidates| candidates[pair % candidates.len()])
                .collect()
        };
        (0..self.pairs.min(most)).map(of_pair).collect()
    }
}

impl<M: Differentiable + ?Sized> Check<M> for SensitivityA {
    fn name(&self) -> CheckName {
        AXIOM.name()
    }

    /// # Errors
    ///
    /// If the method fails, or the tolerance is negative or not finite.
    fn run(&self, problem: &Problem<'_, M>, method: &Subject<'_, M>) -> Result<Outcome, Error> {
        judge(AXIOM, problem.samples(), self.tolerance, |comparisons| {
            comparisons.nothing_to_compare("no single feature changes the target");
            let input = problem.input();
            let after = problem.input_scores()?;
            for chosen in self.features(problem) {
                let mut baseline = input.clone();
                for (sample, &position) in chosen.iter().enumerate() {
                    baseline[sample][position] = problem.baseline()[sample][position];
                }
                let before = problem.scores(&baseline)?;
                let values = problem.attributions(method, input, &baseline)?;
                for (sample, &position) in chosen.iter().enumerate() {
                    let (before, after, values) = (before[sample], after[sample], &values[sample]);
                    let change = relative((after - before).abs(), after.abs().max(before.abs()));
                    if !change.is_finite() || change <= self.tolerance {
                        continue;
                    }
                    let zero = is_zero(values, position);
                    comparisons.compare(sample, if zero { change } else { 0.0 }, || {
                        Counterexample {
                            found: values[position],
                            expected: after - before,
                            ..Counterexample::at(
                                problem,
                                sample,
                                position,
                                alone_changed(before, after),
                            )
                        }
                    });
                }
            }
            Ok(())
        })
    }
}

fn alone_changed(before: f64, after: f64) -> String {
    let [before, after] = [before, after].map(short);
    format!("the feature alone changed the target from {before} to {after}")
}

fn is_zero(values: &[f64], position: usize) -> bool {
    let largest = values
        .iter()
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let value = values[position].abs();
    value.is_nan() || value <= ZERO * largest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{made, net, problem};
    use crate::{IntegratedGradients, Saliency};
    use burn::tensor::activation::relu;

    #[test]
    fn the_gradient_misses_what_saturates() {
        let net = net(|x| 1.0 - relu(1.0 - x));
        let problem = problem(&net, [[2.0], [0.5]]);
        let check = SensitivityA::new();
        let failed = check.check(&problem, |_| Saliency::new()).unwrap();
        assert_eq!((failed.cases(), failed.slack()), (2, Some(1.0)));
        let counterexample = failed.counterexample().unwrap();
        assert_eq!(counterexample.sample, 0);
        assert_eq!((counterexample.found, counterexample.expected), (0.0, 1.0));
        let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
        assert!(check.check(&problem, integrated).unwrap().passed());
    }

    #[test]
    fn every_sample_has_pairs_of_its_own() {
        // The first sample has one feature that isn't the baseline's, the second two.
        let net = net(|x| x.sum_dim(1));
        let problem = problem(&net, [[0.0, 5.0], [7.0, 3.0]]);
        let second_feature = |_| made(|x: &[[f32; 2]]| x.iter().map(|x| [0.0, x[1]]).collect());
        let check = SensitivityA::new().check(&problem, second_feature).unwrap();
        assert_eq!(check.cases(), 4);
        let counterexample = check.counterexample().unwrap();
        assert_eq!((counterexample.sample, counterexample.expected), (1, 7.0));
        assert_eq!(counterexample.feature.as_ref().unwrap().index, [0]);
    }

    #[test]
    fn a_target_that_never_changes_needs_no_attribution() {
        let net = net(|x| x * 0.0 + 1.0);
        let problem = problem(&net, [[2.0, 1.0]]);
        let check = SensitivityA::new()
            .check(&problem, |_| Saliency::new())
            .unwrap();
        assert_eq!(check.cases(), 0);
        assert!(check.to_string().contains("no single feature"), "{check}");
    }
}
