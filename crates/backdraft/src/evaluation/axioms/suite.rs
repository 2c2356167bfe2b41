//! All checks at once.

use crate::evaluation::axioms::report::Report;
use crate::evaluation::axioms::{
    Axiom, Completeness, ImplementationInvariance, InputShiftInvariance, Linearity, Problem,
    SensitivityA, SensitivityB, Symmetry,
};
use crate::{Baseline, Error, Method, Network, Target, Tensors};

/// Every check on one problem.
///
/// Each check has its default options unless it is replaced.
///
/// ```
/// use backdraft::axioms::{Axiom, SensitivityA, Suite};
/// use backdraft::{Baseline, Class, IntegratedGradients, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[2.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| 1.0 - relu(1.0 - x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// let suite = Suite::new("saturating", &net, x, Baseline::zeros(), Class(0))?
///     .with_sensitivity_a(SensitivityA::new().with_pairs(1));
/// let saliency = suite.run("saliency", |_| Saliency::new())?;
/// let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
/// let integrated = suite.run("integrated-gradients", integrated)?;
///
/// println!("{saliency}\n{integrated}");
/// assert!(saliency.check(Axiom::SensitivityA).failed());
/// assert!(integrated.check(Axiom::SensitivityA).passed());
/// # Ok::<(), backdraft::Error>(())
/// ```
pub struct Suite<'a> {
    name: String,
    problem: Problem<'a>,
    sensitivity_a: SensitivityA,
    sensitivity_b: SensitivityB,
    implementation_invariance: ImplementationInvariance<'a>,
    completeness: Completeness,
    linearity: Linearity<'a>,
    symmetry: Symmetry,
    input_shift_invariance: InputShiftInvariance,
}

impl<'a> Suite<'a> {
    /// The checks on these inputs, with a name for reports.
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
        Ok(Self {
            name: name.into(),
            problem,
            sensitivity_a: SensitivityA::new(),
            sensitivity_b: SensitivityB::new(),
            implementation_invariance: ImplementationInvariance::new(),
            completeness: Completeness::new(),
            linearity: Linearity::new(),
            symmetry: Symmetry::new(),
            input_shift_invariance: InputShiftInvariance::new(),
        })
    }

    /// What the random choices of the checks depend on; 0 by default.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.problem = self.problem.with_seed(seed);
        self
    }

    /// Checks sensitivity (a) with these options.
    #[must_use]
    pub fn with_sensitivity_a(mut self, check: SensitivityA) -> Self {
        self.sensitivity_a = check;
        self
    }

    /// Checks sensitivity (b) with these options.
    #[must_use]
    pub fn with_sensitivity_b(mut self, check: SensitivityB) -> Self {
        self.sensitivity_b = check;
        self
    }

    /// Checks implementation invariance with these options.
    #[must_use]
    pub fn with_implementation_invariance(mut self, check: ImplementationInvariance<'a>) -> Self {
        self.implementation_invariance = check;
        self
    }

    /// Checks completeness with these options.
    #[must_use]
    pub fn with_completeness(mut self, check: Completeness) -> Self {
        self.completeness = check;
        self
    }

    /// Checks linearity with these options.
    #[must_use]
    pub fn with_linearity(mut self, check: Linearity<'a>) -> Self {
        self.linearity = check;
        self
    }

    /// Checks symmetry with these options.
    #[must_use]
    pub fn with_symmetry(mut self, check: Symmetry) -> Self {
        self.symmetry = check;
        self
    }

    /// Checks input shift invariance with these options.
    #[must_use]
    pub fn with_input_shift_invariance(mut self, check: InputShiftInvariance) -> Self {
        self.input_shift_invariance = check;
        self
    }

    /// Runs every check on a method, given as a function of its baseline, with a name for reports.
    ///
    /// # Errors
    ///
    /// If the method fails on the problem. A method that is undefined for it, such as guided
    /// backpropagation for a network without rectifiers, is no error: the checks don't apply.
    pub fn run<A: Method>(
        &self,
        method: impl Into<String>,
        family: impl Fn(Baseline) -> A,
    ) -> Result<Report, Error> {
        let (problem, family) = (&self.problem, &family);
        let checks = Axiom::ALL.into_iter().map(|axiom| match axiom {
            Axiom::SensitivityA => self.sensitivity_a.check(problem, family),
            Axiom::SensitivityB => self.sensitivity_b.check(problem, family),
            Axiom::ImplementationInvariance => {
                self.implementation_invariance.check(problem, family)
            }
            Axiom::Completeness => self.completeness.check(problem, family),
            Axiom::Linearity => self.linearity.check(problem, family),
            Axiom::Symmetry => self.symmetry.check(problem, family),
            Axiom::InputShiftInvariance => self.input_shift_invariance.check(problem, family),
        });
        Ok(Report {
            method: method.into(),
            problem: self.name.clone(),
            checks: checks.collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::axioms::testing::{net, x};
    use crate::{Class, GradCam, GuidedBackprop, InputXGradient};

    fn suite(net: &Network) -> Suite<'_> {
        let x = x([[2.0, 3.0], [1.0, -1.0]]);
        Suite::new("test", net, x, Baseline::zeros(), Class(0)).unwrap()
    }

    #[test]
    fn options_of_each_check_can_be_replaced() {
        let net = net(|x| x.sum_dim(1) * 3.0);
        let lax = suite(&net)
            .with_seed(1)
            .with_sensitivity_a(SensitivityA::new().with_tolerance(0.1))
            .with_sensitivity_b(SensitivityB::new().with_tolerance(0.2))
            .with_implementation_invariance(ImplementationInvariance::new().with_tolerance(0.3))
            .with_completeness(Completeness::new().with_tolerance(0.4))
            .with_linearity(Linearity::new().with_tolerance(0.5))
            .with_symmetry(Symmetry::new().with_tolerance(0.6))
            .with_input_shift_invariance(InputShiftInvariance::new().with_tolerance(0.7));
        let report = lax
            .run("input-x-gradient", |_| InputXGradient::new())
            .unwrap();
        for (check, tolerance) in report.checks.iter().zip(1..) {
            let expected = f64::from(tolerance) / 10.0;
            assert!((check.tolerance - expected).abs() < 1e-9);
        }
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
