//! Shapley values as a weighted regression.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::perturbation::coalition::Coalition;
use crate::perturbation::error::RegionError;
use crate::perturbation::game::binomial;
use crate::perturbation::least_squares::{dot, pseudo_inverse};
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::random::generator;
use crate::run::batching::Work;
use crate::{Attribution, Error, Model};

/// Kernel SHAP: Shapley values as the solution of a weighted regression over coalitions.
///
/// With `v(S)` the score with the regions of `S` in place and the others replaced, for `n` regions the values minimize
///
/// ```text
/// sum over S of w(|S|) · ( v(S) - v(none) - sum of A_r over r in S )²,   w(s) = (n - 1) / ( C(n, s) s (n - s) )
/// ```
///
/// under the condition that they sum to `v(all) - v(none)`, which holds exactly. Lundberg & Lee, [*A Unified Approach to
/// Interpreting Model Predictions*](https://arxiv.org/abs/1705.07874), `NeurIPS` 2017. Where all coalitions fit into the
/// number of evaluations, the result is exact. Else sizes are drawn by their weights, and each coalition comes with its
/// complement (Covert & Lee, [*Improving `KernelSHAP`*](https://arxiv.org/abs/2012.01536), AISTATS 2021).
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](Self::with_draws) | 42 for each region |
/// | [`with_evaluations`](Self::with_evaluations) | none: as many as are drawn for all regions |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_coalitions`](Self::with_coalitions) | all or random ones |
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// [Standard errors](crate::attribution::RegionValues::standard_errors) tell how far estimates may be from the exact
/// values.
///
/// ```
/// use backdraft::{Class, KernelShap, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[2.0, 3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.prod_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let shapley = KernelShap::new().attribute(&net, x, Class(0))?;
/// assert!((shapley.regions().unwrap().values(0)[0] - 3.0).abs() < 1e-6);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KernelShap {
    replacement: Replacement,
    draws: usize,
    evaluations: Option<usize>,
    seed: u64,
    coalitions: Option<Vec<Vec<bool>>>,
}

impl Default for KernelShap {
    fn default() -> Self {
        Self {
            replacement: Replacement::default(),
            draws: 42,
            evaluations: None,
            seed: 0,
            coalitions: None,
        }
    }
}

/// Coalitions, and how much each counts.
struct Design {
    coalitions: Vec<Vec<bool>>,
    weights: Vec<f64>,
    /// Whether they are random, each followed by its complement.
    is_sample: bool,
}

impl KernelShap {
    /// All regions, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many coalitions are looked at for each region, at most. Fewer than three rarely tell regions apart.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// How many coalitions are looked at in all, at most.
    #[must_use]
    pub fn with_evaluations(mut self, evaluations: usize) -> Self {
        self.evaluations = Some(evaluations);
        self
    }

    /// What random coalitions depend on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// These coalitions in place of random ones: for each a flag for every region, `true` if it is in place. One that
    /// is given twice counts twice.
    #[must_use]
    pub fn with_coalitions(mut self, coalitions: Vec<Vec<bool>>) -> Self {
        self.coalitions = Some(coalitions);
        self
    }

    replacement_options!();

    fn design(&self, regions: usize) -> Result<Design, Error> {
        if let Some(coalitions) = &self.coalitions {
            return given(coalitions, regions);
        }
        let most = self.evaluations.unwrap_or(self.draws * regions);
        let all = if regions < 32 {
            (1_usize << regions) - 2
        } else {
            usize::MAX
        };
        if all <= most {
            let of = |bits: usize| (0..regions).map(|region| bits >> region & 1 == 1).collect();
            return given(&(1..=all).map(of).collect::<Vec<_>>(), regions);
        }
        let mut random = generator(self.seed, 0);
        let pairs = (0..most / 2).flat_map(|_| pair(regions, &mut random));
        let coalitions: Vec<_> = pairs.collect();
        Ok(Design {
            weights: vec![1.0; coalitions.len()],
            coalitions,
            is_sample: true,
        })
    }
}

/// Coalitions that were not drawn: each counts as the kernel says.
fn given(coalitions: &[Vec<bool>], regions: usize) -> Result<Design, Error> {
    let size = |coalition: &Vec<bool>| coalition.iter().filter(|kept| **kept).count();
    let fits = |coalition: &&Vec<bool>| {
        coalition.len() == regions && (1..regions).contains(&size(coalition))
    };
    if let Some(wrong) = coalitions.iter().find(|coalition| !fits(coalition)) {
        return Err(Error::InvalidOption {
            option: "a coalition",
            value: format!("{wrong:?} for {regions} regions"),
            requirement: "it has a flag for every region, and neither all nor none are in place",
        });
    }
    let weights = coalitions
        .iter()
        .map(|coalition| kernel(regions, size(coalition)));
    Ok(Design {
        weights: weights.collect(),
        coalitions: coalitions.to_vec(),
        is_sample: false,
    })
}

/// How much a coalition of this size counts.
fn kernel(regions: usize, size: usize) -> f64 {
    let others = size * (regions - size);
    (regions - 1) as f64 / (binomial(regions, size) * others as f64)
}

/// A coalition whose size is drawn by what all coalitions of the size count together, and its complement.
fn pair(regions: usize, random: &mut StdRng) -> [Vec<bool>; 2] {
    let weight = |size: usize| 1.0 / (size * (regions - size)) as f64;
    let total: f64 = (1..regions).map(weight).sum();
    let mut left = random.random::<f64>() * total;
    let size = (1..regions).find(|&size| {
        left -= weight(size);
        left < 0.0
    });
    let size = size.unwrap_or(regions - 1);
    let mut kept: Vec<bool> = (0..regions).map(|region| region < size).collect();
    kept.shuffle(random);
    let complement = kept.iter().map(|kept| !kept).collect();
    [kept, complement]
}

impl SweepMethod for KernelShap {
    const NAME: &'static str = "kernel-shap";

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
        none: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        let regions = sweep.regions().len();
        let design = self.design(regions)?;
        let regression = Regression::new(&design, regions, sweep)?;
        let coalitions = design.coalitions.iter().cloned().map(Coalition::Of);
        let tables = sweep.scores(work, coalitions)?;
        let targets = tables.iter().zip(none).enumerate();
        Ok(targets
            .map(|(target, (scores, none))| {
                let whole = sweep.whole(target);
                let rows = whole.iter().enumerate().map(|(row, whole)| {
                    let scores: Vec<f64> = scores.iter().map(|scores| scores[row]).collect();
                    regression.solve(&scores, none[0][row], *whole)
                });
                let (values, errors) = rows.unzip();
                RegionTable {
                    values,
                    errors: design.is_sample.then_some(errors),
                    ..RegionTable::default()
                }
            })
            .collect())
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        attribution
            .with_option("draws", self.draws)
            .with_option("seed", self.seed)
    }
}

sweep_method!(KernelShap);

/// The regression without the last region, whose value is what the others leave of the sum.
struct Regression<'a> {
    design: &'a Design,
    /// A row for every coalition, a column for every region but the last; weighted.
    equations: Vec<Vec<f64>>,
    /// A row for every region but the last.
    inverse: Vec<Vec<f64>>,
}

impl<'a> Regression<'a> {
    fn new<M: Model + ?Sized>(
        design: &'a Design,
        regions: usize,
        sweep: &Sweep<'_, M>,
    ) -> Result<Self, Error> {
        let number = |kept: bool| f64::from(u8::from(kept));
        let equation = |(coalition, weight): (&Vec<bool>, &f64)| {
            let last = number(coalition[regions - 1]);
            let others = coalition[..regions - 1].iter();
            others
                .map(|&kept| weight.sqrt() * (number(kept) - last))
                .collect()
        };
        let equations: Vec<Vec<f64>> = design
            .coalitions
            .iter()
            .zip(&design.weights)
            .map(equation)
            .collect();
        let inverse = match regions {
            1 => Vec::new(),
            _ => pseudo_inverse(&equations, &sweep.device()).ok_or(RegionError::TooFew {
                coalitions: design.coalitions.len(),
                regions,
            })?,
        };
        Ok(Self {
            design,
            equations,
            inverse,
        })
    }

    /// The values, and their standard errors if the coalitions are a sample.
    fn solve(&self, scores: &[f64], none: f64, whole: f64) -> (Vec<f64>, Vec<f64>) {
        let rows = scores
            .iter()
            .zip(&self.design.coalitions)
            .zip(&self.design.weights);
        let sides: Vec<f64> = rows
            .map(|((score, coalition), weight)| {
                let last = coalition.last().is_some_and(|kept| *kept);
                let last = if last { whole - none } else { 0.0 };
                weight.sqrt() * (score - none - last)
            })
            .collect();
        let mut values: Vec<f64> = self.inverse.iter().map(|row| dot(row, &sides)).collect();
        let residuals: Vec<f64> = (self.equations.iter().zip(&sides))
            .map(|(equation, side)| side - dot(equation, &values))
            .collect();
        let errors = self.errors(&residuals);
        values.push(whole - none - values.iter().sum::<f64>());
        (values, errors)
    }

    /// Standard errors from what each pair of coalitions moves the values by: those of a regression whose errors differ
    /// from coalition to coalition (White 1980).
    fn errors(&self, residuals: &[f64]) -> Vec<f64> {
        let by_pair = |row: &Vec<f64>| -> Vec<f64> {
            let each: Vec<f64> = row
                .iter()
                .zip(residuals)
                .map(|(row, it)| row * it)
                .collect();
            each.chunks(2).map(|pair| pair.iter().sum()).collect()
        };
        let mut moves: Vec<Vec<f64>> = self.inverse.iter().map(by_pair).collect();
        let pairs = residuals.len().div_ceil(2);
        let last = (0..pairs).map(|pair| -moves.iter().map(|moves| moves[pair]).sum::<f64>());
        moves.push(last.collect());
        moves.iter().map(|moves| dot(moves, moves).sqrt()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{product_and_sum, values, x};
    use crate::{BlackBox, Class, Method, Regions, ShapleyValues};
    use burn::tensor::{Device, Float, Int, Tensor};

    fn close(actual: &[f32], expected: &[f32], tolerance: f32) {
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() < tolerance, "{actual} {expected}");
        }
    }

    #[test]
    fn over_all_coalitions_it_is_exact() {
        let [first, second] = values(&KernelShap::new());
        close(&first, &[3.0, 3.0, 5.0], 1e-6);
        close(&second, &[-1.0, -1.0, 0.0], 1e-6);
    }

    #[test]
    fn one_region_gets_everything() {
        let labels = Tensor::<2, Int>::from_data([[4, 4, 4]], &Device::flex());
        let method = KernelShap::new().with_regions(Regions::labels(labels));
        assert_eq!(values(&method)[0], [11.0]);
    }

    #[test]
    fn kernel_weights_are_those_of_the_paper() {
        // Four regions: sizes 1, 2, 3.
        let weights = [1, 2, 3].map(|size| kernel(4, size));
        assert_eq!(weights, [0.25, 0.125, 0.25]);
    }

    /// The product of pairs of twelve numbers.
    fn pairs() -> impl crate::Model {
        BlackBox::new(|inputs: &[crate::AnyTensor]| {
            let x = inputs[0].to_tensor::<2, Float>()?;
            let [rows, _] = x.dims();
            Ok(vec![
                x.reshape([rows, 6, 2])
                    .prod_dim(2)
                    .sum_dim(1)
                    .reshape([rows, 1])
                    .into(),
            ])
        })
    }

    #[test]
    fn a_sample_is_as_near_as_it_says() {
        let x = Tensor::<2>::from_data(
            [[1.0, 2.0, -1.0, 3.0, 0.5, 1.0, 2.0, 2.0, -2.0, 1.0, 1.0, 4.0]],
            &Device::flex(),
        );
        let exact = ShapleyValues::new()
            .attribute(&pairs(), x.clone(), Class(0))
            .unwrap();
        let method = KernelShap::new().with_evaluations(300);
        let sample = method.attribute(&pairs(), x, Class(0)).unwrap();
        let (exact, sample) = (exact.regions().unwrap(), sample.regions().unwrap());
        let errors = sample.standard_errors(0).unwrap();
        for ((exact, value), error) in exact.values(0).iter().zip(sample.values(0)).zip(errors) {
            assert!(
                *error > 0.0 && (exact - value).abs() < 4.0 * error,
                "{exact} {value} {error}"
            );
        }
        let sum: f32 = sample.values(0).iter().sum();
        assert!((sum - exact.values(0).iter().sum::<f32>()).abs() < 1e-4);
    }

    #[test]
    fn coalitions_that_tell_too_little_are_refused() {
        let error = |method: KernelShap| {
            let result = method.attribute(&product_and_sum(), x(), Class(0));
            result.unwrap_err().to_string()
        };
        let same = vec![vec![true, false, false]; 5];
        assert!(
            error(KernelShap::new().with_coalitions(same)).contains("don't tell 3 regions apart")
        );
        let whole = vec![vec![true; 3]];
        assert!(error(KernelShap::new().with_coalitions(whole)).contains("neither all nor none"));
        assert!(error(KernelShap::new().with_evaluations(2)).contains("allow more evaluations"));
    }
}
