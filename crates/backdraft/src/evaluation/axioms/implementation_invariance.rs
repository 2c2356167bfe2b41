//! Implementation invariance.

use backdraft_graph::{Error as GraphError, Rewrite, RewriteError};

use crate::evaluation::EvaluationError;
use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::axioms::judge::{Comparisons, is_undefined, judge, largest};
use crate::evaluation::axioms::probe::{Probe, REIMPLEMENTATION};
use crate::evaluation::check::Check;
use crate::evaluation::counterexample::Counterexample;
use crate::evaluation::layout::Rows;
use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;
use crate::{Error, Network};

const AXIOM: Axiom = Axiom::new("implementation invariance", 2);

/// Two networks that compute the same function must get the same attributions.
///
/// ```text
/// F(x) = G(x) for all x   =>   A_i of F = A_i of G
/// ```
///
/// Sundararajan et al., [*Axiomatic Attribution for Deep Networks*](https://arxiv.org/abs/1703.01365), 2017.
///
/// The other network is [given](Self::with_network), or made from the problem's by [rewrites](Rewrite) that
/// keep the function; those that find no place are left out, and the axiom doesn't apply where none does. That
/// both networks compute the same is verified at input, baseline and 16 random points.
///
/// The slack is the largest difference between two attributions of a feature, relative to the sample's
/// largest attribution. It is infinite where a method is defined for one of the networks alone.
///
/// | option | default |
/// |---|---|
/// | [`with_network`](Self::with_network) | none |
/// | [`with_rewrites`](Self::with_rewrites) | each of those that keep the function, also after folding batch normalization |
/// | [`with_tolerance`](Self::with_tolerance) | 0.01 |
///
/// The minimum of two numbers can be written in two ways. Guided backpropagation stops what flows back
/// through the subtraction, so it gives everything to the number that the minimum is written with:
///
/// ```
/// use backdraft::axioms::ImplementationInvariance;
/// use backdraft::evaluation::{Check, Problem};
/// use backdraft::{Baseline, Class, GuidedBackprop, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[3.0, 1.0]], &Device::default());
/// let halves = |x: Tensor<2>| (x.clone().narrow(1, 0, 1), x.narrow(1, 1, 1));
/// let capture = |forward: fn(Tensor<2>, Tensor<2>) -> Tensor<2>| {
///     let forward = move |_: &Vec<Linear>, x| {
///         let (a, b) = halves(x);
///         forward(a, b)
///     };
///     Network::capture(&Vec::new(), x.clone(), forward)
/// };
/// let first = capture(|a, b| a.clone() - relu(a - b))?;
/// let second = capture(|a, b| b.clone() - relu(b - a))?;
///
/// let problem = Problem::new(&first, x.clone(), Baseline::zeros(), Class(0))?;
/// let check = ImplementationInvariance::new().with_network("b - relu(b - a)", &second);
/// assert!(check.check(&problem, |_| Saliency::new())?.passed());
/// let guided = check.with_rewrites([]).check(&problem, |_| GuidedBackprop::new())?;
/// let counterexample = guided.counterexample().unwrap();
/// assert_eq!((counterexample.found, counterexample.expected), (1.0, 0.0));
/// assert_eq!(counterexample.circumstance, "the other network is b - relu(b - a)");
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImplementationInvariance<'a> {
    networks: Vec<(String, &'a Network)>,
    rewrites: Vec<Vec<Rewrite>>,
    tolerance: f64,
}

impl Default for ImplementationInvariance<'_> {
    fn default() -> Self {
        let fold = Rewrite::FoldBatchNorm;
        let rescale = Rewrite::RescaleChannels { seed: 0 };
        let permute = Rewrite::PermuteChannels { seed: 0 };
        Self {
            networks: Vec::new(),
            rewrites: vec![
                vec![fold],
                vec![Rewrite::ReluAsProduct],
                vec![rescale],
                vec![permute],
                vec![Rewrite::SplitLinear { seed: 0 }],
                vec![fold, rescale],
                vec![fold, permute],
            ],
            tolerance: 0.01,
        }
    }
}

impl<'a> ImplementationInvariance<'a> {
    /// The other networks are made by rewrites.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another network that computes the same function, with a name for reports. There may be several.
    #[must_use]
    pub fn with_network(mut self, name: impl Into<String>, network: &'a Network) -> Self {
        self.networks.push((name.into(), network));
        self
    }

    /// Chains of rewrites, each of which makes another network; none for given networks alone.
    #[must_use]
    pub fn with_rewrites(mut self, rewrites: impl IntoIterator<Item = Vec<Rewrite>>) -> Self {
        self.rewrites = rewrites.into_iter().collect();
        self
    }

    /// The largest slack with which the axiom counts as kept.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Every other network with its name.
    fn others(&self, problem: &Problem<'_>) -> Result<Vec<(String, Network)>, Error> {
        let given = self.networks.iter();
        let mut others: Vec<_> = given
            .map(|(name, net)| (name.clone(), (*net).clone()))
            .collect();
        for chain in &self.rewrites {
            if let Some(rewritten) = rewritten(problem, chain)? {
                let names: Vec<String> = chain.iter().map(ToString::to_string).collect();
                let name = format!("this one, rewritten ({})", names.join(", then "));
                others.push((name, rewritten));
            }
        }
        Ok(others)
    }
}

impl Check for ImplementationInvariance<'_> {
    fn name(&self) -> CheckName {
        AXIOM.name()
    }

    /// # Errors
    ///
    /// If the method fails, the tolerance is negative or not finite, or [`EvaluationError::DifferentFunctions`] if the
    /// networks don't compute the same.
    fn run(&self, problem: &Problem<'_>, method: &Subject<'_>) -> Result<Outcome, Error> {
        judge(AXIOM, problem.samples(), self.tolerance, |comparisons| {
            comparisons.nothing_to_compare("no rewrite finds a place in the network");
            let expected = problem.attributions(method, problem.input(), problem.baseline())?;
            let probe = Probe::new(problem, AXIOM)?;
            for (name, network) in self.others(problem)? {
                let other = problem.with_model(&network);
                if let Some(found) = probe.disagreement(&other, REIMPLEMENTATION, |_| ())? {
                    return Err(Error::Evaluation(EvaluationError::DifferentFunctions {
                        other: name,
                        sample: found.sample,
                        score: found.score,
                        other_score: found.other,
                    }));
                }
                let circumstance = format!("the other network is {name}");
                match other.attributions(method, other.input(), other.baseline()) {
                    Ok(values) => comparisons.compare_all(
                        problem,
                        [&values, &expected],
                        &largest(&[&values, &expected]),
                        &circumstance,
                    ),
                    Err(error) if is_undefined(&error) => {
                        undefined(
                            comparisons,
                            &expected,
                            format!("{circumstance}, and {error}"),
                        );
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
    }
}

/// The network after all rewrites; `None` if one of them finds no place.
fn rewritten(problem: &Problem<'_>, chain: &[Rewrite]) -> Result<Option<Network>, Error> {
    match problem.rewritten(chain) {
        Ok(network) => Ok(Some(network)),
        Err(Error::Graph(GraphError::Rewrite(RewriteError::NothingToRewrite { .. }))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// For the same function, the method gives something and nothing.
fn undefined(comparisons: &mut Comparisons, expected: &Rows, circumstance: String) {
    comparisons.compare(0, f64::INFINITY, || Counterexample {
        sample: 0,
        feature: None,
        input: None,
        baseline: None,
        found: f64::NAN,
        expected: expected[0].iter().sum(),
        circumstance,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{column, net, problem};
    use crate::{GuidedBackprop, IntegratedGradients, Saliency};
    use burn::tensor::Tensor;
    use burn::tensor::activation::relu;

    fn relu_of_sum(x: Tensor<2>) -> Tensor<2> {
        relu(column(&x, 0) - column(&x, 1))
    }

    #[test]
    fn networks_that_compute_something_else_are_refused() {
        let (net, other) = (net(relu_of_sum), net(|x| column(&x, 0) - column(&x, 1)));
        let problem = problem(&net, [[3.0, 1.0]]);
        let check = ImplementationInvariance::new().with_network("without relu", &other);
        let error = check.check(&problem, |_| Saliency::new()).unwrap_err();
        assert!(matches!(
            error,
            Error::Evaluation(EvaluationError::DifferentFunctions { .. })
        ));
        assert!(error.to_string().contains("without relu"), "{error}");
    }

    #[test]
    fn the_network_rewrites_itself() {
        let net = net(relu_of_sum);
        let problem = problem(&net, [[3.0, 1.0]]);
        let check = ImplementationInvariance::new();
        let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
        let passed = check.check(&problem, integrated).unwrap();
        assert!(passed.passed(), "{passed}");
        assert_eq!(passed.cases(), 1);
        // x * [x > 0] is no rectifier any more.
        let failed = check.check(&problem, |_| GuidedBackprop::new()).unwrap();
        assert!(failed.failed() && failed.slack().unwrap().is_infinite());
        let counterexample = failed.counterexample().unwrap();
        assert!(
            counterexample
                .circumstance
                .contains("guided-backprop is undefined"),
            "{counterexample}"
        );
    }

    #[test]
    fn without_another_network_it_is_not_applicable() {
        let net = net(Tensor::tanh);
        let problem = problem(&net, [[3.0, 1.0]]);
        let check = ImplementationInvariance::new()
            .check(&problem, |_| Saliency::new())
            .unwrap();
        assert_eq!(check.cases(), 0);
        // Nor is it for a method that has nothing to say of the network itself.
        let other = net.clone();
        let check = ImplementationInvariance::new().with_network("itself", &other);
        let guided = check.check(&problem, |_| GuidedBackprop::new()).unwrap();
        assert!(guided.to_string().contains("guided-backprop is undefined"));
    }
}
