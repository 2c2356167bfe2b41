//! Shapley values, estimated from some orders.

use rand::seq::SliceRandom;

use crate::perturbation::coalition::Coalition;
use crate::perturbation::draws::check_given;
use crate::perturbation::mean::Mean;
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::random::generator;
use crate::run::batching::Work;
use crate::{Attribution, Error, Model};

/// Shapley values by sampling: every region's contribution on average over some orders in which regions are put back.
///
/// ```text
/// A_r = mean over orders of v(the regions up to r) - v(those before r)
/// ```
///
/// with `v(S)` the score with the regions of `S` in place and the others replaced. Castro, Gómez & Tejada, *Polynomial
/// calculation of the Shapley value based on sampling*, 2009. Orders come in pairs, each with its reverse, in which what
/// comes early in one comes late in the other (Mitchell et al., [*Sampling Permutations for Shapley Value
/// Estimation*](https://arxiv.org/abs/2104.12199), JMLR 2022). Whatever the number of orders, the values of the regions
/// sum to the difference between the scores with all and with none of them.
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](Self::with_draws) | 26 orders |
/// | [`with_tolerance`](Self::with_tolerance) | none: exactly so many orders |
/// | [`with_max_draws`](Self::with_max_draws) | 1,000 orders, with a tolerance |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_orders`](Self::with_orders) | random ones |
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes one evaluation less than there are regions for each order.
/// [Standard errors](crate::attribution::RegionValues::standard_errors) tell how far the values may be from the exact
/// ones: from one random state to the next they differ by so much, and twice as much is rare.
///
/// ```
/// use backdraft::{Class, Method, Network, ShapleySampling};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[2.0, 3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.prod_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// // An order and its reverse are all orders of two.
/// let shapley = ShapleySampling::new().with_draws(2).attribute(&net, x, Class(0))?;
/// assert_eq!(shapley.regions().unwrap().values(0), [3.0, 3.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "ShapleyValueSampling")]
#[derive(Clone, Debug)]
pub struct ShapleySampling {
    replacement: Replacement,
    draws: usize,
    tolerance: Option<f64>,
    max_draws: usize,
    seed: u64,
    orders: Option<Vec<Vec<usize>>>,
}

impl Default for ShapleySampling {
    fn default() -> Self {
        Self {
            replacement: Replacement::default(),
            draws: 26,
            tolerance: None,
            max_draws: 1000,
            seed: 0,
            orders: None,
        }
    }
}

impl ShapleySampling {
    /// 26 random orders of all regions, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many orders; with a [tolerance](Self::with_tolerance) how many at a time.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// Draws orders until no standard error is above this part of the difference between the scores with all and with
    /// none of the regions, for every sample and target.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// How many orders at most, with a [tolerance](Self::with_tolerance). If they aren't enough, the result's option
    /// `converged` is `false`.
    #[must_use]
    pub fn with_max_draws(mut self, draws: usize) -> Self {
        self.max_draws = draws;
        self
    }

    /// What random orders depend on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// These orders in place of random ones: each names all regions, the first that is put back first.
    #[must_use]
    pub fn with_orders(mut self, orders: Vec<Vec<usize>>) -> Self {
        self.orders = Some(orders);
        self
    }

    replacement_options!();

    /// The orders, in groups that count as one draw: an order and its reverse, or one that was given.
    fn groups(&self, regions: usize) -> Result<Vec<Vec<Vec<usize>>>, Error> {
        if let Some(orders) = &self.orders {
            check_given(self.tolerance)?;
            check_orders(orders, regions)?;
            return Ok(orders.iter().map(|order| vec![order.clone()]).collect());
        }
        let mut random = generator(self.seed, 0);
        let most = if self.tolerance.is_some() {
            self.max_draws
        } else {
            self.draws
        };
        if self.draws == 0 || most == 0 {
            return Err(Error::InvalidOption {
                option: "draws",
                value: "0".into(),
                requirement: "at least one order is needed",
            });
        }
        let pairs = (0..most.div_ceil(2)).map(|_| {
            let mut order: Vec<usize> = (0..regions).collect();
            order.shuffle(&mut random);
            let reverse = order.iter().rev().copied().collect();
            vec![order, reverse]
        });
        Ok(pairs.collect())
    }
}

impl SweepMethod for ShapleySampling {
    const NAME: &'static str = "shapley-sampling";

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        let orders: usize = self.groups(regions.len())?.iter().map(Vec::len).sum();
        Ok(orders * regions.len().saturating_sub(1))
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        none: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        let groups = self.groups(sweep.regions().len())?;
        let mut estimates = Estimates::new(sweep, none);
        let at_a_time = if self.tolerance.is_some() {
            self.draws.div_ceil(2).max(2)
        } else {
            groups.len().max(1)
        };
        let mut tables = Vec::new();
        for groups in groups.chunks(at_a_time) {
            estimates.draw(sweep, work, groups)?;
            tables = estimates.tables();
            if tables.iter().all(|it| self.is_converged(it) == Some(true)) {
                break;
            }
        }
        Ok(tables)
    }

    fn is_converged(&self, table: &RegionTable) -> Option<bool> {
        let change = |values: &[f64]| values.iter().sum::<f64>().abs();
        Some(table.is_within(self.tolerance?, change))
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        match &self.orders {
            Some(orders) => attribution.with_option("orders", orders.len()),
            None => attribution
                .with_option("draws", self.draws)
                .with_option("seed", self.seed),
        }
    }
}

sweep_method!(ShapleySampling);

fn check_orders(orders: &[Vec<usize>], regions: usize) -> Result<(), Error> {
    let is_whole = |order: &Vec<usize>| {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.into_iter().eq(0..regions)
    };
    match orders.iter().find(|order| !is_whole(order)) {
        _ if orders.is_empty() => Err(Error::InvalidOption {
            option: "orders",
            value: "empty".into(),
            requirement: "at least one order is needed",
        }),
        Some(order) => Err(Error::InvalidOption {
            option: "an order",
            value: format!("{order:?} for {regions} regions"),
            requirement: "it names every region once, from 0 on",
        }),
        None => Ok(()),
    }
}

/// What is known of the contributions so far.
struct Estimates {
    /// By target, row and region.
    means: Vec<Vec<Vec<Mean>>>,
    /// The scores with none and with all of the regions, by target and row.
    ends: Vec<Vec<[f64; 2]>>,
}

impl Estimates {
    fn new<M: Model + ?Sized>(sweep: &Sweep<'_, M>, none: &[Scores]) -> Self {
        let regions = sweep.regions().len();
        let ends = none.iter().enumerate().map(|(target, none)| {
            let whole = sweep.whole(target);
            none[0]
                .iter()
                .zip(whole)
                .map(|(&none, whole)| [none, whole])
                .collect()
        });
        Self {
            means: vec![vec![vec![Mean::default(); regions]; sweep.rows()]; sweep.targets().len()],
            ends: ends.collect(),
        }
    }

    fn draw<M: Model + ?Sized>(
        &mut self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        groups: &[Vec<Vec<usize>>],
    ) -> Result<(), Error> {
        let orders = groups.iter().flatten();
        let tables = sweep.scores(work, orders.flat_map(|order| growing(order)))?;
        for ((means, ends), scores) in self.means.iter_mut().zip(&self.ends).zip(tables) {
            for (row, (means, &[none, whole])) in means.iter_mut().zip(ends).enumerate() {
                let mut inner = scores.iter().map(|scores| scores[row]);
                for group in groups {
                    let gains = group.iter().map(|order| {
                        let steps = inner.by_ref().take(order.len().saturating_sub(1));
                        gains(order, none, steps.chain([whole]))
                    });
                    let gains: Vec<Vec<f64>> = gains.collect();
                    for (region, mean) in means.iter_mut().enumerate() {
                        let sum: f64 = gains.iter().map(|gains| gains[region]).sum();
                        mean.add(sum / gains.len() as f64);
                    }
                }
            }
        }
        Ok(())
    }

    fn tables(&self) -> Vec<RegionTable> {
        let each = |of: fn(&Mean) -> f64, rows: &Vec<Vec<Mean>>| -> Vec<Vec<f64>> {
            rows.iter()
                .map(|row| row.iter().map(of).collect())
                .collect()
        };
        let table = |rows| RegionTable {
            values: each(Mean::value, rows),
            errors: Some(each(Mean::error, rows)),
            ..RegionTable::default()
        };
        self.means.iter().map(table).collect()
    }
}

/// The coalitions on the way from none to all regions, without both ends.
fn growing(order: &[usize]) -> impl Iterator<Item = Coalition> {
    let mut kept = vec![false; order.len()];
    let inner = &order[..order.len().saturating_sub(1)];
    inner.iter().map(move |&region| {
        kept[region] = true;
        Coalition::Of(kept.clone())
    })
}

/// What each region brings in one order.
fn gains(order: &[usize], none: f64, scores: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut gains = vec![0.0; order.len()];
    let mut before = none;
    for (&region, score) in order.iter().zip(scores) {
        gains[region] = score - before;
        before = score;
    }
    gains
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{product_and_sum, values, x};
    use crate::{Class, Method};

    #[test]
    fn an_order_gives_the_product_to_its_last_factor() {
        let method = ShapleySampling::new().with_orders(vec![vec![0, 1, 2]]);
        assert_eq!(values(&method)[0], [0.0, 6.0, 5.0]);
        let method = ShapleySampling::new().with_orders(vec![vec![0, 1, 2], vec![2, 1, 0]]);
        assert_eq!(values(&method)[0], [3.0, 3.0, 5.0]);
    }

    #[test]
    fn an_order_and_its_reverse_share_every_product() {
        for seed in 0..5 {
            let method = ShapleySampling::new().with_draws(2).with_seed(seed);
            assert_eq!(values(&method)[0], [3.0, 3.0, 5.0]);
        }
    }

    #[test]
    fn it_draws_until_errors_are_small() {
        let method = ShapleySampling::new().with_tolerance(0.1);
        let result = method.attribute(&product_and_sum(), x(), Class(0)).unwrap();
        assert_eq!(
            result.regions().unwrap().standard_errors(0).unwrap(),
            [0.0; 3]
        );
        assert!(result.gap().unwrap()[0].absolute.abs() < 1e-6);
        assert_eq!(result.option("converged"), Some("true"));
    }

    #[test]
    fn progress_ends_at_its_total() {
        use crate::perturbation::KernelShap;
        use std::ops::ControlFlow;
        use std::sync::{Arc, Mutex};

        let last = Arc::new(Mutex::new((0, 0)));
        let seen = Arc::clone(&last);
        let inputs = crate::Inputs::new(x()).with_progress(move |done, total| {
            *seen.lock().unwrap() = (done, total);
            ControlFlow::Continue(())
        });
        let model = product_and_sum();
        let assert_ended = |total| assert_eq!(*last.lock().unwrap(), (total, total));
        // Two coalitions inside each of two orders, or six between none and all; and none.
        let sampling = ShapleySampling::new().with_draws(2);
        sampling.attribute(&model, &inputs, Class(0)).unwrap();
        assert_ended(5);
        KernelShap::new()
            .attribute(&model, &inputs, Class(0))
            .unwrap();
        assert_ended(7);
    }

    #[test]
    fn orders_that_leave_regions_out_are_refused() {
        let error = |method: ShapleySampling| {
            let result = method.attribute(&product_and_sum(), x(), Class(0));
            result.unwrap_err().to_string()
        };
        let method = ShapleySampling::new().with_orders(vec![vec![0, 0, 2]]);
        assert!(error(method).contains("[0, 0, 2] for 3 regions"));
        assert!(
            error(ShapleySampling::new().with_orders(Vec::new())).contains("at least one order")
        );
        let given = ShapleySampling::new().with_orders(vec![vec![0, 1, 2]]);
        assert!(error(given.with_tolerance(0.1)).contains("leave out the tolerance"));
        assert!(error(ShapleySampling::new().with_draws(0)).contains("at least one order"));
    }
}
