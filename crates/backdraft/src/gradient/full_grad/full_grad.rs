//! `FullGrad`.

use crate::gradient::full_grad::bias_gradient::BiasGradient;
use crate::gradient::full_grad::full_gradients::FullGradients;
use crate::gradient::full_grad::maps::Maps;
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// `FullGrad`: where the inputs and all biases contribute to the target, on one map of the input's size.
///
/// ```text
/// map = sum over channels of |x dF/dx| + sum over layers of resize( sum over channels of |b dF/db| )
/// ```
///
/// with `x` of shape `[batch, channels, positions...]` and `b` a layer's bias at every position of its output.
///
/// Srinivas & Fleuret, [*Full-Gradient Representation for Neural Network
/// Visualization*](https://arxiv.org/abs/1905.00780), `NeurIPS` 2019. The terms are those of [`FullGradients`], whose sum is the
/// score; here they are sizes, so that the map shows how much happens at a place and not for what it speaks. Biases of
/// layers without positions, such as those of a classifier's head, aren't on it.
///
/// The paper brings every term to the range from zero to one before it is added, so that each layer counts as much;
/// [`with_scaled_layers`](Self::with_scaled_layers) does. Without, the map is in units of the score, and a layer
/// counts as much as it contributes.
///
/// | option | default |
/// |---|---|
/// | [`with_scaled_layers`](Self::with_scaled_layers) | `false` |
///
/// ```
/// use backdraft::{Class, FullGrad, Method, Network};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         relu(self.conv.forward(x)).mean_dim(3).mean_dim(2).flatten(1, 3)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model { conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device) };
/// # let image = Tensor::<4>::ones([1, 3, 8, 8], &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let map = FullGrad::new().attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 8, 8]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FullGrad {
    scaled_layers: bool,
}

impl FullGrad {
    /// Contributions as they are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether every layer's contributions are brought to the range from zero to one before they are added up.
    #[must_use]
    pub fn with_scaled_layers(mut self, scaled: bool) -> Self {
        self.scaled_layers = scaled;
        self
    }
}

/// Values of shape `[batch, 1, positions...]`, the positions being those of the input, which must be the only one that is
/// explained and have channels and space. A network of other operations than linear ones, biases and functions of each element
/// is a [typed error](crate::gradient::FullGradError).
impl Method for FullGrad {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let full = FullGradients::compute(net, inputs, target)?;
        let maps = Maps {
            drawn: BiasGradient::contribution,
            scaled: self.scaled_layers,
        };
        let result = maps.attribution("full-grad", net, inputs, &full)?;
        Ok(result.with_option("scaled layers", self.scaled_layers))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        FullGradients::plan(net, inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Network, SimpleFullGrad};
    use burn::module::Param;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::tensor::{Device, Tensor};

    /// The sum of `3 x + 5` in windows of one, where that is positive.
    fn net(x: &Tensor<4>) -> Network {
        let device = x.device();
        let mut conv: Conv2d = Conv2dConfig::new([1, 1], [1, 1]).init(&device);
        conv.weight = Param::from_data([[[[3.0]]]], &device);
        conv.bias = Some(Param::from_data([5.0], &device));
        Network::capture(&conv, x.clone(), |m: &Conv2d, x: Tensor<4>| {
            let [batch, ..] = x.dims();
            burn::tensor::activation::relu(m.forward(x))
                .reshape([batch, 4])
                .sum_dim(1)
        })
        .unwrap()
    }

    fn x() -> Tensor<4> {
        let rows = [[1.0, -1.0], [-4.0, 2.0]];
        Tensor::<2>::from_data(rows, &Device::flex()).unsqueeze()
    }

    fn map(method: impl Method) -> Vec<f32> {
        let map = method.attribute(&net(&x()), x(), Class(0)).unwrap();
        assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 2, 2]);
        map.values()[0].flat().into_data().iter().collect()
    }

    #[test]
    fn sizes_of_inputs_and_biases_are_added() {
        // Values 8, 2, -7 and 11: at the third nothing contributes.
        assert_eq!(map(FullGrad::new()), [3.0 + 5.0, 3.0 + 5.0, 0.0, 6.0 + 5.0]);
    }

    #[test]
    fn scaled_layers_count_alike() {
        // Of the input 3, 3, 0 and 6 become halves and one. The bias is 5 or nothing, and the simple variant draws its
        // gradient, which is 1 or nothing.
        for scaled in [
            map(FullGrad::new().with_scaled_layers(true)),
            map(SimpleFullGrad::new()),
        ] {
            for (value, expected) in scaled.iter().zip([1.5, 1.5, 0.0, 2.0]) {
                assert!((value - expected).abs() < 1e-5, "{scaled:?}");
            }
        }
    }

    #[test]
    fn an_input_without_space_has_no_map() {
        let x = Tensor::<2>::ones([1, 3], &Device::flex());
        let forward = |_: &Vec<burn::nn::Linear>, x: Tensor<2>| x * 2.0;
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let error = FullGrad::new().attribute(&net, x, Class(0)).unwrap_err();
        assert!(error.to_string().contains("[1, 3]"), "{error}");
    }
}
