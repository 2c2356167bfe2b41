//! Feature ablation.

use crate::Error;
use crate::Model;
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::run::batching::Work;

/// Feature ablation: what the score loses when a region is replaced.
///
/// ```text
/// A_r = F(x) - F(x with region r replaced by the baseline)
/// ```
///
/// Every element of a region has the region's value, as in Captum; of an element that several regions cover it is their
/// mean. The values don't sum to anything: what two regions do together counts for both, or for none.
///
/// | option | default |
/// |---|---|
/// | [`with_regions`](Self::with_regions) | a grid of 7 x 7 cells for an image, else every element |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes one evaluation for each region, of which a captured [`Network`](crate::Network) on a CPU computes only what
/// [the region reaches](crate::graph::Nearby), and explains inputs of integers too.
///
/// ```
/// use backdraft::{BlackBox, Class, FeatureAblation, Method};
/// use burn::tensor::{Device, Float, Tensor};
///
/// // x0 x1 + x2: without x0 the product is gone, and without x1 too.
/// let model = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
///     let x = inputs[0].to_tensor::<2, Float>()?;
///     let [a, b, c] = [0, 1, 2].map(|column| x.clone().narrow(1, column, 1));
///     Ok(vec![(a * b + c).into()])
/// });
/// let x = Tensor::<2>::from_data([[2.0, 3.0, 5.0]], &Device::default());
/// let lost = FeatureAblation::new().attribute(&model, x, Class(0))?;
/// assert_eq!(lost.regions().unwrap().values(0), [6.0, 6.0, 5.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct FeatureAblation {
    replacement: Replacement,
}

impl FeatureAblation {
    /// Every region, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    replacement_options!();
}

impl SweepMethod for FeatureAblation {
    const NAME: &'static str = "feature-ablation";
    const IS_COMPLETE: bool = false;
    const MAY_OVERLAP: bool = true;
    const ONE_BY_ONE: bool = true;

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: &ResolvedRegions) -> Result<usize, Error> {
        Ok(regions.len())
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
        _: &[Scores],
    ) -> Result<Vec<RegionTable>, Error> {
        losses(sweep, work)
    }
}

sweep_method!(FeatureAblation);

/// What every row's score loses without each region.
pub(super) fn losses<M: Model + ?Sized>(
    sweep: &Sweep<'_, M>,
    work: &mut Work,
) -> Result<Vec<RegionTable>, Error> {
    let tables = sweep.scores_without_each(work)?.into_iter().enumerate();
    let tables = tables.map(|(target, scores)| {
        let whole = sweep.whole(target).into_iter().enumerate();
        let rows =
            whole.map(|(row, whole)| scores.iter().map(|scores| whole - scores[row]).collect());
        RegionTable {
            values: rows.collect(),
            ..RegionTable::default()
        }
    });
    Ok(tables.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::{product_and_sum, values, x};
    use crate::{Baseline, Class, Method, Regions};
    use burn::tensor::{Device, Int, Tensor};

    #[test]
    fn without_one_factor_the_product_is_gone() {
        assert_eq!(
            values(&FeatureAblation::new()),
            [[6.0, 6.0, 5.0], [-2.0, -2.0, 0.0]]
        );
    }

    #[test]
    fn a_baseline_takes_the_place() {
        let method = FeatureAblation::new().with_baseline(Baseline::constant(1.0));
        assert_eq!(values(&method)[0], [3.0, 4.0, 4.0]);
        // On average over both.
        let both = Baseline::average([Baseline::zeros(), Baseline::constant(1.0)]);
        let method = FeatureAblation::new().with_baseline(both);
        assert_eq!(values(&method)[0], [4.5, 5.0, 4.5]);
    }

    #[test]
    fn several_targets_come_from_the_same_evaluations() {
        let model = product_and_sum();
        let each = FeatureAblation::new()
            .attribute_each(&model, x(), [Class(0), Class(1)])
            .unwrap();
        assert_eq!(each[0].regions().unwrap().values(0), [6.0, 6.0, 5.0]);
        assert_eq!(each[1].regions().unwrap().values(0), [2.0, 3.0, 5.0]);
        // The clean pass, and one for each region, whatever the number of targets.
        let plan = FeatureAblation::new().plan(&model, x()).unwrap();
        assert_eq!(
            (plan.forward_evaluations(), plan.backward_evaluations()),
            (2 + 3 * 2, 0)
        );
    }

    #[test]
    fn what_no_region_holds_stays() {
        let labels = Tensor::<2, Int>::from_data([[-1, 4, -1]], &Device::flex());
        let method = FeatureAblation::new().with_regions(Regions::labels(labels));
        let lost = method.attribute(&product_and_sum(), x(), Class(0)).unwrap();
        assert_eq!(lost.regions().unwrap().values(0), [6.0]);
        assert_eq!(
            lost.tensor::<2>()
                .unwrap()
                .into_data()
                .iter::<f32>()
                .collect::<Vec<_>>()[..3],
            [0.0, 6.0, 0.0]
        );
    }

    #[test]
    fn a_region_of_all_channels_is_counted_once() {
        // Two channels of two positions.
        let device = Device::flex();
        let image = Tensor::<1>::from_floats([1.0, 2.0, 4.0, 8.0], &device).reshape([1, 2, 1, 2]);
        let model = crate::BlackBox::new(|inputs: &[crate::AnyTensor]| {
            let image = inputs[0].to_tensor::<4, burn::tensor::Float>()?;
            let [rows, ..] = image.dims();
            Ok(vec![image.reshape([rows, 4]).sum_dim(1).into()])
        });
        let summed = |regions: Regions| {
            let method = FeatureAblation::new().with_regions(regions);
            let result = method.attribute(&model, image.clone(), Class(0)).unwrap();
            let map = result.sum_channels();
            map.values()[0]
                .flat()
                .into_data()
                .iter()
                .collect::<Vec<f32>>()
        };
        // As a position, or element by element.
        assert_eq!(summed(Regions::positions()), [5.0, 10.0]);
        assert_eq!(summed(Regions::elements()), [5.0, 10.0]);
    }
}
