//! DeepLIFT over a set of references.

use crate::backprop::{DeepLift, DeepLiftRule};
use crate::{Attribution, Baseline, Error, Inputs, Method, Network, Plan, Target};

/// DeepLIFTSHAP: [`DeepLift`] averaged over a set of references, which approximates SHAP values with these
/// references as background data.
///
/// ```text
/// A = mean over b of DeepLift(x, b)
/// ```
///
/// Lundberg & Lee, [*A Unified Approach to Interpreting Model
/// Predictions*](https://arxiv.org/abs/1705.07874), 2017. Attributions sum to `F(x)` minus the mean of `F` over
/// the references. Every sample is compared with every reference.
///
/// ```
/// use backdraft::{Baseline, Class, DeepLiftShap, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let x = Tensor::<2>::from_data([[3.0, 1.0]], &device);
/// let background = Tensor::<2>::from_data([[0.0, 0.0], [2.0, 0.0]], &device);
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| (x * 2.0).sum_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// // A linear function: weight times the distance to the mean of the background, (1, 0).
/// let method = DeepLiftShap::new(Baseline::distribution(background));
/// let values = method.attribute(&net, x, Class(0))?.tensor::<2>()?;
/// assert_eq!(values.into_data().try_to_vec::<f32>().unwrap(), [4.0, 2.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "DeepExplainer")]
#[derive(Clone, Debug)]
pub struct DeepLiftShap(DeepLift);

impl DeepLiftShap {
    /// Compares with these references, usually a [distribution](Baseline::distribution).
    pub fn new(baselines: Baseline) -> Self {
        Self(DeepLift::new().with_baseline(baselines))
    }

    /// The rule for nonlinearities, as for [`DeepLift::with_rule`].
    #[must_use]
    pub fn with_rule(self, rule: DeepLiftRule) -> Self {
        Self(self.0.with_rule(rule))
    }

    /// As for [`DeepLift::with_threshold`].
    #[must_use]
    pub fn with_threshold(self, threshold: f64) -> Self {
        Self(self.0.with_threshold(threshold))
    }
}

impl Method for DeepLiftShap {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        self.0.explain_as("deep-lift-shap", net, inputs, target)
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        self.0.cost(net, inputs)
    }
}
