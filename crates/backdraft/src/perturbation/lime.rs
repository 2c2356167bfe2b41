//! LIME.

use rand::RngExt;

use crate::perturbation::coalition::Coalition;
use crate::perturbation::draws::{Draws, check_given, draws_options};
use crate::perturbation::proximity::Proximity;
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::surrogate::{Fit, Fitting, Surrogate};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::random::generator;
use crate::run::batching::Work;
use crate::{Attribution, Error, Model};

/// LIME: the coefficients of a linear model of the score near the input.
///
/// Each region of a sample is in place or replaced, at random. With `z_r` one for a region in place and else zero, `v(z)`
/// the sample's score and `w(z)` its weight, which is larger the nearer it is to the input, the values `A` and an
/// intercept `c` minimize
///
/// ```text
/// sum over samples of w(z) · ( v(z) - c - sum over r of A_r z_r )²  +  a penalty of A
/// ```
///
/// Ribeiro, Singh & Guestrin, [*Why Should I Trust You?*](https://arxiv.org/abs/1602.04938), KDD 2016. How good the model
/// is, tells [`RegionValues::fit`](crate::attribution::RegionValues::fit), its R²: where that is small, the score isn't
/// linear near the input, and values mean little.
///
/// | option | default |
/// |---|---|
/// | [`with_surrogate`](Self::with_surrogate) | ridge regression of strength 1, as in the package `lime` |
/// | [`with_proximity`](Self::with_proximity) | the cosine distance of flags, of width 0.25, as there |
/// | [`with_draws`](Self::with_draws) | 1,000 samples, the input itself among them, or all if there are no more |
/// | [`with_tolerance`](Self::with_tolerance) | none: exactly so many samples |
/// | [`with_max_draws`](Self::with_max_draws) | 20,000 samples, with a tolerance |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_coalitions`](Self::with_coalitions) | random samples |
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// [Standard errors](crate::attribution::RegionValues::standard_errors) tell how far values may be from those that very
/// many samples give. They are robust against a score that isn't linear; the lasso has none.
///
/// ```
/// use backdraft::{Class, Lime, Method, Network, Surrogate};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[2.0, 3.0]], &Device::default());
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.sum_dim(1))?;
/// let lime = Lime::new().with_surrogate(Surrogate::LeastSquares);
/// let result = lime.attribute(&net, x, Class(0))?;
/// let regions = result.regions().unwrap();
/// assert!((regions.values(0)[1] - 3.0).abs() < 1e-5);
/// // A sum is linear.
/// assert!((regions.fit(0).unwrap() - 1.0).abs() < 1e-5);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lime {
    replacement: Replacement,
    surrogate: Surrogate,
    proximity: Proximity,
    draws: Draws,
    coalitions: Option<Vec<Vec<bool>>>,
}

impl Default for Lime {
    fn default() -> Self {
        Self {
            replacement: Replacement::default(),
            surrogate: Surrogate::Ridge(1.0),
            proximity: Proximity::Regions(0.25),
            draws: Draws::new(1000, 20_000),
            coalitions: None,
        }
    }
}

/// Which regions each sample has in place.
struct Design {
    coalitions: Vec<Vec<bool>>,
    /// Whether they were drawn.
    is_sample: bool,
}

impl Lime {
    /// Ridge regression over a thousand samples, in which regions are replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which linear model is fitted.
    #[must_use]
    pub fn with_surrogate(mut self, surrogate: Surrogate) -> Self {
        self.surrogate = surrogate;
        self
    }

    /// How much samples count.
    #[must_use]
    pub fn with_proximity(mut self, proximity: Proximity) -> Self {
        self.proximity = proximity;
        self
    }

    /// These samples in place of random ones: for each a flag for every region, `true` if it is in place. One that is
    /// given twice counts twice.
    #[must_use]
    pub fn with_coalitions(mut self, coalitions: Vec<Vec<bool>>) -> Self {
        self.coalitions = Some(coalitions);
        self
    }

    draws_options!("samples");
    replacement_options!();

    fn design(&self, regions: usize) -> Result<Design, Error> {
        self.surrogate.check()?;
        if let Some(coalitions) = &self.coalitions {
            check_given(self.draws.tolerance)?;
            check_coalitions(coalitions, regions)?;
            return Ok(Design {
                coalitions: coalitions.clone(),
                is_sample: false,
            });
        }
        let samples = self.draws.limit()?;
        if self.draws.tolerance.is_some() && matches!(self.surrogate, Surrogate::Lasso(_)) {
            return Err(Error::InvalidOption {
                option: "tolerance",
                value: "with a lasso".into(),
                requirement: "the lasso has no standard errors: give the number of draws",
            });
        }
        if regions < 32 && 1 << regions <= self.draws.count {
            let of = |bits: usize| (0..regions).map(|region| bits >> region & 1 == 1).collect();
            return Ok(Design {
                coalitions: (0..1 << regions).map(of).collect(),
                is_sample: false,
            });
        }
        let mut random = generator(self.draws.seed, 0);
        let mut sample = || (0..regions).map(|_| random.random::<bool>()).collect();
        let drawn = (1..samples).map(|_| sample());
        Ok(Design {
            coalitions: [vec![true; regions]].into_iter().chain(drawn).collect(),
            is_sample: true,
        })
    }

    /// The values for each target, from the scores of some samples.
    fn tables<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        coalitions: &[Vec<bool>],
        scores: &[Scores],
        is_sample: bool,
    ) -> Result<Vec<RegionTable>, Error> {
        let device = sweep.device();
        let weights = self.proximity.weights(sweep, coalitions)?.into_iter();
        let fittings = weights.map(|row| self.surrogate.fitting(coalitions, row, &device));
        let fittings: Vec<Fitting> = fittings.collect::<Result<_, _>>()?;
        let table = |scores: &Scores| {
            let fits = (0..sweep.rows()).map(|row| {
                let scores: Vec<f64> = scores.iter().map(|scores| scores[row]).collect();
                fittings[row % fittings.len()].fit(&scores)
            });
            let fits: Vec<Fit> = fits.collect();
            let errors = fits.iter().map(|fit| fit.errors.clone());
            RegionTable {
                errors: errors.collect::<Option<_>>().filter(|_| is_sample),
                fits: Some(fits.iter().map(|fit| fit.r_squared).collect()),
                values: fits.into_iter().map(|fit| fit.values).collect(),
                ..RegionTable::default()
            }
        };
        Ok(scores.iter().map(table).collect())
    }
}

fn check_coalitions(coalitions: &[Vec<bool>], regions: usize) -> Result<(), Error> {
    match coalitions.iter().find(|it| it.len() != regions) {
        _ if coalitions.is_empty() => Err(Error::InvalidOption {
            option: "coalitions",
            value: "empty".into(),
            requirement: "at least one is needed",
        }),
        Some(wrong) => Err(Error::InvalidOption {
            option: "a coalition",
            value: format!("{wrong:?} for {regions} regions"),
            requirement: "it has a flag for every region",
        }),
        None => Ok(()),
    }
}

impl SweepMethod for Lime {
    const NAME: &'static str = "lime";
    const IS_COMPLETE: bool = false;

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        Ok(self.design(regions.len())?.coalitions.len())
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        _: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        let Design {
            coalitions,
            is_sample,
        } = self.design(sweep.regions().len())?;
        let rounds = if is_sample {
            self.draws.rounds(coalitions.len())
        } else {
            Draws::all(coalitions.len())
        };
        let mut scores: Vec<Scores> = vec![Vec::new(); sweep.targets().len()];
        self.draws.until_enough(rounds, |round| {
            let known = &coalitions[..round.end];
            let new = coalitions[round].iter().cloned().map(Coalition::Of);
            for (all, new) in scores.iter_mut().zip(sweep.scores(work, new)?) {
                all.extend(new);
            }
            self.tables(sweep, known, &scores, is_sample)
        })
    }

    fn is_converged(&self, table: &RegionTable) -> Option<bool> {
        self.draws.is_converged(table)
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        let attribution = attribution
            .with_option("surrogate", self.surrogate)
            .with_option("proximity", self.proximity);
        match &self.coalitions {
            Some(coalitions) => attribution.with_option("coalitions", coalitions.len()),
            None => attribution
                .with_option("draws", self.draws.count)
                .with_option("seed", self.draws.seed),
        }
    }
}

sweep_method!(Lime);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{assert_rows_have_their_own, product_and_sum, values, x};
    use crate::{AnyTensor, BlackBox, Class, Method};
    use burn::tensor::{Device, Float, Int, Tensor};

    /// All samples count alike.
    fn even() -> Lime {
        Lime::new()
            .with_surrogate(Surrogate::LeastSquares)
            .with_proximity(Proximity::Regions(1e9))
    }

    fn assert_close(actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len());
        for (a, b) in actual.iter().zip(expected) {
            assert!((a - b).abs() < 1e-5, "{actual:?} {expected:?}");
        }
    }

    #[test]
    fn over_all_samples_alike_a_factor_counts_in_half_of_them() {
        // As Banzhaf values: those are the coefficients of this regression (Hammer & Holzman 1992).
        let [first, second] = values(&even());
        assert_close(&first, &[3.0, 3.0, 5.0]);
        assert_close(&second, &[-1.0, -1.0, 0.0]);
    }

    #[test]
    fn near_the_input_a_factor_counts_fully() {
        let near = Lime::new()
            .with_surrogate(Surrogate::LeastSquares)
            .with_proximity(Proximity::Regions(0.03));
        // The samples without one region outweigh the rest: each tells what the score loses without it.
        for (value, lost) in values(&near)[0].iter().zip([6.0, 6.0, 5.0]) {
            assert!((value - lost).abs() < 1e-3, "{value}");
        }
    }

    #[test]
    fn the_fit_says_how_linear_the_score_is() {
        let result = even()
            .attribute_each(&product_and_sum(), x(), [Class(0), Class(1)])
            .unwrap();
        // 6 z0 z1 + 5 z2: the product has a variance of 36 · 3/16, of which a third isn't linear; the rest is 25 / 4.
        let unexplained: f32 = 36.0 / 16.0 / (36.0 * 3.0 / 16.0 + 25.0 / 4.0);
        let fits = result
            .iter()
            .map(|it| it.regions().unwrap().fit(0).unwrap());
        assert_close(&fits.collect::<Vec<_>>(), &[1.0 - unexplained, 1.0]);
        assert!(result[0].regions().unwrap().standard_errors(0).is_none());
    }

    #[test]
    fn nearness_is_that_of_the_values_too() {
        // One region of two: without it (3, 4) is (0, 4), a cosine of 0.8 and a distance of 3.
        let x = Tensor::<2>::from_data([[3.0, 4.0]], &Device::flex());
        let model = BlackBox::new(|inputs: &[AnyTensor]| {
            let x = inputs[0].to_tensor::<2, Float>()?;
            Ok(vec![x.powi_scalar(2).sum_dim(1).into()])
        });
        let labels = Tensor::<2, Int>::from_data([[0, -1]], &Device::flex());
        let explained = |proximity: Proximity| {
            let method = Lime::new()
                .with_regions(crate::Regions::labels(labels.clone()))
                .with_proximity(proximity);
            let result = method.attribute(&model, x.clone(), Class(0)).unwrap();
            result.regions().unwrap().values(0)[0]
        };
        // Ridge of two samples of weights 1 and w: the flag's weighted variance is w / (1 + w), and 9 the difference.
        let expected = |w: f64| (9.0 * w / (1.0 + w) / (w / (1.0 + w) + 1.0)) as f32;
        let near = |d: f64, width: f64| (-d * d / (2.0 * width * width)).exp();
        assert_close(
            &[explained(Proximity::Cosine(0.5))],
            &[expected(near(0.2, 0.5))],
        );
        assert_close(
            &[explained(Proximity::Euclidean(2.0))],
            &[expected(near(3.0, 2.0))],
        );
        assert_close(
            &[explained(Proximity::Regions(1.0))],
            &[expected(near(1.0, 1.0))],
        );
    }

    /// The product of pairs of ten numbers.
    fn pairs() -> impl Model {
        BlackBox::new(|inputs: &[AnyTensor]| {
            let x = inputs[0].to_tensor::<2, Float>()?;
            let [rows, _] = x.dims();
            let products = x.reshape([rows, 5, 2]).prod_dim(2);
            Ok(vec![products.sum_dim(1).reshape([rows, 1]).into()])
        })
    }

    fn ten() -> Tensor<2> {
        let row = [1.0, 2.0, -1.0, 3.0, 0.5, 1.0, 2.0, 2.0, -2.0, 1.0];
        Tensor::from_data([row], &Device::flex())
    }

    #[test]
    fn standard_errors_cover_the_truth_as_often_as_they_should() {
        let all = even().with_draws(1024);
        let truth = all.attribute(&pairs(), ten(), Class(0)).unwrap();
        let truth = truth.regions().unwrap().values(0).to_vec();
        let mut covered = [0; 10];
        let seeds = 60;
        for seed in 0..seeds {
            let method = even().with_draws(200).with_seed(seed);
            let result = method.attribute(&pairs(), ten(), Class(0)).unwrap();
            let regions = result.regions().unwrap();
            let errors = regions.standard_errors(0).unwrap();
            let pairs = regions.values(0).iter().zip(errors).zip(&truth);
            for (covered, ((value, error), truth)) in covered.iter_mut().zip(pairs) {
                *covered += u64::from((value - truth).abs() <= 1.96 * error);
            }
        }
        // 95% of 60 are 57; with fewer than 50 in 60 the chance is 1 in 1,000.
        for covered in covered {
            assert!(covered >= 50, "{covered} of {seeds}");
        }
    }

    #[test]
    fn it_draws_until_errors_are_small() {
        let method = even()
            .with_draws(100)
            .with_tolerance(0.1)
            .with_max_draws(900);
        let explained = |method: &Lime| method.attribute(&pairs(), ten(), Class(0)).unwrap();
        let result = explained(&method);
        assert_eq!(result.option("converged"), Some("true"));
        let regions = result.regions().unwrap();
        let largest = regions
            .values(0)
            .iter()
            .fold(0.0, |most: f32, it| most.max(it.abs()));
        let errors = regions.standard_errors(0).unwrap();
        assert!(
            errors.iter().all(|&error| error <= 0.1 * largest),
            "{errors:?}"
        );
        let few = explained(&method.clone().with_max_draws(100));
        assert_eq!(few.option("converged"), Some("false"));
    }

    #[test]
    fn options_that_mean_nothing_are_refused() {
        let error = |method: Lime| {
            let result = method.attribute(&product_and_sum(), x(), Class(0));
            result.unwrap_err().to_string()
        };
        assert!(error(Lime::new().with_draws(0)).contains("at least one"));
        assert!(error(Lime::new().with_coalitions(Vec::new())).contains("at least one"));
        let wrong = vec![vec![true]];
        assert!(error(Lime::new().with_coalitions(wrong)).contains("a flag for every region"));
        let tolerant = Lime::new().with_coalitions(vec![vec![true; 3]; 4]);
        assert!(error(tolerant.with_tolerance(0.1)).contains("leave out the tolerance"));
        let zero = Lime::new().with_proximity(Proximity::Cosine(0.0));
        assert!(error(zero).contains("positive"));
        let narrow = Lime::new().with_proximity(Proximity::Cosine(1e-9));
        let narrow = narrow.with_coalitions(vec![vec![false; 3]; 4]);
        assert!(error(narrow).contains("some sample counts"));
        let strength = Lime::new().with_surrogate(Surrogate::Ridge(-1.0));
        assert!(error(strength).contains("isn't negative"));
        let lasso = Lime::new().with_surrogate(Surrogate::Lasso(0.1));
        assert!(error(lasso.with_tolerance(0.1)).contains("no standard errors"));
        let few = even().with_coalitions(vec![vec![true, false, true]; 9]);
        assert!(error(few).contains("don't tell 3 regions apart"));
    }

    #[test]
    fn distances_of_integers_are_refused() {
        let model = BlackBox::new(|inputs: &[AnyTensor]| {
            let tokens = inputs[0].to_tensor::<2, Int>()?;
            Ok(vec![tokens.float().sum_dim(1).into()])
        });
        let tokens = Tensor::<2, Int>::from_data([[4, 2]], &Device::flex());
        let explained = |proximity| {
            let method = even().with_proximity(proximity);
            method.attribute(&model, tokens.clone(), Class(0))
        };
        let error = explained(Proximity::Cosine(1.0)).unwrap_err().to_string();
        assert!(error.contains("mean nothing"), "{error}");
        let result = explained(Proximity::Regions(1.0)).unwrap();
        assert_close(result.regions().unwrap().values(0), &[4.0, 2.0]);
    }

    #[test]
    fn rows_may_have_regions_of_their_own() {
        assert_rows_have_their_own(|regions| {
            Lime::new()
                .with_proximity(Proximity::Euclidean(3.0))
                .with_regions(regions)
        });
    }
}
