//! Excitation Backprop, by its own name.

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::lrp::Lrp;
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// Excitation Backprop: how likely a random walk from the output comes by. At every unit it goes on to one of the inputs, each
/// with a probability in proportion to how much it excites the unit.
///
/// ```text
/// P(i) = Σ_j  x_i w_ij⁺ / (Σ_i' x_i' w_i'j⁺ + b_j⁺)  P(j)
/// ```
///
/// with inputs `x_i`, which aren't negative after a rectifier, and the positive parts `w_ij⁺` and `b_j⁺` of weights and
/// bias. The paper has no bias: [`Lrp`] with the composite [`without_bias`](Composite::without_bias) is that.
///
/// Zhang et al., [*Top-Down Neural Attention by Excitation Backprop*](https://arxiv.org/abs/1608.00507), 2016. It is [`Lrp`]
/// with [`Composite::excitation_backprop`], begun with the score, so values are probabilities times the score. At a
/// [layer](Self::at) the values are a map: the relevance of its output, summed over channels.
///
/// ```
/// use backdraft::{Class, ExcitationBackprop, Method, Network};
/// use burn::nn::conv::{Conv2d, Conv2dConfig};
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let device = Device::default();
/// let model: Conv2d = Conv2dConfig::new([3, 5], [3, 3]).init(&device);
/// let x = Tensor::<4>::ones([1, 3, 8, 8], &device);
/// let forward = |m: &Conv2d, x: Tensor<4>| relu(m.forward(x)).mean_dim(3).mean_dim(2).flatten::<2>(1, 3);
/// let net = Network::capture(&model, x.clone(), forward)?;
///
/// let map = ExcitationBackprop::at("relu").attribute(&net, x, Class(2))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExcitationBackprop {
    lrp: Lrp,
    is_map: bool,
}

impl Default for ExcitationBackprop {
    fn default() -> Self {
        Self {
            lrp: Lrp::with_composite(Composite::excitation_backprop()),
            is_map: false,
        }
    }
}

impl ExcitationBackprop {
    /// The relevance of the inputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// A map of a layer.
    pub fn at(layer: impl Into<String>) -> Self {
        Self {
            lrp: Self::new().lrp.with_layer(layer),
            is_map: true,
        }
    }
}

/// Values have the inputs' shapes, or are a map `[batch, 1, ...]` of a layer.
impl Method for ExcitationBackprop {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let result = self.lrp.compute(net, inputs, target)?;
        let result = result.with_method("excitation-backprop");
        Ok(if self.is_map {
            result.sum_channels()
        } else {
            result
        })
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        self.lrp.cost(net, inputs)
    }
}
