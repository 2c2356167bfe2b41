//! `Simple FullGrad`.

use crate::gradient::full_grad::bias_gradient::BiasGradient;
use crate::gradient::full_grad::full_gradients::FullGradients;
use crate::gradient::full_grad::maps::Maps;
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// `Simple FullGrad`: as [`FullGrad`](crate::FullGrad), with the gradient at every bias in place of what the bias contributes.
///
/// ```text
/// map = sum over channels of s(|x dF/dx|) + sum over layers of resize( sum over channels of s(|dF/db|) )
/// ```
///
/// where `s` brings the terms of a layer to the range from zero to one. It comes from the [authors' code for
/// `FullGrad`](https://github.com/idiap/fullgrad-saliency), as an approximation that needs no biases. A layer whose bias is small
/// counts here as much as any other, and terms have no unit, so that they can't be added as they are.
///
/// ```
/// use backdraft::{Class, SimpleFullGrad, Method, Network};
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
/// let map = SimpleFullGrad::new().attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 8, 8]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SimpleFullGrad;

impl SimpleFullGrad {
    /// The method has no options.
    pub fn new() -> Self {
        Self
    }
}

/// As [`FullGrad`](crate::FullGrad), on the same networks.
impl Method for SimpleFullGrad {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let full = FullGradients::compute(net, inputs, target)?;
        let maps = Maps {
            drawn: BiasGradient::gradient,
            scaled: true,
        };
        maps.attribution("simple-full-grad", net, inputs, &full)
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        FullGradients::plan(net, inputs)
    }
}
