//! Sensitivity (b), or dummy: what makes no difference gets no attribution.

use rand::RngExt;

use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::axioms::judge::{judge, largest, relative};
use crate::evaluation::axioms::probe::{Probe, ROUNDING, ranges};
use crate::evaluation::check::Check;
use crate::evaluation::counterexample::Counterexample;
use crate::evaluation::feature::Feature;
use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;
use crate::{Differentiable, Error};

const AXIOM: Axiom = Axiom::new("sensitivity (b)", 1);

/// How many points' gradients a feature is judged by before it is tried.
const SCREENED: usize = 4;

/// Up to which part of the largest gradient one counts as zero.
const ZERO: f64 = 1e-6;

/// A feature on which the function doesn't depend must get no attribution.
///
/// ```text
/// F doesn't depend on x_i   =>   A_i = 0
/// ```
///
/// Sundararajan et al., [*Axiomatic Attribution for Deep Networks*](https://arxiv.org/abs/1703.01365), 2017,
/// after Friedman's dummy axiom.
///
/// Features are [named](Self::with_features), or found: those whose gradient is zero at several points. Either
/// way independence is verified, by changing only this feature at input, baseline and 16 random points. The
/// axiom doesn't apply where there is no such feature.
///
/// The slack is the attribution of such a feature, relative to the sample's largest one.
///
/// | option | default |
/// |---|---|
/// | [`with_features`](Self::with_features) | up to 16 that are found |
/// | [`with_tolerance`](Self::with_tolerance) | 0.01 |
///
/// The second feature cancels. Guided backpropagation stops what flows back from the subtraction, and so
/// gives it as much as the first:
///
/// ```
/// use backdraft::axioms::SensitivityB;
/// use backdraft::evaluation::{Check, Problem};
/// use backdraft::{Baseline, Class, GuidedBackprop, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| {
///     let second = x.clone().narrow(1, 1, 1);
///     relu(x.narrow(1, 0, 1)) + relu(second.clone()) - relu(second)
/// };
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let problem = Problem::new(&net, x, Baseline::zeros(), Class(0))?;
///
/// assert!(SensitivityB::new().check(&problem, |_| Saliency::new())?.passed());
/// let check = SensitivityB::new().check(&problem, |_| GuidedBackprop::new())?;
/// assert_eq!(check.slack(), Some(1.0));
/// assert_eq!(check.counterexample().unwrap().feature.as_ref().unwrap().index, [1]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SensitivityB {
    features: Option<Vec<Feature>>,
    tolerance: f64,
}

impl Default for SensitivityB {
    fn default() -> Self {
        Self {
            features: None,
            tolerance: 0.01,
        }
    }
}

impl SensitivityB {
    /// Features are found.
    pub fn new() -> Self {
        Self::default()
    }

    /// Features that may not matter. Those that do are left out.
    #[must_use]
    pub fn with_features(mut self, features: impl IntoIterator<Item = Feature>) -> Self {
        self.features = Some(features.into_iter().collect());
        self
    }

    /// The largest slack with which the axiom counts as kept.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Features that turn out to make no difference.
    fn dummies<M: Differentiable + ?Sized>(
        &self,
        problem: &Problem<'_, M>,
    ) -> Result<Vec<usize>, Error> {
        let probe = Probe::new(problem, AXIOM)?;
        let candidates = match &self.features {
            Some(features) => (features.iter())
                .map(|feature| problem.position(feature))
                .collect::<Result<_, _>>()?,
            None => without_gradient(problem, &probe)?,
        };
        let mut random = problem.random(AXIOM.stream());
        let ranges = ranges(problem);
        let mut dummies = Vec::new();
        for position in candidates {
            let change = |row: &mut [f64]| row[position] = ranges[position].draw(&mut random);
            if probe.disagreement(problem, ROUNDING, change)?.is_none() {
                dummies.push(position);
            }
        }
        Ok(dummies)
    }
}

impl<M: Differentiable + ?Sized> Check<M> for SensitivityB {
    fn name(&self) -> CheckName {
        AXIOM.name()
    }

    /// # Errors
    ///
    /// If the method fails, [`Error::Unknown`] for a feature that doesn't exist, or if the tolerance is
    /// negative or not finite.
    fn run(&self, problem: &Problem<'_, M>, method: &Subject<'_, M>) -> Result<Outcome, Error> {
        judge(AXIOM, problem.samples(), self.tolerance, |comparisons| {
            comparisons.nothing_to_compare("the target depends on every feature that was tried");
            let dummies = self.dummies(problem)?;
            if dummies.is_empty() {
                return Ok(());
            }
            let values = problem.attributions(method, problem.input(), problem.baseline())?;
            for (sample, scale) in largest(&[&values]).into_iter().enumerate() {
                for &position in &dummies {
                    let found = values[sample][position];
                    comparisons.compare(sample, relative(found.abs(), scale), || Counterexample {
                        found,
                        ..Counterexample::at(
                            problem,
                            sample,
                            position,
                            "the target doesn't depend on the feature",
                        )
                    });
                }
            }
            Ok(())
        })
    }
}

/// Some features whose gradient is zero at random points.
fn without_gradient<M: Differentiable + ?Sized>(
    problem: &Problem<'_, M>,
    probe: &Probe,
) -> Result<Vec<usize>, Error> {
    let mut flat = vec![true; problem.features()];
    for point in probe.points.iter().rev().take(SCREENED) {
        let gradients = problem.gradients(point)?;
        for (row, largest) in gradients.iter().zip(largest(&[&gradients])) {
            for (flat, gradient) in flat.iter_mut().zip(row) {
                *flat &= gradient.abs() <= ZERO * largest;
            }
        }
    }
    let mut flat: Vec<usize> = (0..flat.len()).filter(|&position| flat[position]).collect();
    let mut random = problem.random(AXIOM.stream());
    while flat.len() > 16 {
        flat.swap_remove(random.random_range(0..flat.len()));
    }
    Ok(flat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{made, net, problem};
    use crate::{InputXGradient, Saliency};

    /// Depends on features 0 and 2.
    fn function(x: burn::tensor::Tensor<2>) -> burn::tensor::Tensor<2> {
        x.clone().narrow(1, 0, 1) * x.narrow(1, 2, 1)
    }

    #[test]
    fn dummies_are_found_and_must_get_nothing() {
        let net = net(function);
        let problem = problem(&net, [[1.0, 2.0, 3.0, 4.0]]);
        let check = SensitivityB::new()
            .check(&problem, |_| InputXGradient::new())
            .unwrap();
        assert!(check.passed());
        assert_eq!(check.cases(), 2);
        let wrong = |_| made(|_| vec![[2.0, 0.0, 2.0, 0.5]]);
        let check = SensitivityB::new().check(&problem, wrong).unwrap();
        assert!(check.failed());
        assert_eq!((check.cases(), check.slack()), (2, Some(0.25)));
        let counterexample = check.counterexample().unwrap();
        assert_eq!(counterexample.feature.as_ref(), Some(&Feature::at([3])));
        assert_eq!(
            (counterexample.input, counterexample.found),
            (Some(4.0), 0.5)
        );
    }

    #[test]
    fn a_named_feature_that_matters_is_left_out() {
        let net = net(function);
        let problem = problem(&net, [[1.0, 2.0, 3.0, 4.0]]);
        let named = SensitivityB::new().with_features([Feature::at([0]), Feature::at([1])]);
        let check = named.check(&problem, |_| Saliency::new()).unwrap();
        assert_eq!(check.cases(), 1);
        let named = SensitivityB::new().with_features([Feature::at([0])]);
        let check = named.check(&problem, |_| Saliency::new()).unwrap();
        assert!(!check.passed() && !check.failed());
        let unknown = SensitivityB::new().with_features([Feature::at([4])]);
        let error = unknown.check(&problem, |_| Saliency::new()).unwrap_err();
        assert!(
            matches!(
                error,
                Error::Unknown {
                    what: "feature",
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn a_feature_that_is_only_flat_at_the_input_is_no_dummy() {
        // Steps have no gradient anywhere, and the target depends on them.
        let net = net(|x| x.clone() + x.narrow(1, 1, 1).ceil());
        let problem = problem(&net, [[0.5, 3.0]]);
        let check = SensitivityB::new()
            .check(&problem, |_| Saliency::new())
            .unwrap();
        assert_eq!(check.cases(), 0);
    }
}
