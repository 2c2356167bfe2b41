//! Linearity.

use std::fmt;
use std::sync::Arc;

use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::axioms::judge::{judge, largest};
use crate::evaluation::check::Check;
use crate::evaluation::layout::Rows;
use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;
use crate::targets::Explained;
use crate::{AnyTensor, Class, Differentiable, Error, Target};

const AXIOM: Axiom = Axiom::new("linearity", 4);

/// The attributions of a weighted sum of two targets must be the weighted sum of their attributions.
///
/// ```text
/// H = p F + q G   =>   A_i of H = p · A_i of F + q · A_i of G
/// ```
///
/// Sundararajan et al., [*Axiomatic Attribution for Deep Networks*](https://arxiv.org/abs/1703.01365), 2017,
/// after Aumann and Shapley. It needs no second network: the sum is a target.
///
/// The slack is the largest difference between both sides, relative to the largest value of the sample among
/// the three terms. The problem's own target isn't looked at.
///
/// | option | default |
/// |---|---|
/// | [`with_targets`](Self::with_targets) | classes 0 and 1; the axiom doesn't apply where there are none |
/// | [`with_weights`](Self::with_weights) | 2 and -1: rules that look at the sign of a gradient show |
/// | [`with_tolerance`](Self::with_tolerance) | 0.01 |
///
/// ```
/// use backdraft::axioms::Linearity;
/// use backdraft::evaluation::{Check, Problem};
/// use backdraft::{Baseline, Class, GuidedBackprop, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[1.0, 3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| relu(x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let problem = Problem::new(&net, x, Baseline::zeros(), Class(0))?;
///
/// assert!(Linearity::new().check(&problem, |_| Saliency::new())?.passed());
/// // The gradient of 2 x_0 - x_1 is (2, -1), and the rule stops what is negative.
/// let check = Linearity::new().check(&problem, |_| GuidedBackprop::new())?;
/// let counterexample = check.counterexample().unwrap();
/// assert_eq!((counterexample.found, counterexample.expected), (0.0, -1.0));
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone)]
pub struct Linearity<'a> {
    targets: Option<[Arc<dyn Target + 'a>; 2]>,
    weights: [f64; 2],
    tolerance: f64,
}

impl Default for Linearity<'_> {
    fn default() -> Self {
        Self {
            targets: None,
            weights: [2.0, -1.0],
            tolerance: 0.01,
        }
    }
}

impl fmt::Debug for Linearity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linearity")
            .field("weights", &self.weights)
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

impl<'a> Linearity<'a> {
    /// Twice class 0 minus class 1.
    pub fn new() -> Self {
        Self::default()
    }

    /// The two targets.
    #[must_use]
    pub fn with_targets(mut self, first: impl Target + 'a, second: impl Target + 'a) -> Self {
        self.targets = Some([Arc::new(first), Arc::new(second)]);
        self
    }

    /// What the two targets are multiplied with.
    #[must_use]
    pub fn with_weights(mut self, weights: [f64; 2]) -> Self {
        self.weights = weights;
        self
    }

    /// The largest slack with which the axiom counts as kept.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The problem for either target; `None` if there are none.
    fn problems<'b, M: Differentiable + ?Sized>(
        &'b self,
        problem: &Problem<'b, M>,
    ) -> Result<Option<[Problem<'b, M>; 2]>, Error> {
        if let Some([first, second]) = &self.targets {
            return Ok(Some([
                problem.with_target(&**first)?,
                problem.with_target(&**second)?,
            ]));
        }
        match (problem.with_target(Class(0)), problem.with_target(Class(1))) {
            (Ok(first), Ok(second)) => Ok(Some([first, second])),
            (Err(error), _) | (_, Err(error)) if has_no_class(&error) => Ok(None),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

impl<M: Differentiable + ?Sized> Check<M> for Linearity<'_> {
    fn name(&self) -> CheckName {
        AXIOM.name()
    }

    /// # Errors
    ///
    /// If the method fails, a given target doesn't fit, or the tolerance is negative or not finite.
    fn run(&self, problem: &Problem<'_, M>, method: &Subject<'_, M>) -> Result<Outcome, Error> {
        judge(AXIOM, problem.samples(), self.tolerance, |comparisons| {
            comparisons
                .nothing_to_compare("the output isn't two classes or more; name two targets");
            let Some([first, second]) = self.problems(problem)? else {
                return Ok(());
            };
            let sum = Sum {
                targets: [first.target(), second.target()],
                weights: self.weights,
            };
            let name = sum.name();
            let sum = problem.with_target(sum)?;
            let attributions = |problem: &Problem<'_, M>| {
                problem.attributions(method, problem.input(), problem.baseline())
            };
            let terms = [
                scaled(&attributions(&first)?, self.weights[0]),
                scaled(&attributions(&second)?, self.weights[1]),
            ];
            let found = attributions(&sum)?;
            let expected = added(&terms);
            let scales = largest(&[&found, &terms[0], &terms[1]]);
            let circumstance = format!("explained is {name}");
            comparisons.compare_all(problem, [&found, &expected], &scales, &circumstance);
            Ok(())
        })
    }
}

/// Whether the output isn't one of classes, or has too few.
fn has_no_class(error: &Error) -> bool {
    matches!(
        error,
        Error::Unknown { what: "class", .. }
            | Error::WrongShape {
                what: "a class",
                ..
            }
    )
}

/// A weighted sum of two targets.
struct Sum<'a> {
    targets: [Arc<dyn Target + 'a>; 2],
    weights: [f64; 2],
}

impl Sum<'_> {
    fn name(&self) -> String {
        let [p, q] = self.weights;
        format!("{p} times the first target plus {q} times the second")
    }
}

impl Target for Sum<'_> {
    fn scores(&self, outputs: &[AnyTensor]) -> Result<Explained, Error> {
        let first = self.targets[0].scores(outputs)?;
        let second = self.targets[1].scores(outputs)?;
        Ok(Explained {
            scores: first.scores * self.weights[0] + second.scores * self.weights[1],
            name: self.name(),
        })
    }
}

fn scaled(rows: &Rows, factor: f64) -> Rows {
    let row = |row: &Vec<f64>| row.iter().map(|value| value * factor).collect();
    rows.iter().map(row).collect()
}

fn added([a, b]: &[Rows; 2]) -> Rows {
    let row = |(a, b): (&Vec<f64>, &Vec<f64>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
    a.iter().zip(b).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::counterexample::Counterexample;
    use crate::evaluation::testing::{net, problem};
    use crate::{Margin, Saliency, Score, TopClass, VarGrad};
    use burn::tensor::Tensor;

    #[test]
    fn variances_are_not_linear() {
        let net = net(|x| x.clone() * x);
        let problem = problem(&net, [[3.0, 1.0]]);
        let check = Linearity::new().with_weights([2.0, 0.0]);
        let check = check
            .check(&problem, |_| VarGrad::new(Saliency::new()))
            .unwrap();
        assert!(check.failed());
        // The variance of twice the gradient is four times its variance, not twice.
        let Counterexample {
            found, expected, ..
        } = check.counterexample().unwrap();
        assert!((found - 2.0 * expected).abs() < 1e-4 * found);
    }

    #[test]
    fn one_class_takes_given_targets() {
        let net = net(|x| x.clone().sum_dim(1) * 3.0);
        let problem = problem(&net, [[3.0, 1.0]]);
        let check = Linearity::new()
            .check(&problem, |_| Saliency::new())
            .unwrap();
        assert_eq!(check.cases(), 0);
        let square = Score::new("square", |y: Tensor<2>| (y.clone() * y).squeeze_dim(1));
        let given = Linearity::new()
            .with_targets(Class(0), square)
            .with_weights([1.0, 0.5]);
        assert!(given.check(&problem, |_| Saliency::new()).unwrap().passed());
        let unfit = Linearity::new().with_targets(Class(0), Margin { class: 0, over: 1 });
        let error = unfit.check(&problem, |_| Saliency::new()).unwrap_err();
        assert!(
            matches!(&error, Error::Unknown { what: "class", name, .. } if name == "1"),
            "{error}"
        );
    }

    #[test]
    fn targets_that_follow_the_outputs_stay_what_they_are_at_the_input() {
        let net = net(|x| x);
        let problem = problem(&net, [[3.0, 1.0]]);
        let check = Linearity::new().with_targets(TopClass, Class(1));
        assert!(check.check(&problem, |_| Saliency::new()).unwrap().passed());
    }
}
