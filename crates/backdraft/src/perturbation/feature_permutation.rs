//! Feature permutation.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::perturbation::coalition::Coalition;
use crate::perturbation::draws::{Draws, check_given, draws_options};
use crate::perturbation::error::RegionError;
use crate::perturbation::mean::Mean;
use crate::perturbation::regions::{Regions, ResolvedRegions};
use crate::perturbation::replacement::Replacement;
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::random::generator;
use crate::run::batching::Work;
use crate::{Attribution, Baseline, Error, Model};

/// Feature permutation: what the score loses when a region has the values of another row of the batch.
///
/// ```text
/// A_r(i) = mean over orders p of F(x_i) - F(x_i with region r of row p(i))
/// ```
///
/// It needs no baseline, since other samples show what values are likely: for the columns of a table, a batch of many rows. Fisher,
/// Rudin & Dominici, [*All Models are Wrong, but Many are Useful*](https://arxiv.org/abs/1801.01489), JMLR 2019, sample by sample as
/// Captum has it; the mean over samples is the importance for the model.
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](Self::with_draws) | 10 orders of the rows for each region |
/// | [`with_tolerance`](Self::with_tolerance) | none: exactly so many orders |
/// | [`with_max_draws`](Self::with_max_draws) | 1,000 orders, with a tolerance |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_orders`](Self::with_orders) | random ones, which leave not every row in its place |
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
///
/// It takes one evaluation for each region and order, and explains inputs of integers too. [Standard
/// errors](crate::attribution::RegionValues::standard_errors) tell how far values may be from those over all orders. A sample's
/// values depend on the rest of the batch, which has two rows at least.
///
/// ```
/// use backdraft::{Class, FeaturePermutation, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[2.0, 3.0], [1.0, 7.0]], &Device::default());
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.sum_dim(1))?;
/// let lost = FeaturePermutation::new().attribute(&net, x, Class(0))?;
/// assert_eq!(lost.regions().unwrap().values(0), [1.0, -4.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FeaturePermutation {
    replacement: Replacement,
    draws: Draws,
    orders: Option<Vec<Vec<usize>>>,
}

impl Default for FeaturePermutation {
    fn default() -> Self {
        Self {
            replacement: Replacement {
                regions: Regions::default(),
                baseline: Baseline::rows(),
            },
            draws: Draws::new(10, 1000),
            orders: None,
        }
    }
}

impl FeaturePermutation {
    /// Ten random orders of the rows for every region.
    pub fn new() -> Self {
        Self::default()
    }

    /// What moves from row to row together: [`Regions::automatic`] by default.
    #[must_use]
    pub fn with_regions(mut self, regions: Regions) -> Self {
        self.replacement.regions = regions;
        self
    }

    /// One order for each region in place of random ones: for every row the one whose values it gets.
    #[must_use]
    pub fn with_orders(mut self, orders: Vec<Vec<usize>>) -> Self {
        self.orders = Some(orders);
        self
    }

    draws_options!("orders of the rows for each region");

    fn check_orders(orders: &[Vec<usize>], regions: usize, rows: usize) -> Result<(), Error> {
        let is_whole = |order: &Vec<usize>| {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            sorted.into_iter().eq(0..rows)
        };
        match orders.iter().find(|order| !is_whole(order)) {
            _ if orders.len() != regions => Err(Error::InvalidOption {
                option: "orders",
                value: format!("{} for {regions} regions", orders.len()),
                requirement: "every region has one",
            }),
            Some(order) => Err(Error::InvalidOption {
                option: "an order",
                value: format!("{order:?} for {rows} rows"),
                requirement: "it names every row once, from 0 on",
            }),
            None => Ok(()),
        }
    }

    /// The orders of all regions for one draw after another.
    fn orders(&self, regions: usize, rows: usize) -> Result<Vec<Vec<Vec<usize>>>, Error> {
        if let Some(orders) = &self.orders {
            Self::check_orders(orders, regions, rows)?;
            return Ok(vec![orders.clone()]);
        }
        let mut random = generator(self.draws.seed, 0);
        let draws = 0..self.draws.limit()?;
        let mut draw = |_| (0..regions).map(|_| shuffled(rows, &mut random)).collect();
        Ok(draws.map(&mut draw).collect())
    }
}

/// An order of several rows in which not each is in its place.
fn shuffled(rows: usize, random: &mut StdRng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    while order.is_sorted() {
        order.shuffle(random);
    }
    order
}

impl SweepMethod for FeaturePermutation {
    const NAME: &'static str = "feature-permutation";
    const IS_COMPLETE: bool = false;
    const MAY_OVERLAP: bool = true;

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        match self.orders {
            Some(_) => {
                check_given(self.draws.tolerance)?;
                Ok(regions.len())
            }
            None => Ok(regions.len() * self.draws.limit()?),
        }
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        _: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        let (regions, rows) = (sweep.regions().len(), sweep.rows());
        if rows < 2 {
            return Err(RegionError::OneRow { method: Self::NAME }.into());
        }
        let orders = self.orders(regions, rows)?;
        let mut means = vec![vec![vec![Mean::default(); regions]; rows]; sweep.targets().len()];
        let rounds = self.draws.rounds(orders.len());
        self.draws.until_enough(rounds, |round| {
            let drawn = &orders[round];
            let versions = drawn.iter().flat_map(|orders| {
                let regions = orders.iter().cloned().enumerate();
                regions.map(|(region, rows)| Coalition::Shuffled { region, rows })
            });
            let scores = sweep.scores(work, versions)?;
            for (target, (means, scores)) in means.iter_mut().zip(scores).enumerate() {
                add(means, &sweep.whole(target), &scores);
            }
            Ok(means.iter().map(|means| table(means)).collect())
        })
    }

    fn is_converged(&self, table: &RegionTable) -> Option<bool> {
        self.draws.is_converged(table)
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        match &self.orders {
            Some(_) => attribution,
            None => attribution
                .with_option("draws", self.draws.count)
                .with_option("seed", self.draws.seed),
        }
    }
}

sweep_method!(FeaturePermutation);

/// Adds what every row's score loses in some draws, each of all regions.
fn add(means: &mut [Vec<Mean>], whole: &[f64], scores: &Scores) {
    for (row, (means, whole)) in means.iter_mut().zip(whole).enumerate() {
        for (draw, scores) in scores.iter().enumerate() {
            let region = draw % means.len();
            means[region].add(whole - scores[row]);
        }
    }
}

/// The means, and their standard errors if there is more than one draw.
fn table(means: &[Vec<Mean>]) -> RegionTable {
    let each = |of: fn(&Mean) -> f64| -> Vec<Vec<f64>> {
        means
            .iter()
            .map(|row| row.iter().map(of).collect())
            .collect()
    };
    let draws = means.iter().flatten().map(Mean::draws).min();
    RegionTable {
        values: each(Mean::value),
        errors: (draws > Some(1)).then(|| each(Mean::error)),
        ..RegionTable::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{product_and_sum, values, x};
    use crate::{AnyTensor, BlackBox, Class, Inputs, Method};
    use burn::tensor::{Device, Int, Tensor};

    #[test]
    fn two_rows_change_places() {
        // x0 x1 + x2 of (2, 3, 5) and (2, -1, 0).
        let [first, second] = values(&FeaturePermutation::new());
        assert_eq!(first, [0.0, 8.0, 5.0]);
        assert_eq!(second, [0.0, -8.0, -5.0]);
    }

    fn three() -> Tensor<2> {
        let rows = [[2.0, 3.0, 5.0], [2.0, -1.0, 0.0], [4.0, 1.0, 1.0]];
        Tensor::from_data(rows, &Device::flex())
    }

    #[test]
    fn a_row_gets_the_values_of_the_row_that_its_order_names() {
        let orders = vec![vec![1, 2, 0], vec![0, 1, 2], vec![2, 1, 0]];
        let method = FeaturePermutation::new().with_orders(orders);
        let result = method
            .attribute(&product_and_sum(), three(), Class(0))
            .unwrap();
        let regions = result.regions().unwrap();
        assert_eq!(regions.values(0), [0.0, 0.0, 4.0]);
        assert_eq!(regions.values(1), [2.0, 0.0, 0.0]);
        assert_eq!(regions.values(2), [2.0, 0.0, -4.0]);
        assert!(regions.standard_errors(0).is_none());
    }

    #[test]
    fn many_orders_find_the_mean_over_other_rows() {
        let method = FeaturePermutation::new().with_draws(2000);
        let result = method
            .attribute(&product_and_sum(), three(), Class(0))
            .unwrap();
        let regions = result.regions().unwrap();
        // Of the five orders that aren't sorted, one leaves row 0 in its place, and two each send row 1 or 2 there: x2 loses
        // 5 or 4 in four of five.
        let (value, error) = (regions.values(0)[2], regions.standard_errors(0).unwrap()[2]);
        assert!(
            (value - 3.6).abs() < 4.0 * error && error < 0.05,
            "{value} {error}"
        );
    }

    #[test]
    fn it_draws_until_errors_are_small_whatever_the_batch() {
        let method = FeaturePermutation::new().with_tolerance(0.2);
        let explained = |rows: usize| {
            let inputs = Inputs::new(three()).with_batch_size(rows);
            method
                .attribute(&product_and_sum(), inputs, Class(0))
                .unwrap()
        };
        let result = explained(3);
        assert_eq!(result.option("converged"), Some("true"));
        for rows in [1, 8, 64] {
            assert_eq!(explained(rows).regions(), result.regions());
        }
    }

    #[test]
    fn tokens_move_too() {
        let model = BlackBox::new(|inputs: &[AnyTensor]| {
            let tokens = inputs[0].to_tensor::<2, Int>()?;
            Ok(vec![tokens.float().sum_dim(1).into()])
        });
        let tokens = Tensor::<2, Int>::from_data([[4, 2], [1, 9]], &Device::flex());
        let result = FeaturePermutation::new()
            .attribute(&model, tokens, Class(0))
            .unwrap();
        assert_eq!(result.regions().unwrap().values(0), [3.0, -7.0]);
    }

    #[test]
    fn a_row_of_zeros_is_like_others() {
        let x = Tensor::<2>::from_data([[0.0, 0.0, 0.0], [1.0, 1.0, 2.0]], &Device::flex());
        let result = FeaturePermutation::new()
            .attribute(&product_and_sum(), x, Class(1))
            .unwrap();
        assert_eq!(result.regions().unwrap().values(0), [-1.0, -1.0, -2.0]);
        assert_eq!(result.option("baseline"), Some("other rows of the batch"));
    }

    #[test]
    fn what_cannot_be_moved_is_refused() {
        let error = |method: FeaturePermutation, x: Tensor<2>| {
            let result = method.attribute(&product_and_sum(), x, Class(0));
            result.unwrap_err().to_string()
        };
        let one = x().narrow(0, 0, 1);
        assert!(error(FeaturePermutation::new(), one).contains("other rows of the batch"));
        let orders = |orders: Vec<Vec<usize>>| FeaturePermutation::new().with_orders(orders);
        assert!(error(orders(vec![vec![1, 0]]), x()).contains("1 for 3 regions"));
        let wrong = orders(vec![vec![1, 0], vec![1, 1], vec![0, 1]]);
        assert!(error(wrong, x()).contains("[1, 1] for 2 rows"));
        let tolerant = orders(vec![vec![1, 0]; 3]).with_tolerance(0.1);
        assert!(error(tolerant, x()).contains("leave out the tolerance"));
        assert!(error(FeaturePermutation::new().with_draws(0), x()).contains("at least one"));
    }
}
