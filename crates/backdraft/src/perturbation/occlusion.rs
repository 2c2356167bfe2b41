//! Occlusion.

use crate::perturbation::feature_ablation::losses;
use crate::perturbation::regions::{Regions, ResolvedRegions};
use crate::perturbation::replacement::Replacement;
use crate::perturbation::sweep::{RegionTable, Scores, Sweep};
use crate::perturbation::sweep_method::{SweepMethod, sweep_method};
use crate::run::batching::Work;
use crate::{Baseline, Error, Model};

/// Occlusion: what the score loses when a window is replaced, window by window.
///
/// ```text
/// A_i = mean over windows w that cover element i of F(x) - F(x with w replaced by the baseline)
/// ```
///
/// Zeiler & Fergus, [*Visualizing and Understanding Convolutional Networks*](https://arxiv.org/abs/1311.2901), ECCV
/// 2014, with the windows of Captum: those at the border are cut off.
///
/// | option | default |
/// |---|---|
/// | [`with_regions`](Self::with_regions) | windows of a seventh of each side of an image, moved by half of it; else single elements |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes one evaluation for each window, of which a captured [`Network`](crate::Network) on a CPU computes only what
/// [the window reaches](crate::graph::Nearby). Inputs beside the one over which windows move are
/// [held](crate::Inputs::with_constant).
///
/// ```
/// use backdraft::{Class, Method, Network, Occlusion, Regions};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[1.0, 2.0, 3.0, 4.0]], &Device::default());
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.sum_dim(1))?;
/// // Windows of two elements lose 3, 5 and 7.
/// let occlusion = Occlusion::new().with_regions(Regions::windows([2], [1]));
/// let lost = occlusion.attribute(&net, x, Class(0))?;
/// assert_eq!(lost.regions().unwrap().values(0), [3.0, 5.0, 7.0]);
/// assert_eq!(lost.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap(), [3.0, 4.0, 6.0, 7.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Occlusion {
    replacement: Replacement,
}

impl Default for Occlusion {
    fn default() -> Self {
        Self {
            replacement: Replacement {
                regions: Regions::automatic_windows(),
                baseline: Baseline::default(),
            },
        }
    }
}

impl Occlusion {
    /// Windows of a seventh of an image, replaced by zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which windows, as [`Regions::windows`] describes them.
    #[must_use]
    pub fn with_regions(mut self, windows: Regions) -> Self {
        self.replacement.regions = windows;
        self
    }

    /// What windows are replaced by: zeros by default.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.replacement.baseline = baseline;
        self
    }
}

impl SweepMethod for Occlusion {
    const NAME: &'static str = "occlusion";
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

sweep_method!(Occlusion);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::values;

    fn lost(sizes: [usize; 1], strides: [usize; 1]) -> Vec<f32> {
        let occlusion = Occlusion::new().with_regions(Regions::windows(sizes, strides));
        let [first, _] = values(&occlusion);
        first
    }

    #[test]
    fn windows_lose_what_they_cover() {
        // x0 x1 + x2 at (2, 3, 5): the first window takes the product, the second everything.
        assert_eq!(lost([2], [1]), [6.0, 11.0]);
        // The last one is cut off.
        assert_eq!(lost([2], [2]), [6.0, 5.0]);
    }

    #[test]
    fn without_space_windows_are_single_elements() {
        assert_eq!(values(&Occlusion::new())[0], [6.0, 6.0, 5.0]);
    }
}
