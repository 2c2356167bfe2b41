//! Occlusion.

use crate::perturbation::feature_ablation::losses;
use crate::perturbation::regions::{Regions, ResolvedRegions};
use crate::perturbation::sweep::{RegionTable, Sweep};
use crate::perturbation::sweep_method::{Replacement, SweepMethod, sweep_method};
use crate::run::batching::Work;
use crate::{Attribution, Baseline, Error, Model};

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
/// | windows and strides | given by [`new`](Self::new) |
/// | [`with_baseline`](Self::with_baseline) | zeros |
///
/// It takes one evaluation for each window. Inputs beside the one over which windows move are
/// [held](crate::Inputs::with_constant).
///
/// ```
/// use backdraft::{Class, Method, Network, Occlusion};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let x = Tensor::<2>::from_data([[1.0, 2.0, 3.0, 4.0]], &Device::default());
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.sum_dim(1))?;
/// // Windows of two elements lose 3, 5 and 7.
/// let lost = Occlusion::new([2], [1]).attribute(&net, x, Class(0))?;
/// assert_eq!(lost.regions().unwrap().values(0), [3.0, 5.0, 7.0]);
/// assert_eq!(lost.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap(), [3.0, 4.0, 6.0, 7.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Occlusion {
    replacement: Replacement,
    windows: String,
}

impl Occlusion {
    /// Windows of these sizes, moved by these strides: a number for every dimension of the input but the samples, or, for
    /// an image, for every dimension of space, all channels together.
    pub fn new(sizes: impl Into<Vec<usize>>, strides: impl Into<Vec<usize>>) -> Self {
        let (sizes, strides) = (sizes.into(), strides.into());
        Self {
            windows: format!("{sizes:?} moved by {strides:?}"),
            replacement: Replacement {
                regions: Regions::windows(sizes, strides),
                baseline: Baseline::default(),
            },
        }
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

    fn replacement(&self) -> &Replacement {
        &self.replacement
    }

    fn coalitions(&self, regions: usize) -> Result<usize, Error> {
        Ok(regions)
    }

    fn check(&self, _: &ResolvedRegions) -> Result<(), Error> {
        Ok(())
    }

    fn explain<M: Model + ?Sized>(
        &self,
        sweep: &Sweep<'_, M>,
        work: &mut Work,
    ) -> Result<Vec<RegionTable>, Error> {
        losses(sweep, work)
    }

    fn recorded(&self, attribution: Attribution) -> Attribution {
        attribution.with_option("windows", &self.windows)
    }
}

sweep_method!(Occlusion);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perturbation::testing::values;

    #[test]
    fn windows_lose_what_they_cover() {
        // x0 x1 + x2 at (2, 3, 5): the first window takes the product, the second everything.
        assert_eq!(values(&Occlusion::new([2], [1]))[0], [6.0, 11.0]);
        // The last one is cut off.
        assert_eq!(values(&Occlusion::new([2], [2]))[0], [6.0, 5.0]);
    }
}
