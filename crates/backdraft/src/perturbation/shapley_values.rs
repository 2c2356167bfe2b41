//! Exact Shapley values.

use crate::perturbation::game::{Game, coalitions, play};
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::run::batching::Work;
use crate::{Error, Model};

/// Shapley values, exact: every region's contribution on average over all orders in which regions are put back.
///
/// With `v(S)` the score with the regions of `S` in place and the others replaced, for `n` regions
///
/// ```text
/// A_r = sum over S without r of |S|! (n - |S| - 1)! / n! · ( v(S with r) - v(S) )
/// ```
///
/// Shapley, *A Value for n-Person Games*, 1953; Lundberg & Lee, [*A Unified Approach to Interpreting Model
/// Predictions*](https://arxiv.org/abs/1705.07874), `NeurIPS` 2017. The values of the regions sum to the difference
/// between the scores with all and with none of them; the result's [gap](crate::Attribution::gap) says so.
///
/// | option | default |
/// |---|---|
/// | [`with_regions`](Self::with_regions) | a grid of 3 x 3 cells for an image, else every element: at most 20 |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes `2ⁿ` evaluations. [`ShapleySampling`](crate::ShapleySampling) and [`KernelShap`](crate::KernelShap) estimate
/// the same for more regions.
///
/// ```
/// use backdraft::{BlackBox, Class, Method, ShapleyValues};
/// use burn::tensor::{Device, Float, Tensor};
///
/// // x0 x1 + x2: each factor gets half of the product.
/// let model = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
///     let x = inputs[0].to_tensor::<2, Float>()?;
///     let [a, b, c] = [0, 1, 2].map(|column| x.clone().narrow(1, column, 1));
///     Ok(vec![(a * b + c).into()])
/// });
/// let x = Tensor::<2>::from_data([[2.0, 3.0, 5.0]], &Device::default());
/// let shapley = ShapleyValues::new().attribute(&model, x, Class(0))?;
/// assert_eq!(shapley.regions().unwrap().values(0), [3.0, 3.0, 5.0]);
/// assert_eq!(shapley.gap().unwrap()[0].absolute, 0.0);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "ShapleyValue")]
#[derive(Clone, Debug, Default)]
pub struct ShapleyValues {
    replacement: Replacement,
}

impl ShapleyValues {
    /// All regions, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    replacement_options!();
}

impl SweepMethod for ShapleyValues {
    const NAME: &'static str = "shapley-values";
    const CELLS: usize = 3;

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        coalitions(regions.len(), Self::NAME)
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        _: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        Ok(tables(&play(sweep, work)?, Game::shapley))
    }
}

sweep_method!(ShapleyValues);

/// The values that games give, for each target.
pub(super) fn tables(games: &[Vec<Game>], values: fn(&Game) -> Vec<f64>) -> Vec<RegionTable> {
    let of = |rows: &Vec<Game>| RegionTable {
        values: rows.iter().map(values).collect(),
        ..RegionTable::default()
    };
    games.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{product_and_sum, values, x};
    use crate::{Baseline, Class, Inputs, Method, Regions};
    use burn::tensor::{Device, Int, Tensor};

    #[test]
    fn factors_share_their_product() {
        assert_eq!(
            values(&ShapleyValues::new()),
            [[3.0, 3.0, 5.0], [-1.0, -1.0, 0.0]]
        );
    }

    #[test]
    fn regions_are_players() {
        let labels = Tensor::<2, Int>::from_data([[0, 0, 1]], &Device::flex());
        let method = ShapleyValues::new().with_regions(Regions::labels(labels));
        assert_eq!(values(&method)[0], [6.0, 5.0]);
        let result = method.attribute(&product_and_sum(), x(), Class(0)).unwrap();
        // Elements have the values of their regions, and sums are over regions.
        let elements: Vec<f32> = result.tensor::<2>().unwrap().into_data().iter().collect();
        assert_eq!(elements, [6.0, 6.0, 5.0, -2.0, -2.0, 0.0]);
        assert_eq!(result.sums(), [11.0, -2.0]);
    }

    #[test]
    fn values_sum_to_the_change_for_any_batch_size() {
        let method = ShapleyValues::new().with_baseline(Baseline::constant(1.5));
        for rows in [1, 3, 8] {
            let inputs = Inputs::new(x()).with_batch_size(rows);
            let result = method
                .attribute(&product_and_sum(), inputs, Class(0))
                .unwrap();
            for gap in result.gap().unwrap() {
                assert!(gap.absolute.abs() < 1e-6, "{rows}: {gap:?}");
            }
        }
    }

    #[test]
    fn overlapping_regions_are_no_players() {
        let method = ShapleyValues::new().with_regions(Regions::windows([2], [1]));
        let error = method
            .attribute(&product_and_sum(), x(), Class(0))
            .unwrap_err();
        assert!(
            error.to_string().starts_with("regions 0 and 1 overlap"),
            "{error}"
        );
    }

    #[test]
    fn tokens_are_players_too() {
        let tokens = Tensor::<2, Int>::from_data([[3, 4]], &Device::flex());
        let model = crate::BlackBox::new(|inputs: &[crate::AnyTensor]| {
            let tokens = inputs[0].to_tensor::<2, Int>()?.float();
            Ok(vec![tokens.sum_dim(1).into()])
        });
        let result = ShapleyValues::new()
            .attribute(&model, tokens, Class(0))
            .unwrap();
        assert_eq!(result.regions().unwrap().values(0), [3.0, 4.0]);
        assert_eq!(result.values()[0].shape().as_slice(), [1, 2]);
    }
}
