//! Input shift invariance.

use backdraft_graph::Rewrite;

use crate::Error;
use crate::evaluation::EvaluationError;
use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::axioms::judge::{judge, largest};
use crate::evaluation::axioms::probe::{Probe, REIMPLEMENTATION};
use crate::evaluation::check::Check;
use crate::evaluation::layout::Rows;
use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;

const AXIOM: Axiom = Axiom::new("input shift invariance", 6);

/// If a constant is added to the input, and the network takes it away again before its first layer, the
/// attributions must stay the same.
///
/// ```text
/// G(x) = F(x - c)   =>   A_i of G at x + c, with baseline b + c  =  A_i of F at x, with baseline b
/// ```
///
/// Kindermans et al., [*The (Un)reliability of saliency methods*](https://arxiv.org/abs/1711.00867), 2019,
/// where it is called input invariance. It is what happens if one data loader centers its data and another
/// leaves it to the network.
///
/// The other network is made by [`Rewrite::ShiftInput`], and that both compute the same is verified at input,
/// baseline and 16 random points. The baseline moves with the input. A method that has a baseline of its own,
/// and be it zero by name, fails, as in the paper.
///
/// The slack is the largest difference between two attributions of a feature, relative to the sample's
/// largest attribution.
///
/// | option | default |
/// |---|---|
/// | [`with_shift`](Self::with_shift) | 1, in units of the input |
/// | [`with_tolerance`](Self::with_tolerance) | 0.01 |
///
/// ```
/// use backdraft::axioms::InputShiftInvariance;
/// use backdraft::evaluation::{Check, Problem};
/// use backdraft::{Baseline, Class, InputXGradient, IntegratedGradients, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[3.0, 1.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.sum_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let problem = Problem::new(&net, x, Baseline::zeros(), Class(0))?;
/// let check = InputShiftInvariance::new();
///
/// let moved = |baseline| IntegratedGradients::new().with_baseline(baseline);
/// assert!(check.check(&problem, moved)?.passed());
/// // Zero is another point of the shifted input: 3 + 1 - 0 is not 3 - 0.
/// let fixed = check.check(&problem, |_| IntegratedGradients::new().with_baseline(Baseline::zeros()))?;
/// assert!((fixed.slack().unwrap() - 0.25).abs() < 1e-6);
/// assert!(check.check(&problem, |_| InputXGradient::new())?.failed());
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InputShiftInvariance {
    shift: f64,
    tolerance: f64,
}

impl Default for InputShiftInvariance {
    fn default() -> Self {
        Self {
            shift: 1.0,
            tolerance: 0.01,
        }
    }
}

impl InputShiftInvariance {
    /// Inputs are shifted by one.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is added to every float input, in its own units.
    #[must_use]
    pub fn with_shift(mut self, shift: f64) -> Self {
        self.shift = shift;
        self
    }

    /// The largest slack with which the axiom counts as kept.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }
}

impl Check for InputShiftInvariance {
    fn name(&self) -> CheckName {
        AXIOM.name()
    }

    /// # Errors
    ///
    /// If the method fails, the shift is no finite number or the tolerance no positive one, or
    /// [`EvaluationError::DifferentFunctions`] if the shift is so large that rounding changes the function.
    fn run(&self, problem: &Problem<'_>, method: &Subject<'_>) -> Result<Outcome, Error> {
        judge(AXIOM, problem.samples(), self.tolerance, |comparisons| {
            let by = self.shift;
            let network = problem.rewritten(&[Rewrite::ShiftInput { by }])?;
            let other = problem.with_model(&network);
            let shift = |row: &mut [f64]| {
                for value in row {
                    *value += by;
                }
            };
            let probe = Probe::new(problem, AXIOM)?;
            if let Some(found) = probe.disagreement(&other, REIMPLEMENTATION, shift)? {
                return Err(Error::Evaluation(EvaluationError::DifferentFunctions {
                    other: format!("this one, for inputs that are shifted by {by}"),
                    sample: found.sample,
                    score: found.score,
                    other_score: found.other,
                }));
            }
            let shifted = |rows: &Rows| {
                let mut rows = rows.clone();
                for row in &mut rows {
                    shift(row);
                }
                rows
            };
            let (input, baseline) = (problem.input(), problem.baseline());
            let expected = problem.attributions(method, input, baseline)?;
            let found = other.attributions(method, &shifted(input), &shifted(baseline))?;
            let scales = largest(&[&found, &expected]);
            let circumstance = format!("input and baseline were shifted by {by}");
            comparisons.compare_all(problem, [&found, &expected], &scales, &circumstance);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{net, problem};
    use crate::{Baseline, InputXGradient, IntegratedGradients, Saliency};
    use burn::tensor::activation::relu;

    #[test]
    fn only_a_baseline_that_moves_with_the_input_keeps_attributions() {
        let net = net(|x| relu(x * 2.0 - 1.0).sum_dim(1));
        let problem = problem(&net, [[3.0, 1.0], [0.25, 2.0]]);
        let check = InputShiftInvariance::new();
        let moved = |baseline| IntegratedGradients::new().with_baseline(baseline);
        assert!(check.check(&problem, moved).unwrap().passed());
        assert!(check.check(&problem, |_| Saliency::new()).unwrap().passed());
        let fixed = |_| IntegratedGradients::new().with_baseline(Baseline::zeros());
        assert!(check.check(&problem, fixed).unwrap().failed());
        // (x + 1) · 2 and not x · 2.
        let failed = check.check(&problem, |_| InputXGradient::new()).unwrap();
        let counterexample = failed.counterexample().unwrap();
        let difference = counterexample.found - counterexample.expected;
        assert!((difference - 2.0).abs() < 1e-6);
        assert_eq!(
            counterexample.circumstance,
            "input and baseline were shifted by 1"
        );
    }

    #[test]
    fn a_shift_that_swallows_the_input_is_refused() {
        let net = net(|x| x.sum_dim(1));
        let problem = problem(&net, [[3.0, 1.0]]);
        let check = |shift| {
            let check = InputShiftInvariance::new().with_shift(shift);
            check.check(&problem, |_| Saliency::new()).unwrap_err()
        };
        assert!(matches!(
            check(1e9),
            Error::Evaluation(EvaluationError::DifferentFunctions { .. })
        ));
        assert!(matches!(check(f64::NAN), Error::Graph(_)));
    }
}
