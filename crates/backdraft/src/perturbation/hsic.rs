//! HSIC.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::perturbation::coalition::Coalition;
use crate::perturbation::least_squares::dot;
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::random::generator;
use crate::run::batching::Work;
use crate::{Attribution, Error, Model};

/// HSIC: how much the score depends on whether a region is in place, by the Hilbert-Schmidt independence criterion.
///
/// Each region of a sample is in place or replaced, at random. Over `N` samples
///
/// ```text
/// A_r = tr( K H L H ) / (N - 1)²,   K_ij = 1/2 if region r is alike in samples i and j, else -1/2,
///                                   L_ij = exp( -(F_i - F_j)² / 2σ² ),   H = I - 1/N
/// ```
///
/// which is zero if scores have the same distribution with and without the region, and else positive: a value says how much the
/// score depends on the region, not whether it speaks for or against the class. Novello, Fel & Vigouroux, [*Making Sense of
/// Dependence*](https://arxiv.org/abs/2206.06219), `NeurIPS` 2022. The width `σ` is the median distance of two scores unless it is
/// given, so that values don't depend on an offset or a scale of the score. A score that never changes has zeros.
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](Self::with_draws) | 500 samples, in half of which each region is in place |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_coalitions`](Self::with_coalitions) | random samples |
/// | [`with_width`](Self::with_width) | the median distance of two different scores |
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// [Standard errors](crate::attribution::RegionValues::standard_errors) tell how far values may be from those of very many
/// samples. Of a region on which nothing depends the value isn't quite zero, but about as large as half a width over the number of
/// samples.
///
/// ```
/// use backdraft::{Class, Hsic, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[1.0, 3.0]], &Device::default());
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.sum_dim(1))?;
/// let result = Hsic::new().attribute(&net, x, Class(0))?;
/// let values = result.regions().unwrap().values(0);
/// assert!(values[1] > values[0] && values[0] > 0.0);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hsic {
    replacement: Replacement,
    draws: usize,
    seed: u64,
    width: Option<f64>,
    coalitions: Option<Vec<Vec<bool>>>,
}

impl Default for Hsic {
    fn default() -> Self {
        Self {
            replacement: Replacement::default(),
            draws: 500,
            seed: 0,
            width: None,
            coalitions: None,
        }
    }
}

impl Hsic {
    /// 500 samples of all regions, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many samples are looked at. Time and memory beside the evaluations grow with their square.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// What random samples depend on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The width of the kernel of scores, the same for all samples and targets.
    #[must_use]
    pub fn with_width(mut self, width: f64) -> Self {
        self.width = Some(width);
        self
    }

    /// These samples in place of random ones: for each a flag for every region, `true` if it is in place.
    #[must_use]
    pub fn with_coalitions(mut self, coalitions: Vec<Vec<bool>>) -> Self {
        self.coalitions = Some(coalitions);
        self
    }

    replacement_options!();

    fn samples(&self, regions: usize) -> Result<Vec<Vec<bool>>, Error> {
        if let Some(width) = self.width.filter(|it| !(it.is_finite() && *it > 0.0)) {
            return Err(Error::InvalidOption {
                option: "width",
                value: width.to_string(),
                requirement: "it must be a positive number",
            });
        }
        let samples = match &self.coalitions {
            Some(coalitions) => coalitions.clone(),
            None => balanced(self.draws, regions, &mut generator(self.seed, 0)),
        };
        if samples.len() < 2 {
            return Err(Error::InvalidOption {
                option: "draws",
                value: samples.len().to_string(),
                requirement: "at least two are compared",
            });
        }
        match samples.iter().find(|it| it.len() != regions) {
            Some(wrong) => Err(Error::InvalidOption {
                option: "a coalition",
                value: format!("{wrong:?} for {regions} regions"),
                requirement: "it has a flag for every region",
            }),
            None => Ok(samples),
        }
    }
}

/// Samples in half of which each region is in place, as a Latin hypercube has them.
fn balanced(samples: usize, regions: usize, random: &mut StdRng) -> Vec<Vec<bool>> {
    let mut columns = (0..regions).map(|_| {
        let mut column: Vec<bool> = (0..samples).map(|sample| sample % 2 == 0).collect();
        column.shuffle(random);
        column
    });
    let columns: Vec<Vec<bool>> = columns.by_ref().collect();
    (0..samples)
        .map(|sample| columns.iter().map(|column| column[sample]).collect())
        .collect()
}

impl SweepMethod for Hsic {
    const NAME: &'static str = "hsic";
    const IS_COMPLETE: bool = false;

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        Ok(self.samples(regions.len())?.len())
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        _: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        let regions = sweep.regions().len();
        let samples = self.samples(regions)?;
        let columns: Vec<Vec<f64>> = (0..regions)
            .map(|region| {
                centered(
                    samples
                        .iter()
                        .map(|sample| f64::from(u8::from(sample[region]))),
                )
            })
            .collect();
        let tables = sweep.scores(work, samples.iter().cloned().map(Coalition::Of))?;
        let table = |scores: &Scores| {
            let rows = (0..sweep.rows()).map(|row| {
                let scores: Vec<f64> = scores.iter().map(|scores| scores[row]).collect();
                match self.width.or_else(|| median_distance(&scores)) {
                    Some(width) => dependences(&columns, &scores, width),
                    None => vec![(0.0, 0.0); regions],
                }
            });
            let (values, errors) = rows.map(|row| row.into_iter().unzip()).unzip();
            RegionTable {
                values,
                errors: Some(errors),
                ..RegionTable::default()
            }
        };
        Ok(tables.iter().map(table).collect())
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        let attribution = match self.width {
            Some(width) => attribution.with_option("width", width),
            None => attribution,
        };
        match &self.coalitions {
            Some(coalitions) => attribution.with_option("coalitions", coalitions.len()),
            None => attribution
                .with_option("draws", self.draws)
                .with_option("seed", self.seed),
        }
    }
}

sweep_method!(Hsic);

/// Numbers minus their mean.
fn centered(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let numbers: Vec<f64> = numbers.collect();
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    numbers.into_iter().map(|number| number - mean).collect()
}

/// The median distance of two scores that differ; `None` if all are equal.
fn median_distance(scores: &[f64]) -> Option<f64> {
    let pairs = scores.iter().enumerate();
    let distances = pairs.flat_map(|(index, a)| scores[..index].iter().map(move |b| (a - b).abs()));
    let mut distances: Vec<f64> = distances.filter(|distance| *distance > 0.0).collect();
    let middle = distances.len() / 2;
    if distances.is_empty() {
        return None;
    }
    let (_, median, _) = distances.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

/// The criterion of every region with its standard error, given its centered flags `u`.
///
/// With `K = 2 u uᵀ` after centering, it is `2 uᵀ L u`, to which every sample adds its own part. Those of a V-statistic of order two
/// count twice in the standard error.
fn dependences(columns: &[Vec<f64>], scores: &[f64], width: f64) -> Vec<(f64, f64)> {
    let samples = scores.len() as f64;
    let kernel = |a: f64, b: f64| (-(a - b).powi(2) / (2.0 * width * width)).exp();
    let mut products = vec![Vec::with_capacity(scores.len()); columns.len()];
    for &a in scores {
        let row: Vec<f64> = scores.iter().map(|&b| kernel(a, b)).collect();
        for (products, column) in products.iter_mut().zip(columns) {
            products.push(dot(&row, column));
        }
    }
    let dependence = |(column, products): (&Vec<f64>, Vec<f64>)| {
        let products = centered(products.into_iter());
        let parts = column
            .iter()
            .zip(&products)
            .map(|(u, product)| 2.0 * u * product);
        let parts: Vec<f64> = parts.collect();
        let sum: f64 = parts.iter().sum();
        let rest = centered(parts.into_iter());
        let freedom = (samples - 1.0).powi(2);
        let error = 2.0 * (dot(&rest, &rest) * samples / (samples - 1.0)).sqrt();
        (sum / freedom, error / freedom)
    };
    columns.iter().zip(products).map(dependence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{assert_rows_have_their_own, product_and_sum, values, x};
    use crate::{AnyTensor, BlackBox, Class, Inputs, Method};
    use burn::tensor::{Float, Tensor};

    #[test]
    fn the_criterion_is_the_trace_of_the_kernels() {
        let samples = [[true, false], [false, false], [true, true], [true, false]];
        let scores = [0.3, -1.0, 2.0, 0.7];
        let width: f64 = 1.5;
        let kernel = |i: usize, j: usize| {
            let distance: f64 = scores[i] - scores[j];
            (-distance * distance / (2.0 * width * width)).exp()
        };
        for region in 0..2 {
            let alike = |i: usize, j: usize| -> f64 {
                if samples[i][region] == samples[j][region] {
                    0.5
                } else {
                    -0.5
                }
            };
            let h = |i: usize, j: usize| f64::from(u8::from(i == j)) - 0.25;
            let mut trace = 0.0;
            for (i, j) in (0..4).flat_map(|i| (0..4).map(move |j| (i, j))) {
                for (k, l) in (0..4).flat_map(|k| (0..4).map(move |l| (k, l))) {
                    trace += h(i, j) * alike(j, k) * h(k, l) * kernel(l, i);
                }
            }
            let flags = samples
                .iter()
                .map(|sample| f64::from(u8::from(sample[region])));
            let columns = [centered(flags)];
            let (value, _) = dependences(&columns, &scores, width)[0];
            assert!((value - trace / 9.0).abs() < 1e-12, "{value} {trace}");
        }
    }

    #[test]
    fn what_matters_more_has_more_dependence() {
        let [first, second] = values(&Hsic::new());
        // 6 z0 z1 + 5 z2, and -2 z0 z1.
        assert!(
            first[2] > first[0] && (first[0] - first[1]).abs() < 0.2 * first[0],
            "{first:?}"
        );
        assert!(second[2] < 0.1 * second[0], "{second:?}");
    }

    #[test]
    fn an_offset_or_a_scale_of_the_score_changes_nothing() {
        let scaled = |scale: f64, offset: f64| {
            let model = BlackBox::new(move |inputs: &[AnyTensor]| {
                let x = inputs[0].to_tensor::<2, Float>()?;
                Ok(vec![(x.sum_dim(1) * scale + offset).into()])
            });
            let result = Hsic::new().attribute(&model, x(), Class(0)).unwrap();
            result.regions().unwrap().values(0).to_vec()
        };
        let expected = scaled(1.0, 0.0);
        for (a, b) in scaled(4.0, 64.0).iter().zip(&expected) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn a_constant_score_depends_on_nothing() {
        let model = BlackBox::new(|inputs: &[AnyTensor]| {
            let x = inputs[0].to_tensor::<2, Float>()?;
            Ok(vec![(x.sum_dim(1) * 0.0 + 3.0).into()])
        });
        let result = Hsic::new().attribute(&model, x(), Class(0)).unwrap();
        assert_eq!(result.regions().unwrap().values(0), [0.0; 3]);
    }

    #[test]
    fn the_width_is_the_median_of_distances() {
        // Distances 1, 3, 4 of three scores; of equal ones there is none.
        assert_eq!(median_distance(&[0.0, 1.0, 4.0, 4.0]), Some(3.0));
        assert_eq!(median_distance(&[2.0, 2.0]), None);
    }

    #[test]
    fn every_region_is_there_in_half_of_the_samples() {
        let samples = balanced(10, 6, &mut generator(0, 0));
        for region in 0..6 {
            assert_eq!(samples.iter().filter(|sample| sample[region]).count(), 5);
        }
    }

    #[test]
    fn standard_errors_cover_the_truth_as_often_as_they_should() {
        let explained = |draws, seed| {
            let method = Hsic::new()
                .with_width(3.0)
                .with_draws(draws)
                .with_seed(seed);
            let result = method.attribute(&product_and_sum(), x(), Class(0)).unwrap();
            result.regions().unwrap().clone()
        };
        let eight: Vec<Vec<bool>> = (0..8)
            .map(|it| (0..3).map(|bit| it >> bit & 1 == 1).collect())
            .collect();
        // All samples alike are the whole distribution, but for the factor of (N - 1)².
        let all = Hsic::new()
            .with_width(3.0)
            .with_coalitions(vec![eight; 100].concat());
        let truth = all.attribute(&product_and_sum(), x(), Class(0)).unwrap();
        let truth = truth.regions().unwrap().values(0).to_vec();
        let seeds = 60;
        let mut covered = [0; 3];
        for seed in 0..seeds {
            let regions = explained(200, seed);
            let errors = regions.standard_errors(0).unwrap();
            for (region, covered) in covered.iter_mut().enumerate() {
                let error = (regions.values(0)[region] - truth[region]).abs();
                *covered += u64::from(error <= 1.96 * errors[region]);
            }
        }
        // 95% of 60 are 57; with fewer than 50 in 60 the chance is 1 in 1,000.
        for covered in covered {
            assert!(covered >= 50, "{covered} of {seeds}");
        }
    }

    #[test]
    fn results_depend_on_the_seed_and_not_on_the_batch() {
        let explained = |seed: u64, rows: usize| {
            let inputs = Inputs::new(x()).with_batch_size(rows);
            let method = Hsic::new().with_draws(20).with_seed(seed);
            let result = method.attribute(&product_and_sum(), inputs, Class(0));
            result.unwrap().regions().unwrap().clone()
        };
        let expected = explained(0, 2);
        for rows in [3, 8, 64] {
            assert_eq!(explained(0, rows), expected);
        }
        assert_ne!(explained(1, 2), expected);
    }

    #[test]
    fn options_that_mean_nothing_are_refused() {
        let error = |method: Hsic| {
            let result = method.attribute(&product_and_sum(), x(), Class(0));
            result.unwrap_err().to_string()
        };
        assert!(error(Hsic::new().with_draws(1)).contains("at least two"));
        assert!(error(Hsic::new().with_width(0.0)).contains("positive"));
        let wrong = Hsic::new().with_coalitions(vec![vec![true]; 3]);
        assert!(error(wrong).contains("a flag for every region"));
        let model = product_and_sum();
        let one = Tensor::<2>::from_data([[1.0, 2.0, 3.0]], &burn::tensor::Device::flex());
        assert!(Hsic::new().attribute(&model, one, Class(0)).is_ok());
    }

    #[test]
    fn rows_may_have_regions_of_their_own() {
        assert_rows_have_their_own(|regions| Hsic::new().with_regions(regions));
    }
}
