//! Symmetry.

use std::collections::BTreeSet;

use rand::RngExt;

use crate::evaluation::axioms::axiom::Axiom;
use crate::evaluation::axioms::judge::{judge, largest, relative};
use crate::evaluation::axioms::probe::{Probe, ROUNDING};
use crate::evaluation::check::Check;
use crate::evaluation::counterexample::Counterexample;
use crate::evaluation::feature::Feature;
use crate::evaluation::name::CheckName;
use crate::evaluation::outcome::Outcome;
use crate::evaluation::problem::Problem;
use crate::evaluation::subject::Subject;
use crate::{Differentiable, Error};

const AXIOM: Axiom = Axiom::new("symmetry", 5);

/// How many symmetric pairs are looked at, where they are found.
const ENOUGH: usize = 8;

/// Two features that the function treats alike, with equal values in the input and equal values in the
/// baseline, must get the same attribution.
///
/// ```text
/// F doesn't change if x_i and x_j swap places, x_i = x_j, b_i = b_j   =>   A_i = A_j
/// ```
///
/// Sundararajan et al., [*Axiomatic Attribution for Deep Networks*](https://arxiv.org/abs/1703.01365), 2017.
///
/// The pairs are [named](Self::with_features), or found by trial. Either way the symmetry is verified, by
/// swapping the features at input, baseline and 16 random points. The check then sets both to the values of
/// the one that differs more from the baseline. The axiom doesn't apply where there is no such pair.
///
/// The slack is the difference of the attributions, relative to the sample's largest one.
///
/// | option | default |
/// |---|---|
/// | [`with_features`](Self::with_features) | up to 8 pairs that are found |
/// | [`with_trials`](Self::with_trials) | 64 pairs are tried |
/// | [`with_tolerance`](Self::with_tolerance) | 0.01 |
///
/// The function is `relu(a) + relu(b)`, but `b` goes another way. A deconvnet passes what flows back through
/// the first rectifier of `b` and stops what flows back through the second, so it gives `b` twice as much:
///
/// ```
/// use backdraft::axioms::Symmetry;
/// use backdraft::evaluation::{Check, Problem};
/// use backdraft::{Baseline, Class, Deconvnet, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[1.0, 3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| {
///     let (a, b) = (x.clone().narrow(1, 0, 1), x.narrow(1, 1, 1));
///     relu(a) + relu(b.clone() * 2.0) - relu(b)
/// };
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let problem = Problem::new(&net, x, Baseline::zeros(), Class(0))?;
///
/// assert!(Symmetry::new().check(&problem, |_| Saliency::new())?.passed());
/// let check = Symmetry::new().check(&problem, |_| Deconvnet::new())?;
/// let counterexample = check.counterexample().unwrap();
/// assert_eq!((counterexample.found, counterexample.expected), (1.0, 2.0));
/// # Ok::<(), backdraft::Error>(())
/// ```
///
/// Gradients are undefined where a function has a kink, and some implementation of a symmetric function has
/// one exactly where two features are equal: `min(a, b)` written as `a - relu(a - b)`. There every method of
/// gradients gives everything to one of them, integrated gradients included.
#[derive(Clone, Debug)]
pub struct Symmetry {
    features: Option<Vec<[Feature; 2]>>,
    trials: usize,
    tolerance: f64,
}

impl Default for Symmetry {
    fn default() -> Self {
        Self {
            features: None,
            trials: 64,
            tolerance: 0.01,
        }
    }
}

impl Symmetry {
    /// Pairs are found.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pairs that the function may treat alike. Those that it doesn't are left out.
    #[must_use]
    pub fn with_features(mut self, pairs: impl IntoIterator<Item = [Feature; 2]>) -> Self {
        self.features = Some(pairs.into_iter().collect());
        self
    }

    /// How many pairs are tried to find some: all that there are, or if there are more, random ones.
    #[must_use]
    pub fn with_trials(mut self, trials: usize) -> Self {
        self.trials = trials;
        self
    }

    /// The largest slack with which the axiom counts as kept.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Pairs that the function turns out to treat alike.
    fn pairs<M: Differentiable + ?Sized>(
        &self,
        problem: &Problem<'_, M>,
    ) -> Result<Vec<[usize; 2]>, Error> {
        let (candidates, enough) = match &self.features {
            Some(pairs) => (positions(problem, pairs)?, pairs.len()),
            None => (self.candidates(problem), ENOUGH),
        };
        let probe = Probe::new(problem, AXIOM)?;
        let mut pairs = Vec::new();
        for [i, j] in candidates {
            let swapped = probe.disagreement(problem, ROUNDING, |row| row.swap(i, j))?;
            if swapped.is_none() {
                pairs.push([i, j]);
            }
            if pairs.len() == enough {
                break;
            }
        }
        Ok(pairs)
    }

    fn candidates<M: Differentiable + ?Sized>(&self, problem: &Problem<'_, M>) -> Vec<[usize; 2]> {
        let features = problem.features();
        let all = features * features.saturating_sub(1) / 2;
        if all <= self.trials {
            return (0..features)
                .flat_map(|j| (0..j).map(move |i| [i, j]))
                .collect();
        }
        let mut random = problem.random(AXIOM.stream());
        let mut chosen = BTreeSet::new();
        while chosen.len() < self.trials {
            let [i, j] = [(); 2].map(|()| random.random_range(0..features));
            if i != j {
                chosen.insert([i.min(j), i.max(j)]);
            }
        }
        chosen.into_iter().collect()
    }
}

impl<M: Differentiable + ?Sized> Check<M> for Symmetry {
    fn name(&self) -> CheckName {
        AXIOM.name()
    }

    /// # Errors
    ///
    /// If the method fails, [`Error::Unknown`] for a feature that doesn't exist, or if the tolerance is
    /// negative or not finite.
    fn run(&self, problem: &Problem<'_, M>, method: &Subject<'_, M>) -> Result<Outcome, Error> {
        judge(AXIOM, problem.samples(), self.tolerance, |comparisons| {
            comparisons.nothing_to_compare("no pair of features that was tried is symmetric");
            for [i, j] in self.pairs(problem)? {
                let [mut input, mut baseline] =
                    [problem.input().clone(), problem.baseline().clone()];
                for (x, b) in input.iter_mut().zip(&mut baseline) {
                    let differs = |position: usize| (x[position] - b[position]).abs();
                    let from = if differs(j) > differs(i) { j } else { i };
                    (x[i], x[j]) = (x[from], x[from]);
                    (b[i], b[j]) = (b[from], b[from]);
                }
                let values = problem.attributions(method, &input, &baseline)?;
                for (sample, scale) in largest(&[&values]).into_iter().enumerate() {
                    let [found, expected] = [i, j].map(|position| values[sample][position]);
                    comparisons.compare(sample, relative((found - expected).abs(), scale), || {
                        Counterexample {
                            input: Some(input[sample][i]),
                            baseline: Some(baseline[sample][i]),
                            found,
                            expected,
                            ..Counterexample::at(
                                problem,
                                sample,
                                i,
                                format!(
                                    "the function treats it as {}, which has the same values",
                                    problem.feature(j)
                                ),
                            )
                        }
                    });
                }
            }
            Ok(())
        })
    }
}

fn positions<M: Differentiable + ?Sized>(
    problem: &Problem<'_, M>,
    pairs: &[[Feature; 2]],
) -> Result<Vec<[usize; 2]>, Error> {
    let positions = pairs
        .iter()
        .map(|[i, j]| Ok([problem.position(i)?, problem.position(j)?]));
    positions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{column, made, net, problem};
    use crate::{IntegratedGradients, Saliency};
    use burn::tensor::Tensor;
    use burn::tensor::activation::relu;

    /// Features 0 and 2 are alike.
    fn function(x: Tensor<2>) -> Tensor<2> {
        column(&x, 0) * column(&x, 2) + column(&x, 1)
    }

    #[test]
    fn alike_features_must_get_the_same() {
        let net = net(function);
        let problem = problem(&net, [[1.0, 5.0, 3.0]]);
        let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
        let passed = Symmetry::new().check(&problem, integrated).unwrap();
        assert!(passed.passed());
        assert_eq!(passed.cases(), 1);
        // Everything to the first factor.
        let wrong = |_| made(|x: &[[f32; 3]]| x.iter().map(|x| [x[0] * x[2], x[1], 0.0]).collect());
        let check = Symmetry::new().check(&problem, wrong).unwrap();
        assert!(check.failed());
        let counterexample = check.counterexample().unwrap();
        assert_eq!(counterexample.feature.as_ref(), Some(&Feature::at([0])));
        // Both have the value that differs more from the baseline.
        assert_eq!(counterexample.input, Some(3.0));
        assert_eq!((counterexample.found, counterexample.expected), (9.0, 0.0));
    }

    #[test]
    fn a_named_pair_that_is_not_alike_is_left_out() {
        let net = net(function);
        let problem = problem(&net, [[1.0, 5.0, 3.0]]);
        let check = |i, j| {
            let named = Symmetry::new().with_features([[Feature::at([i]), Feature::at([j])]]);
            named.check(&problem, |_| Saliency::new())
        };
        assert_eq!(check(0, 1).unwrap().cases(), 0);
        assert_eq!(check(2, 0).unwrap().cases(), 1);
        assert!(matches!(
            check(0, 3),
            Err(Error::Unknown {
                what: "feature",
                ..
            })
        ));
    }

    #[test]
    fn trials_are_bounded() {
        let net = net(|x| x.sum_dim(1));
        let problem = problem(&net, [[1.0; 12]]);
        let check = |trials| {
            let check = Symmetry::new().with_trials(trials);
            check.check(&problem, |_| Saliency::new()).unwrap()
        };
        assert_eq!(check(0).cases(), 0);
        assert_eq!(check(3).cases(), 3);
        assert_eq!(check(1000).cases(), ENOUGH);
    }

    #[test]
    fn along_a_kink_integrated_gradients_are_not_symmetric() {
        let net = net(|x| column(&x, 0) - relu(column(&x, 0) - column(&x, 1)));
        let problem = problem(&net, [[3.0, 1.0]]);
        let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
        let check = Symmetry::new().check(&problem, integrated).unwrap();
        let counterexample = check.counterexample().unwrap();
        let [found, expected] = [counterexample.found, counterexample.expected];
        assert!((found - 3.0).abs() < 1e-5 && expected.abs() < 1e-9);
    }
}
