//! Internal influence.

use crate::layer::path::{along, path_options, plan_along};
use crate::{Attribution, Error, Inputs, IntegratedGradients, Method, Network, Plan, Target};

/// Internal influence: the gradient at a layer, averaged while the inputs move from a baseline to where they
/// are.
///
/// ```text
/// A_j = integral over a from 0 to 1 of dF/dy_j at the input b + a (x - b),   y = layer(input)
/// ```
///
/// Leino et al., [*Influence-Directed Explanations for Deep Convolutional
/// Networks*](https://arxiv.org/abs/1802.03788), 2018, with the line from the baseline as distribution of interest.
/// How much the target would change with the layer's output on average, not how much it did: there is no
/// sum to complete. For that see [`LayerConductance`](super::LayerConductance).
///
/// | option | default |
/// |---|---|
/// | [`with_baseline`](Self::with_baseline) | zeros |
/// | [`with_steps`](Self::with_steps) | 50 |
/// | [`with_quadrature`](Self::with_quadrature) | Gauss-Legendre |
///
/// ```
/// use backdraft::{Class, InternalInfluence, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // y = 2 x, F = y²: dF/dy = 2 y = 4 x goes from 0 to 12, on average 6.
/// let x = Tensor::<2>::from_data([[3.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| { let y = x * 2.0; y.clone() * y };
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let influence = InternalInfluence::at("mul_scalar").attribute(&net, x, Class(0))?;
/// assert!((influence.sums()[0] - 6.0).abs() < 1e-5);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InternalInfluence {
    layer: String,
    path: IntegratedGradients,
}

impl InternalInfluence {
    /// At the output of a layer, or of the module with this path.
    pub fn at(layer: impl Into<String>) -> Self {
        Self {
            layer: layer.into(),
            path: IntegratedGradients::new(),
        }
    }

    path_options!();
}

/// Values have the shape of the layer's output, with the samples first.
impl Method for InternalInfluence {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let name = "internal-influence";
        let result = along(
            name,
            &self.path,
            net,
            &self.layer,
            inputs,
            target,
            |line, points, work| Ok(line.gradients(work, points)?.remove(0)),
        )?;
        Ok(result.without_gap())
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        plan_along(&self.path, net, &self.layer, inputs)
    }
}
