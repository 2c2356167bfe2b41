//! Completeness, or summation to delta.

use crate::attribution::Cancellation;
use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::axioms::judge::{judge, relative};
use crate::evaluation::check::Check;
use crate::evaluation::counterexample::{Counterexample, short};
use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;
use crate::{Differentiable, Error};

const AXIOM: Axiom = Axiom::new("completeness", 3);

/// The part of the scores, or of the attributions, below which a change is lost in rounding.
const NEGLIGIBLE: f64 = 1e-3;

/// Attributions must sum to the change of the target between baseline and input.
///
/// ```text
/// sum over i of A_i = F(x) - F(b)
/// ```
///
/// Sundararajan et al., [*Axiomatic Attribution for Deep Networks*](https://arxiv.org/abs/1703.01365), 2017;
/// summation to delta in Shrikumar et al., [*Learning Important
/// Features*](https://arxiv.org/abs/1704.02685), 2017.
///
/// The slack is the gap `|sum A - (F(x) - F(b))|` relative to the change `|F(x) - F(b)|`. Where the change is
/// less than a thousandth of the larger score, or of the sum of absolute attributions, the gap is relative to
/// that thousandth, so that nothing is divided by a change that is mostly rounding.
///
/// A sum that is right says nothing where [digits are lost](Cancellation): if the absolute attributions sum to so much
/// that a millionth of it, which is what single precision rounds, is more than a hundredth of the change, the verdict is
/// [`Cancellation`](crate::evaluation::Verdict::Cancellation) in place of passed.
///
/// The tolerance is 0.01 by default: with their usual number of steps, path methods leave less.
///
/// In a linear regression every contribution is `w_i x_i`, and their sum is what the prediction changes by:
///
/// ```
/// use backdraft::axioms::Completeness;
/// use backdraft::evaluation::{Check, Problem};
/// use backdraft::{Baseline, Class, InputXGradient, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[3.0, 4.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.clone().narrow(1, 0, 1) * 2.0 - x.narrow(1, 1, 1) + 0.5;
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let problem = Problem::new(&net, x, Baseline::zeros(), Class(0))?;
///
/// // 2 · 3 - 4 = 2, but the weights sum to 2 - 1 = 1.
/// assert!(Completeness::new().check(&problem, |_| InputXGradient::new())?.passed());
/// let check = Completeness::new().check(&problem, |_| Saliency::new())?;
/// let counterexample = check.counterexample().unwrap();
/// assert_eq!((counterexample.found, counterexample.expected), (1.0, 2.0));
/// assert_eq!(check.slack(), Some(0.5));
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Completeness {
    tolerance: f64,
}

impl Default for Completeness {
    fn default() -> Self {
        Self { tolerance: 0.01 }
    }
}

impl Completeness {
    /// A gap of a hundredth of the change is tolerated.
    pub fn new() -> Self {
        Self::default()
    }

    /// The largest slack with which the axiom counts as kept.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }
}

impl<M: Differentiable + ?Sized> Check<M> for Completeness {
    fn name(&self) -> CheckName {
        AXIOM.name()
    }

    /// # Errors
    ///
    /// If the method fails, or the tolerance is negative or not finite.
    fn run(&self, problem: &Problem<'_, M>, method: &Subject<'_, M>) -> Result<Outcome, Error> {
        judge(AXIOM, problem.samples(), self.tolerance, |comparisons| {
            let values = problem.summands(method, problem.input(), problem.baseline())?;
            let [start, end] = [problem.baseline_scores()?, problem.input_scores()?];
            for (sample, values) in values.iter().enumerate() {
                let (start, end) = (start[sample], end[sample]);
                let (found, expected) = (values.iter().sum::<f64>(), end - start);
                let absolute: f64 = values.iter().map(|value| value.abs()).sum();
                let size = start.abs().max(end.abs()).max(absolute);
                let scale = expected.abs().max(NEGLIGIBLE * size);
                comparisons.compare(sample, relative((found - expected).abs(), scale), || {
                    Counterexample {
                        sample,
                        feature: None,
                        input: None,
                        baseline: None,
                        found,
                        expected,
                        circumstance: changed(start, end),
                    }
                });
                if let Some(cancellation) = Cancellation::of(absolute, end, start) {
                    comparisons.cancelled(format!("sample {sample}: {cancellation}"));
                }
            }
            Ok(())
        })
    }
}

fn changed(start: f64, end: f64) -> String {
    format!("the target changed from {} to {}", short(start), short(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{made, net, problem};

    #[test]
    fn a_gap_is_relative_to_the_change() {
        let net = net(|x| x.sum_dim(1) + 10.0);
        let problem = problem(&net, [[1.0, 3.0]]);
        let check = |values| {
            let method = move |_| made(move |_| vec![values]);
            Completeness::new().check(&problem, method).unwrap()
        };
        assert!(check([3.0, 1.01]).passed());
        let failed = check([3.0, 3.0]);
        assert_eq!((failed.cases(), failed.slack()), (1, Some(0.5)));
        let counterexample = failed.counterexample().unwrap();
        assert_eq!((counterexample.found, counterexample.expected), (6.0, 4.0));
        assert_eq!(counterexample.feature, None);
        assert_eq!(
            counterexample.circumstance,
            "the target changed from 10 to 14"
        );
    }

    #[test]
    fn a_change_of_nothing_is_not_divided_by() {
        let net = net(|x| x.clone().narrow(1, 0, 1) - x.narrow(1, 1, 1) + 100.0);
        let problem = problem(&net, [[2.0, 2.0]]);
        let check = |values| {
            let method = move |_| made(move |_| vec![values]);
            Completeness::new().check(&problem, method).unwrap()
        };
        let exact = check([2.0, -2.0]);
        assert_eq!((exact.cases(), exact.slack()), (1, Some(0.0)));
        // A thousandth of 100.
        assert!((check([2.1, -2.0]).slack().unwrap() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn values_that_are_no_numbers_are_refused() {
        let net = net(|x| x.sum_dim(1));
        let problem = problem(&net, [[2.0, 2.0]]);
        let method = |_| made(|_| vec![[f32::NAN, 0.0]]);
        let error = Completeness::new().check(&problem, method).unwrap_err();
        assert!(matches!(error, Error::NotFinite(_)), "{error}");
    }

    #[test]
    fn values_that_cancel_are_said_to() {
        let net = net(|x| x.sum_dim(1));
        let problem = problem(&net, [[1.0, 3.0]]);
        let check = |values| {
            let method = move |_| made(move |_| vec![values]);
            Completeness::new().check(&problem, method).unwrap()
        };
        // The change is 4: up to 40,000 a millionth is less than a hundredth of it.
        assert!(check([15_002.0, -14_998.0]).passed());
        let cancelled = check([25_002.0, -24_998.0]);
        assert!(!cancelled.passed() && !cancelled.failed());
        assert_eq!(
            cancelled.to_string(),
            "completeness: cancellation with slack 0.0e0 (tolerance 1.0e-2): sample 0: cancellation: the absolute \
             attributions sum to 5.0e4 where the target changes by 4.0e0, so that rounding decides what is left of them"
        );
        // A sum that is wrong all the same is wrong.
        assert!(check([25_002.0, -22_998.0]).failed());
    }
}
