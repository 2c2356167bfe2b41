//! Banzhaf values.

use crate::perturbation::game::{Game, coalitions, play};
use crate::perturbation::regions::ResolvedRegions;
use crate::perturbation::replacement::{Replacement, replacement_options};
use crate::perturbation::shapley_values::tables;
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::run::batching::Work;
use crate::{Error, Model};

/// Banzhaf values: every region's contribution on average over all coalitions of the others.
///
/// With `v(S)` the score with the regions of `S` in place and the others replaced, for `n` regions
///
/// ```text
/// A_r = 1 / 2ⁿ⁻¹ · sum over S without r of ( v(S with r) - v(S) )
/// ```
///
/// Banzhaf, *Weighted Voting Doesn't Work*, 1965; Wang & Jia, [*Data Banzhaf*](https://arxiv.org/abs/2205.15466), AISTATS
/// 2023, on why they are steadier than [Shapley values](crate::ShapleyValues) where scores are noisy. They sum to
/// nothing in particular.
///
/// | option | default |
/// |---|---|
/// | [`with_regions`](Self::with_regions) | a grid of 3 x 3 cells for an image, else every element: at most 20 |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes `2ⁿ` evaluations.
///
/// ```
/// use backdraft::{Banzhaf, Class, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[2.0, 3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.prod_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let banzhaf = Banzhaf::new().attribute(&net, x, Class(0))?;
/// assert_eq!(banzhaf.regions().unwrap().values(0), [3.0, 3.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Banzhaf {
    replacement: Replacement,
}

impl Banzhaf {
    /// All regions, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    replacement_options!();
}

impl SweepMethod for Banzhaf {
    const NAME: &'static str = "banzhaf";
    const IS_COMPLETE: bool = false;
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
        Ok(tables(&play(sweep, work)?, Game::banzhaf))
    }
}

sweep_method!(Banzhaf);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::values;

    #[test]
    fn a_factor_counts_in_half_of_the_coalitions() {
        assert_eq!(values(&Banzhaf::new())[0], [3.0, 3.0, 5.0]);
    }
}
