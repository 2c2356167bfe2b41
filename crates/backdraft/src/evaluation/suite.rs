//! Several checks at once.

use crate::evaluation::axioms;
use crate::evaluation::check::Check;
use crate::evaluation::problem::Problem;
use crate::evaluation::report::Report;
use crate::evaluation::subject::Subject;
use crate::{Baseline, Differentiable, Error, Method, Network, Target, Tensors};

/// Several checks on one problem: by default every [axiom](axioms::all) with its default options.
///
/// ```
/// use backdraft::axioms::SensitivityA;
/// use backdraft::evaluation::Suite;
/// use backdraft::{Baseline, Class, IntegratedGradients, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[2.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| 1.0 - relu(1.0 - x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// let suite = Suite::new("saturating", &net, x, Baseline::zeros(), Class(0))?
///     .with_check(SensitivityA::new().with_pairs(1));
/// let saliency = suite.run("saliency", |_| Saliency::new())?;
/// let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
/// let integrated = suite.run("integrated-gradients", integrated)?;
///
/// println!("{saliency}\n{integrated}");
/// assert!(saliency.outcome("sensitivity (a)").unwrap().failed());
/// assert!(integrated.outcome("sensitivity (a)").unwrap().passed());
/// # Ok::<(), backdraft::Error>(())
/// ```
pub struct Suite<'a, M: ?Sized = Network> {
    name: String,
    problem: Problem<'a, M>,
    checks: Vec<Box<dyn Check<M> + 'a>>,
}

impl<'a> Suite<'a> {
    /// Every axiom on these inputs, with a name for reports.
    ///
    /// # Errors
    ///
    /// As for [`Problem::new`].
    pub fn new(
        name: impl Into<String>,
        network: &'a Network,
        inputs: impl Tensors,
        baseline: Baseline,
        target: impl Target + 'a,
    ) -> Result<Self, Error> {
        let problem = Problem::new(network, inputs, baseline, target)?;
        Ok(Self::of(name, problem, axioms::all()))
    }
}

impl<'a, M: Differentiable + ?Sized> Suite<'a, M> {
    /// These checks of a problem on any model, with a name for reports.
    pub fn of(
        name: impl Into<String>,
        problem: Problem<'a, M>,
        checks: Vec<Box<dyn Check<M> + 'a>>,
    ) -> Self {
        Self {
            name: name.into(),
            problem,
            checks,
        }
    }

    /// What the random choices of the checks depend on; 0 by default.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.problem = self.problem.with_seed(seed);
        self
    }

    /// This check in place of the one with the same name, or after all others if there is none.
    #[must_use]
    pub fn with_check(mut self, check: impl Check<M> + 'a) -> Self {
        let known = self
            .checks
            .iter()
            .position(|known| known.name() == check.name());
        match known {
            Some(position) => self.checks[position] = Box::new(check),
            None => self.checks.push(Box::new(check)),
        }
        self
    }

    /// Runs every check on a method, given as a function of its baseline, with a name for reports.
    ///
    /// # Errors
    ///
    /// If the method fails on the problem. A method that is undefined for it, such as guided
    /// backpropagation for a network without rectifiers, is no error: the axioms don't apply.
    pub fn run<A: Method<M>>(
        &self,
        method: impl Into<String>,
        family: impl Fn(Baseline) -> A,
    ) -> Result<Report, Error> {
        let subject = Subject::new(family);
        let outcomes = self
            .checks
            .iter()
            .map(|check| check.run(&self.problem, &subject));
        Ok(Report {
            method: method.into(),
            problem: self.name.clone(),
            checks: outcomes.collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::axioms::{
        Completeness, ImplementationInvariance, InputShiftInvariance, Linearity, SensitivityA,
        SensitivityB, Symmetry,
    };
    use crate::evaluation::name::CheckName;
    use crate::evaluation::outcome::{Direction, Outcome};
    use crate::evaluation::testing::{net, x};
    use crate::{Class, GradCam, GuidedBackprop, InputXGradient, Saliency};

    fn suite(net: &Network) -> Suite<'_> {
        let x = x([[2.0, 3.0], [1.0, -1.0]]);
        Suite::new("test", net, x, Baseline::zeros(), Class(0)).unwrap()
    }

    #[test]
    fn options_of_each_check_can_be_replaced() {
        let net = net(|x| x.sum_dim(1) * 3.0);
        let lax = suite(&net)
            .with_seed(1)
            .with_check(SensitivityA::new().with_tolerance(0.1))
            .with_check(SensitivityB::new().with_tolerance(0.2))
            .with_check(ImplementationInvariance::new().with_tolerance(0.3))
            .with_check(Completeness::new().with_tolerance(0.4))
            .with_check(Linearity::new().with_tolerance(0.5))
            .with_check(Symmetry::new().with_tolerance(0.6))
            .with_check(InputShiftInvariance::new().with_tolerance(0.7));
        let report = lax
            .run("input-x-gradient", |_| InputXGradient::new())
            .unwrap();
        for (check, tolerance) in report.checks.iter().zip(1..) {
            let expected = f64::from(tolerance) / 10.0;
            let judgment = check.judgment.as_ref().unwrap();
            assert!((judgment.tolerance - expected).abs() < 1e-9);
        }
        assert_eq!(report.checks.len(), 7);
    }

    /// The target's score at the inputs.
    struct Score;

    const SCORE: CheckName = CheckName::Metric("score");

    impl<M: Differentiable + ?Sized> Check<M> for Score {
        fn name(&self) -> CheckName {
            SCORE
        }

        fn run(&self, problem: &Problem<'_, M>, _: &Subject<'_, M>) -> Result<Outcome, Error> {
            let values = problem.input_scores()?.iter().copied().map(Some);
            Ok(Outcome::measured(
                SCORE,
                Direction::Higher,
                values.collect(),
            ))
        }
    }

    #[test]
    fn a_check_of_any_model_is_one_more_row() {
        let net = net(|x| x.sum_dim(1) * 3.0);
        let with_score = suite(&net).with_check(Score).with_check(Score);
        let report = with_score.run("saliency", |_| Saliency::new()).unwrap();
        assert_eq!(report.checks.len(), 8);
        let outcome = report.outcome("score").unwrap();
        assert_eq!(outcome.values, [Some(15.0), Some(0.0)]);
        assert!(
            report
                .to_string()
                .contains("score                      measured   7.5e0")
        );
    }

    #[test]
    fn what_a_method_has_nothing_to_say_of_is_not_applicable() {
        let net = net(|x| x.sum_dim(1) * 3.0);
        let undefined = suite(&net)
            .run("guided", |_| GuidedBackprop::new())
            .unwrap();
        let per_position = suite(&net).run("cam", |_| Positions).unwrap();
        for check in undefined.checks.iter().chain(&per_position.checks) {
            assert!(!check.passed() && !check.failed(), "{check}");
        }
        assert!(per_position.to_string().contains("one for each feature"));
        // What fails otherwise is an error.
        assert!(suite(&net).run("cam", |_| GradCam::at("nowhere")).is_err());
    }

    /// One value for each sample.
    struct Positions;

    impl Method for Positions {
        fn compute(
            &self,
            net: &Network,
            inputs: &crate::Inputs,
            target: &dyn Target,
        ) -> Result<crate::Attribution, Error> {
            let result = InputXGradient::new().compute(net, inputs, target)?;
            Ok(result.sum_channels())
        }
    }
}
