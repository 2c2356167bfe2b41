//! Sobol indices.

use rand::RngExt;

use crate::perturbation::coalition::Coalition;
use crate::perturbation::draws::{Draws, check_given, draws_options};
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::random::generator;
use crate::run::batching::Work;
use crate::{Attribution, Error, Model};

/// Sobol indices: the part of the score's variance that would be left if all regions but one were known.
///
/// Every region is blended with the baseline, `z x + (1 - z) b`, its `z` anywhere from 0 to 1. With all of them drawn at
/// random, the total index of region `r` is
///
/// ```text
/// A_r = E[ variance of F over z_r, given all other z ] / variance of F
/// ```
///
/// which counts what the region does alone and together with others, whatever the sign: a value says how much the score
/// depends on the region, not whether it speaks for or against the class. Fel et al., [*Look at the Variance!*](https://arxiv.org/abs/2111.04138),
/// `NeurIPS` 2021. Points come from a Sobol sequence, two of them for each draw: the first is taken as it is, and once for each
/// region with that region's `z` from the second. Which of the estimators is taken, says
/// [`with_estimator`](Self::with_estimator). A score that never changes has zeros.
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](Self::with_draws) | 32 pairs of points; powers of two are best |
/// | [`with_tolerance`](Self::with_tolerance) | none: exactly so many pairs |
/// | [`with_max_draws`](Self::with_max_draws) | 1,024 pairs, with a tolerance |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_estimator`](Self::with_estimator) | Jansen |
/// | [`with_design`](Self::with_design) | a scrambled Sobol sequence |
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes one evaluation more than there are regions for each pair. [Standard
/// errors](crate::attribution::RegionValues::standard_errors) are those of independent points; a sequence's are usually
/// smaller. Inputs of integers can't be blended and are refused.
///
/// ```
/// use backdraft::{Class, Method, Network, SobolIndices};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[1.0, 3.0]], &Device::default());
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.sum_dim(1))?;
/// let indices = SobolIndices::new().with_draws(256).attribute(&net, x, Class(0))?;
/// // The variances of the parts are 1 and 9 times that of z.
/// assert!((indices.regions().unwrap().values(0)[1] - 0.9).abs() < 0.02);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SobolIndices {
    replacement: Replacement,
    draws: Draws,
    estimator: SobolEstimator,
    design: Option<Design>,
}

/// How [`SobolIndices`] are estimated from the scores `a` of points and `c` of the same points with one region's `z` from
/// others. Variances have one less than the number of points in their denominators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SobolEstimator {
    /// `mean of (a - c)² / 2, by the variance of a` (Jansen 1999), which is never negative.
    #[default]
    Jansen,
    /// `1 - (mean of a c - (mean of a)²) / variance of a` (Homma & Saltelli 1996).
    Homma,
}

/// Points, and those from which one region's value is taken at a time.
#[derive(Clone, Debug)]
struct Design {
    points: Vec<Vec<f32>>,
    others: Vec<Vec<f32>>,
}

impl Default for SobolIndices {
    fn default() -> Self {
        Self {
            replacement: Replacement::default(),
            draws: Draws::new(32, 1024),
            estimator: SobolEstimator::default(),
            design: None,
        }
    }
}

/// As many points as a sequence has.
const MOST: usize = 1 << 16;

impl SobolIndices {
    /// 32 pairs of points over all regions, blended with zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// How indices are estimated.
    #[must_use]
    pub fn with_estimator(mut self, estimator: SobolEstimator) -> Self {
        self.estimator = estimator;
        self
    }

    /// These points in place of a Sobol sequence, and as many others from which one region's value is taken at a time: for each a
    /// number of `0.0..=1.0` for every region, one where the input stays as it is.
    #[must_use]
    pub fn with_design(mut self, points: Vec<Vec<f32>>, others: Vec<Vec<f32>>) -> Self {
        self.design = Some(Design { points, others });
        self
    }

    draws_options!("pairs of points");
    replacement_options!();

    fn design(&self, regions: usize) -> Result<Design, Error> {
        if let Some(design) = &self.design {
            check_given(self.draws.tolerance)?;
            design.check(regions)?;
            return Ok(design.clone());
        }
        let points = self.draws.limit()?;
        if points > MOST {
            return Err(Error::InvalidOption {
                option: "draws",
                value: points.to_string(),
                requirement: "a Sobol sequence has at most 65,536 points",
            });
        }
        Ok(sequence(points, regions, self.draws.seed))
    }
}

/// The first points of a scrambled Sobol sequence in twice as many dimensions as there are regions.
fn sequence(points: usize, regions: usize, seed: u64) -> Design {
    let dimensions = sobol_burley::NUM_DIMENSIONS as usize;
    // Further dimensions are those of independent sequences.
    let blocks = (2 * regions).div_ceil(dimensions);
    let seeds: Vec<u32> = (0..blocks)
        .map(|block| generator(seed, block).random())
        .collect();
    let value = |point: usize, dimension: usize| {
        let (block, dimension) = (dimension / dimensions, dimension % dimensions);
        sobol_burley::sample(point as u32, dimension as u32, seeds[block])
    };
    let half = |first: usize| {
        let point = |point| {
            (first..first + regions)
                .map(|it| value(point, it))
                .collect()
        };
        (0..points).map(point).collect()
    };
    Design {
        points: half(0),
        others: half(regions),
    }
}

impl Design {
    fn check(&self, regions: usize) -> Result<(), Error> {
        let wrong = |value: String, requirement: &'static str| {
            Err(Error::InvalidOption {
                option: "a design",
                value,
                requirement,
            })
        };
        let (points, others) = (self.points.len(), self.others.len());
        if points == 0 || points != others {
            let value = format!("of {points} points and {others} others");
            return wrong(value, "it has at least one point, and as many others");
        }
        let fits = |point: &&Vec<f32>| {
            point.len() == regions && point.iter().all(|it| (0.0..=1.0).contains(it))
        };
        match self.points.iter().chain(&self.others).find(|it| !fits(it)) {
            Some(point) => wrong(
                format!("with {point:?} for {regions} regions"),
                "a point has a number from zero to one for every region",
            ),
            None => Ok(()),
        }
    }

    /// A point, and the same with each region's value from the other point.
    fn versions(&self, point: usize) -> impl Iterator<Item = Coalition> {
        let (own, other) = (&self.points[point], &self.others[point]);
        let with = move |region: usize| {
            let mut changed = own.clone();
            changed[region] = other[region];
            changed
        };
        let changed = (0..own.len()).map(with);
        [own.clone()]
            .into_iter()
            .chain(changed)
            .map(Coalition::Weighted)
    }
}

impl SweepMethod for SobolIndices {
    const NAME: &'static str = "sobol-indices";
    const IS_COMPLETE: bool = false;

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        Ok(self.design(regions.len())?.points.len() * (regions.len() + 1))
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        _: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        check_floats(sweep)?;
        let regions = sweep.regions().len();
        let design = self.design(regions)?;
        let rounds = self.draws.rounds(design.points.len());
        let mut scores: Vec<Scores> = vec![Vec::new(); sweep.targets().len()];
        self.draws.until_enough(rounds, |round| {
            let versions = round.flat_map(|point| design.versions(point));
            for (all, new) in scores.iter_mut().zip(sweep.scores(work, versions)?) {
                all.extend(new);
            }
            let table = |scores: &Scores| self.estimator.table(scores, sweep.rows(), regions);
            Ok(scores.iter().map(table).collect())
        })
    }

    fn is_converged(&self, table: &RegionTable) -> Option<bool> {
        self.draws.is_converged(table)
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        let attribution = attribution.with_option("estimator", self.estimator);
        match &self.design {
            Some(design) => attribution.with_option("points", design.points.len()),
            None => attribution
                .with_option("draws", self.draws.count)
                .with_option("seed", self.draws.seed),
        }
    }
}

sweep_method!(SobolIndices);

/// Integers are in place or replaced, and nothing between.
fn check_floats<M: Model + ?Sized>(sweep: &Sweep<'_, M>) -> Result<(), RegionError> {
    match sweep.values().iter().position(|value| !value.is_float()) {
        Some(input) => Err(RegionError::NotBlended {
            input,
            method: SobolIndices::NAME,
        }),
        None => Ok(()),
    }
}

/// In small letters.
impl std::fmt::Display for SobolEstimator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Jansen => "jansen",
            Self::Homma => "homma",
        })
    }
}

impl SobolEstimator {
    /// The indices of all rows, from the scores of every point and its changed versions.
    fn table(self, scores: &Scores, rows: usize, regions: usize) -> RegionTable {
        let row = |row: usize| {
            let scores: Vec<f64> = scores.iter().map(|scores| scores[row]).collect();
            let points: Vec<&[f64]> = scores.chunks(regions + 1).collect();
            let own: Vec<f64> = points.iter().map(|point| point[0]).collect();
            let changed = (1..=regions).map(|it| points.iter().map(|point| point[it]).collect());
            changed
                .map(|changed: Vec<f64>| self.index(&own, &changed))
                .unzip()
        };
        let (values, errors) = (0..rows).map(row).unzip();
        RegionTable {
            values,
            errors: Some(errors),
            ..RegionTable::default()
        }
    }

    /// One index and its standard error: that of a ratio of two means, one of what each point adds to the variance that the
    /// region is part of, one of what it adds to all variance.
    fn index(self, own: &[f64], changed: &[f64]) -> (f64, f64) {
        let points = own.len() as f64;
        let mean = own.iter().sum::<f64>() / points;
        let freedom = points / (points - 1.0).max(1.0);
        let all: Vec<f64> = own.iter().map(|a| freedom * (a - mean).powi(2)).collect();
        let variance = all.iter().sum::<f64>() / points;
        if variance == 0.0 {
            return (0.0, 0.0);
        }
        let part = |((a, c), all): ((&f64, &f64), &f64)| match self {
            Self::Jansen => (a - c).powi(2) / 2.0,
            Self::Homma => all - (a * c - 2.0 * mean * a + mean * mean),
        };
        let parts: Vec<f64> = own.iter().zip(changed).zip(&all).map(part).collect();
        let index = parts.iter().sum::<f64>() / points / variance;
        let moved = parts.iter().zip(&all).map(|(part, all)| part - index * all);
        let squares: f64 = moved.map(|it| it * it).sum();
        (index, (freedom * squares).sqrt() / (points * variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{assert_rows_have_their_own, product_and_sum, values, x};
    use crate::{AnyTensor, Baseline, BlackBox, Class, Inputs, Method};
    use burn::tensor::{Device, Int, Tensor};

    fn assert_close(actual: &[f32], expected: &[f32], tolerance: f32) {
        assert_eq!(actual.len(), expected.len());
        for (a, b) in actual.iter().zip(expected) {
            assert!((a - b).abs() < tolerance, "{actual:?} {expected:?}");
        }
    }

    #[test]
    fn indices_are_those_of_the_points() {
        let points = vec![vec![1.0, 0.0, 0.5], vec![0.5, 1.0, 0.0]];
        let others = vec![vec![0.0, 1.0, 1.0], vec![1.0, 0.0, 1.0]];
        // 6 z0 z1 + 5 z2 at the points is 2.5 and 3: a variance of 1/8. With the first region changed it is 2.5 and 6.
        let method = SobolIndices::new().with_design(points, others);
        let [first, second] = values(&method);
        let jansen = |c: [f32; 2]| ((2.5 - c[0]).powi(2) + (3.0 - c[1]).powi(2)) / 4.0 * 8.0;
        let expected = [[2.5, 6.0], [8.5, 0.0], [5.0, 8.0]].map(jansen);
        assert_close(&first, &expected, 1e-4);
        // -2 z0 z1 + 0 z2: the third is never asked.
        assert_eq!(second[2], 0.0);
        let [first, _] = values(&method.with_estimator(SobolEstimator::Homma));
        let homma = |c: [f32; 2]| 1.0 - (f32::midpoint(2.5 * c[0], 3.0 * c[1]) - 2.75 * 2.75) * 8.0;
        assert_close(
            &first,
            &[[2.5, 6.0], [8.5, 0.0], [5.0, 8.0]].map(homma),
            1e-3,
        );
    }

    #[test]
    fn many_points_find_the_indices() {
        // Variances of 6 z0 z1 + 5 z2 over uniform z: 36 (1/9 - 1/16) = 1.75 and 25 / 12. The first factor's total part is
        // 36 · 1/12 · 1/3 = 1.
        let all = 1.75 + 25.0 / 12.0;
        let expected = [1.0 / all, 1.0 / all, 25.0 / 12.0 / all];
        let method = SobolIndices::new().with_draws(2048);
        assert_close(&values(&method)[0], &expected, 0.02);
        let homma = method.with_estimator(SobolEstimator::Homma);
        assert_close(&values(&homma)[0], &expected, 0.02);
    }

    #[test]
    fn many_regions_take_several_sequences() {
        let Design { points, others } = sequence(64, 200, 3);
        let all = points
            .iter()
            .zip(&others)
            .map(|(a, b)| [&a[..], b].concat());
        let all: Vec<Vec<f32>> = all.collect();
        for dimension in 0..400 {
            let mean = all.iter().map(|point| point[dimension]).sum::<f32>() / 64.0;
            assert!((mean - 0.5).abs() < 0.02, "{dimension}: {mean}");
            // A dimension and the one that is as far in the next sequence.
            assert_ne!(all[0][dimension], all[0][(dimension + 256) % 400]);
        }
    }

    #[test]
    fn what_is_replaced_is_blended_with_the_baseline() {
        let point = vec![vec![0.5, 1.0, 1.0], vec![1.0, 1.0, 1.0]];
        let other = vec![vec![1.0, 0.0, 1.0]; 2];
        let method = SobolIndices::new()
            .with_design(point, other)
            .with_baseline(Baseline::constant(1.0));
        // x0 is halfway from 2 to 1: 1.5 · 3 + 5 = 9.5, and 11 at the second point. With x1 at 1: 6.5 and 7.
        let expected = |a: f32, b: f32| (a * a + b * b) / 4.0 / (1.5_f32.powi(2) / 2.0);
        assert_close(
            &values(&method)[0],
            &[expected(1.5, 0.0), expected(3.0, 4.0), 0.0],
            1e-4,
        );
    }

    #[test]
    fn a_constant_score_depends_on_nothing() {
        let model = BlackBox::new(|inputs: &[AnyTensor]| {
            let x = inputs[0].to_tensor::<2, burn::tensor::Float>()?;
            Ok(vec![(x.sum_dim(1) * 0.0 + 3.0).into()])
        });
        let result = SobolIndices::new()
            .attribute(&model, x(), Class(0))
            .unwrap();
        assert_eq!(result.regions().unwrap().values(0), [0.0; 3]);
    }

    #[test]
    fn standard_errors_are_no_smaller_than_errors_are() {
        let all = 1.75 + 25.0 / 12.0;
        let truth: [f32; 3] = [1.0 / all, 1.0 / all, 25.0 / 12.0 / all];
        let seeds = 60;
        let mut covered = [0; 3];
        for seed in 0..seeds {
            let method = SobolIndices::new().with_draws(128).with_seed(seed);
            let result = method.attribute(&product_and_sum(), x(), Class(0)).unwrap();
            let regions = result.regions().unwrap();
            let errors = regions.standard_errors(0).unwrap();
            for (region, covered) in covered.iter_mut().enumerate() {
                let error = (regions.values(0)[region] - truth[region]).abs();
                *covered += u64::from(error <= 1.96 * errors[region]);
            }
        }
        // Of independent points 95% of 60 are 57; a sequence is covered more often.
        for covered in covered {
            assert!(covered >= 55, "{covered} of {seeds}");
        }
    }

    #[test]
    fn it_draws_until_errors_are_small_whatever_the_batch() {
        let method = SobolIndices::new().with_tolerance(0.1);
        let explained = |rows| {
            let inputs = Inputs::new(x()).with_batch_size(rows);
            let result = method.attribute(&product_and_sum(), inputs, Class(0));
            result.unwrap()
        };
        let result = explained(2);
        assert_eq!(result.option("converged"), Some("true"));
        for rows in [3, 8, 100] {
            assert_eq!(explained(rows).regions(), result.regions());
        }
        let few = method.with_max_draws(8);
        let few = few.attribute(&product_and_sum(), x(), Class(0)).unwrap();
        assert_eq!(few.option("converged"), Some("false"));
    }

    #[test]
    fn designs_that_do_not_fit_are_refused() {
        let error = |method: SobolIndices| {
            let result = method.attribute(&product_and_sum(), x(), Class(0));
            result.unwrap_err().to_string()
        };
        let design = |points: &[[f32; 3]], others: &[[f32; 3]]| {
            let [points, others] =
                [points, others].map(|it| it.iter().map(|it| it.to_vec()).collect());
            SobolIndices::new().with_design(points, others)
        };
        assert!(error(design(&[], &[])).contains("at least one point"));
        assert!(error(design(&[[0.0; 3]; 2], &[[0.0; 3]])).contains("2 points and 1 others"));
        assert!(error(design(&[[0.0, 1.5, 0.0]], &[[0.0; 3]])).contains("from zero to one"));
        let tolerant = design(&[[0.0; 3]], &[[1.0; 3]]).with_tolerance(0.1);
        assert!(error(tolerant).contains("leave out the tolerance"));
        assert!(error(SobolIndices::new().with_draws(0)).contains("at least one"));
        assert!(error(SobolIndices::new().with_draws(70_000)).contains("65,536"));
    }

    #[test]
    fn integers_are_refused() {
        let model = BlackBox::new(|inputs: &[AnyTensor]| {
            let tokens = inputs[0].to_tensor::<2, Int>()?;
            Ok(vec![tokens.float().sum_dim(1).into()])
        });
        let tokens = Tensor::<2, Int>::from_data([[4, 2]], &Device::flex());
        let error = SobolIndices::new().attribute(&model, tokens, Class(0));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("can't be blended"), "{error}");
    }

    #[test]
    fn rows_may_have_regions_of_their_own() {
        assert_rows_have_their_own(|regions| SobolIndices::new().with_regions(regions));
    }
}
