//! RISE.

use std::iter;

use burn::tensor::Tensor;

use crate::perturbation::coalition::Coalition;
use crate::perturbation::draws::{Draws, check_given, draws_options};
use crate::perturbation::mean::Mean;
use crate::perturbation::regions::{Regions, ResolvedRegions};
use crate::perturbation::replacement::Replacement;
use crate::perturbation::rise::given_masks::GivenMasks;
use crate::perturbation::rise::random_masks::{RandomMasks, check_cells};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::random::generator;
use crate::run::batching::Work;
use crate::{Attribution, Baseline, Error, Model};

/// RISE: what the score is on average where a position is left in view.
///
/// ```text
/// A_i = mean over masks M of F(M x + (1 - M) b) · M_i / p
/// ```
///
/// A mask is a coarse grid, whose cells are switched on with probability `p`, enlarged to the size of the image by linear
/// interpolation and shifted at random, so that it has no edges. Petsiuk, Das & Saenko, [*RISE: Randomized Input Sampling
/// for Explanation of Black-box Models*](https://arxiv.org/abs/1806.07421), BMVC 2018. Values are scores, not differences of
/// scores: what matters is where they are larger than elsewhere. All channels of a position have its value.
///
/// The paper's scores are probabilities, which a [`Score`](crate::Score) makes of logits. A logit that is far from zero
/// everywhere adds nothing but noise.
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](Self::with_draws) | 4,000 masks |
/// | [`with_tolerance`](Self::with_tolerance) | none: exactly so many masks |
/// | [`with_max_draws`](Self::with_max_draws) | 40,000 masks, with a tolerance |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_cells`](Self::with_cells) | 7 cells along each side |
/// | [`with_probability`](Self::with_probability) | 0.5 |
/// | [`with_masks`](Self::with_masks), [`with_grids`](Self::with_grids) | random masks |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes one evaluation for each mask, and is for one input with channels and space; others are
/// [held](crate::Inputs::with_constant). [Standard
/// errors](crate::attribution::RegionValues::standard_errors) are those of each position's value.
///
/// ```
/// use backdraft::{BlackBox, Class, Method, Rise};
/// use burn::tensor::{Device, Float, Tensor};
///
/// // The score is what the right half of a picture of one row holds.
/// let model = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
///     let x = inputs[0].to_tensor::<4, Float>()?;
///     Ok(vec![x.narrow(3, 2, 2).mean_dim(3).flatten::<2>(1, 3).into()])
/// });
/// let x = Tensor::<4>::ones([1, 1, 1, 4], &Device::default());
/// let rise = Rise::new().with_cells(2).with_draws(500).attribute(&model, x, Class(0))?;
/// let values = rise.regions().unwrap().values(0);
/// assert!(values[3] > values[0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rise {
    replacement: Replacement,
    draws: Draws,
    cells: usize,
    probability: f64,
    given: Option<GivenMasks>,
}

impl Default for Rise {
    fn default() -> Self {
        Self {
            replacement: Replacement {
                regions: Regions::positions(),
                baseline: Baseline::default(),
            },
            draws: Draws::new(4000, 40_000),
            cells: 7,
            probability: 0.5,
            given: None,
        }
    }
}

impl Rise {
    /// 4,000 masks of grids of 7 cells along each side, over zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many cells a mask's grid has along each dimension of space, at most as many as positions.
    #[must_use]
    pub fn with_cells(mut self, cells: usize) -> Self {
        self.cells = cells;
        self
    }

    /// With which probability a cell is switched on. Of given masks it is the part that they keep on average, by which
    /// values are divided.
    #[must_use]
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// These masks in place of random ones, `[masks, space...]`: for every position a weight of `0.0..=1.0`, one where the
    /// input stays as it is.
    #[must_use]
    pub fn with_masks<const D: usize>(mut self, masks: Tensor<D>) -> Self {
        self.given = Some(GivenMasks::Masks(masks.into()));
        self
    }

    /// Masks made of these grids in place of random ones, `[masks, cells...]` with weights of `0.0..=1.0`, each shifted by as
    /// many positions as its offsets say, one for each dimension of space, of at most a cell.
    #[must_use]
    pub fn with_grids<const D: usize>(
        mut self,
        grids: Tensor<D>,
        offsets: Vec<Vec<usize>>,
    ) -> Self {
        self.given = Some(GivenMasks::Grids {
            grids: grids.into(),
            offsets,
        });
        self
    }

    /// What is seen where a mask is zero: zeros by default. Of an [average](Baseline::average) or a
    /// [distribution](Baseline::distribution) every baseline is put in place, and scores are the mean.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.replacement.baseline = baseline;
        self
    }

    draws_options!("masks");

    /// How many masks there are, at most.
    fn count(&self) -> Result<usize, Error> {
        if !(self.probability > 0.0 && self.probability <= 1.0) {
            return Err(Error::InvalidOption {
                option: "probability",
                value: self.probability.to_string(),
                requirement: "it must be above zero and at most one",
            });
        }
        match &self.given {
            Some(given) => {
                check_given(self.draws.tolerance)?;
                given.count()
            }
            None => self.draws.limit(),
        }
    }

    /// All masks, random ones when they are asked for.
    fn masks<'a>(&self, space: &'a [usize]) -> Result<Masks<'a>, Error> {
        if let Some(given) = &self.given {
            return Ok(Box::new(given.weights(space)?.into_iter()));
        }
        let cells: Vec<usize> = space.iter().map(|&size| self.cells.min(size)).collect();
        check_cells(&cells, space)?;
        let mut masks = RandomMasks {
            space,
            cells,
            probability: self.probability,
            random: generator(self.draws.seed, 0),
        };
        Ok(Box::new(iter::repeat_with(move || masks.draw())))
    }
}

/// For each mask the weight of every position.
type Masks<'a> = Box<dyn Iterator<Item = Vec<f32>> + 'a>;

impl SweepMethod for Rise {
    const NAME: &'static str = "rise";
    const IS_COMPLETE: bool = false;

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, _: &ResolvedRegions) -> Result<usize, Error> {
        self.count()
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        _: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        let space = sweep.space()?;
        let mut masks = self.masks(&space)?;
        let mut maps = Maps::new(sweep);
        let rounds = self.draws.rounds(self.count()?);
        self.draws.until_enough(rounds, |round| {
            let mut left = round.len();
            while left > 0 {
                // Masks are of the size of the image: only those of one batch are held.
                let batch: Vec<Vec<f32>> = masks.by_ref().take(left.min(work.copies())).collect();
                let scores = sweep.scores(work, batch.iter().cloned().map(Coalition::Weighted))?;
                maps.add(&batch, &scores);
                left -= batch.len();
            }
            Ok(maps.tables(self.probability))
        })
    }

    fn is_converged(&self, table: &RegionTable) -> Option<bool> {
        self.draws.is_converged(table)
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        let attribution = attribution.with_option("probability", self.probability);
        match &self.given {
            Some(_) => attribution.with_option("masks", "given"),
            None => attribution
                .with_option("cells", self.cells)
                .with_option("draws", self.draws.count)
                .with_option("seed", self.draws.seed),
        }
    }
}

sweep_method!(Rise);

/// The means of scores times masks: for each target and row those of all positions.
struct Maps(Vec<Vec<Vec<Mean>>>);

impl Maps {
    fn new<M: Model + ?Sized>(sweep: &Sweep<'_, M>) -> Self {
        let positions = vec![Mean::default(); sweep.regions().len()];
        Self(vec![vec![positions; sweep.rows()]; sweep.targets().len()])
    }

    fn add(&mut self, masks: &[Vec<f32>], scores: &[Scores]) {
        for (maps, scores) in self.0.iter_mut().zip(scores) {
            for (mask, scores) in masks.iter().zip(scores) {
                for (map, score) in maps.iter_mut().zip(scores) {
                    for (mean, &weight) in map.iter_mut().zip(mask) {
                        mean.add(score * f64::from(weight));
                    }
                }
            }
        }
    }

    fn tables(&self, probability: f64) -> Vec<RegionTable> {
        let each = |maps: &Vec<Vec<Mean>>, of: fn(&Mean) -> f64| -> Vec<Vec<f64>> {
            let row = |map: &Vec<Mean>| map.iter().map(|mean| of(mean) / probability).collect();
            maps.iter().map(row).collect()
        };
        let table = |maps| RegionTable {
            values: each(maps, Mean::value),
            errors: Some(each(maps, Mean::error)),
            ..RegionTable::default()
        };
        self.0.iter().map(table).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnyTensor, BlackBox, Class, Inputs, Method};
    use burn::tensor::{Device, Float};

    /// Two channels over two rows of two: the score is the sum of all times the position in front.
    fn model() -> impl Model {
        BlackBox::new(|inputs: &[AnyTensor]| {
            let x = inputs[0].to_tensor::<4, Float>()?;
            let [rows, ..] = x.dims();
            let sums = x.clone().reshape([rows, 8]).sum_dim(1);
            let first = x.reshape([rows, 8]).narrow(1, 0, 1);
            Ok(vec![
                Tensor::cat(vec![sums.clone(), sums * first], 1).into(),
            ])
        })
    }

    fn x() -> Tensor<4> {
        let x = [[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]];
        Tensor::from_data(
            [x, [[[2.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]],
            &Device::flex(),
        )
    }

    fn masks() -> Tensor<3> {
        let halves = [[1.0, 0.5], [0.0, 0.25]];
        Tensor::from_data([halves, [[0.0, 1.0], [0.0, 0.0]]], &Device::flex())
    }

    fn assert_close(actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len());
        for (a, b) in actual.iter().zip(expected) {
            assert!((a - b).abs() < 1e-5, "{actual:?} {expected:?}");
        }
    }

    #[test]
    fn a_map_is_the_mean_of_masks_by_their_scores() {
        // Scores: 1 + 3 / 2 + 4 / 4 = 3.5, and 3. Values: half of 3.5 M + 3 M', by 0.5.
        let method = Rise::new().with_masks(masks());
        let result = method.attribute(&model(), x(), Class(0)).unwrap();
        let regions = result.regions().unwrap();
        assert_close(regions.values(0), &[3.5, 1.75 + 3.0, 0.0, 0.875]);
        assert_close(regions.values(1), &[2.0, 1.0, 0.0, 0.5]);
        // Both values of a position: 3.5 and 0 by 0.5 are 7 and 0, which have a standard error of 3.5.
        let errors = regions.standard_errors(0).unwrap();
        assert_close(errors, &[3.5, (3.0 - 1.75_f32).abs(), 0.0, 0.875]);
        // All channels of a position have its value.
        let values: Vec<f32> = result.values()[0].flat().into_data().iter().collect();
        assert_close(&values[..4], &values[4..8]);
    }

    #[test]
    fn what_is_masked_is_the_baseline() {
        let method = Rise::new()
            .with_masks(masks())
            .with_baseline(Baseline::constant(1.0))
            .with_probability(1.0);
        let result = method.attribute(&model(), x(), Class(0)).unwrap();
        // 3.5 and 3 from above, and the baseline's part: twice 0 + 0.5 + 1 + 0.75, and twice 3.
        let scores = [3.5 + 4.5, 3.0 + 6.0];
        let expected = [scores[0], scores[0] / 2.0 + scores[1], 0.0, scores[0] / 4.0];
        assert_close(
            result.regions().unwrap().values(0),
            &expected.map(|it| it / 2.0),
        );
    }

    #[test]
    fn grids_are_enlarged_and_shifted() {
        let grids = Tensor::<3>::from_data([[[0.0, 1.0], [0.0, 1.0]]], &Device::flex());
        // A cell is one position; enlarged to three, the first row's positions 1 and 2 are 1/2 and 1.
        let method = Rise::new()
            .with_grids(grids, vec![vec![0, 1]])
            .with_probability(1.0);
        let result = method.attribute(&model(), x(), Class(0)).unwrap();
        let score = 1.0 / 2.0 + 2.0 + 3.0 / 2.0 + 4.0 + 1.0 + 1.0 / 2.0;
        let half = score / 2.0;
        assert_close(
            result.regions().unwrap().values(0),
            &[half, score, half, score],
        );
    }

    #[test]
    fn results_depend_on_the_seed_and_not_on_the_batch() {
        let explained = |method: &Rise, rows: usize| {
            let inputs = Inputs::new(x()).with_batch_size(rows);
            method
                .attribute(&model(), inputs, Class(1))
                .unwrap()
                .regions()
                .unwrap()
                .clone()
        };
        let method = Rise::new().with_cells(2).with_draws(20);
        let expected = explained(&method, 2);
        for rows in [3, 8, 64] {
            assert_eq!(explained(&method, rows), expected);
        }
        assert_ne!(explained(&method.clone().with_seed(1), 2), expected);
    }

    #[test]
    fn standard_errors_cover_the_truth_as_often_as_they_should() {
        let explained = |method: &Rise| {
            let result = method.attribute(&model(), x(), Class(0)).unwrap();
            result.regions().unwrap().clone()
        };
        let method = Rise::new().with_cells(1).with_probability(0.25);
        // One cell is on everywhere or nowhere: the score is 12 or 0, and the mean of 12 in one of four, by 0.25, is 12.
        let seeds = 60;
        let mut covered = 0;
        for seed in 0..seeds {
            let regions = explained(&method.clone().with_draws(200).with_seed(seed));
            let error = regions.standard_errors(0).unwrap()[2];
            covered += u64::from((regions.values(0)[2] - 12.0).abs() <= 1.96 * error);
        }
        // 95% of 60 are 57; with fewer than 50 in 60 the chance is 1 in 1,000.
        assert!(covered >= 50, "{covered} of {seeds}");
    }

    #[test]
    fn it_draws_until_errors_are_small() {
        let method = Rise::new().with_cells(2).with_draws(50).with_tolerance(0.1);
        let result = method.attribute(&model(), x(), Class(0)).unwrap();
        assert_eq!(result.option("converged"), Some("true"));
        let few = method.with_max_draws(50).with_tolerance(1e-3);
        let result = few.attribute(&model(), x(), Class(0)).unwrap();
        assert_eq!(result.option("converged"), Some("false"));
    }

    #[test]
    fn masks_that_do_not_fit_are_refused() {
        let error = |method: Rise| {
            let result = method.attribute(&model(), x(), Class(0));
            result.unwrap_err().to_string()
        };
        let device = &Device::flex();
        let wide = Rise::new().with_masks(Tensor::<3>::ones([1, 2, 3], device));
        assert!(error(wide).contains("those of space"));
        let large = Rise::new().with_masks(Tensor::<3>::ones([1, 2, 2], device) * 2.0);
        assert!(error(large).contains("from zero to one"));
        let none = Rise::new().with_masks(Tensor::<3>::ones([0, 2, 2], device));
        assert!(error(none).contains("at least one"));
        let tolerant = Rise::new().with_masks(masks()).with_tolerance(0.1);
        assert!(error(tolerant).contains("leave out the tolerance"));
        assert!(error(Rise::new().with_draws(0)).contains("at least one"));
        assert!(error(Rise::new().with_probability(0.0)).contains("above zero"));
        assert!(error(Rise::new().with_cells(0)).contains("at least one cell"));
        let fine = Rise::new().with_grids(Tensor::<3>::ones([1, 3, 2], device), vec![vec![0, 0]]);
        assert!(error(fine).contains("[3, 2] for an image of [2, 2]"));
        let flat = Rise::new().with_grids(Tensor::<2>::ones([1, 2], device), vec![vec![0]]);
        assert!(error(flat).contains("those of space"));
        let grid = Tensor::<3>::ones([1, 2, 2], device);
        let short = Rise::new().with_grids(grid.clone(), vec![vec![0]]);
        assert!(error(short).contains("for each dimension of space"));
        let far = Rise::new().with_grids(grid, vec![vec![0, 2]]);
        assert!(error(far).contains("at most a cell"));
    }

    #[test]
    fn what_has_no_space_is_refused() {
        let model = crate::perturbation::testing::product_and_sum();
        let x = crate::perturbation::testing::x();
        let error = Rise::new().attribute(&model, x, Class(0)).unwrap_err();
        assert!(error.to_string().contains("channels and space"), "{error}");
    }
}
