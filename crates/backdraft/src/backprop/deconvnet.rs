//! The deconvolutional network.

use crate::backprop::rectifier_rules::DeconvnetRectifier;
use crate::backprop::rectifiers;
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// Deconvnet: the gradient, with every rectifier applied to what flows back instead of to its input.
///
/// ```text
/// at every rectifier y = f(x):   R_x = max(R_y, 0)
/// ```
///
/// Zeiler & Fergus, [*Visualizing and Understanding Convolutional
/// Networks*](https://arxiv.org/abs/1311.2901), 2014. The rule applies to every rectifier (ReLU, clamps at
/// zero such as ReLU6, leaky ReLU, PReLU), as a module or as a function; it doesn't look at their inputs.
/// Max pooling routes to the position of the maximum, which the paper calls switches.
/// In a network of linear layers and rectifiers without max pooling nothing of the input steers what flows
/// back: the result is the same for every input, and only shows the network's own grid of strides.
///
/// Like guided backpropagation it is **not class-discriminative**: see
/// [`GuidedBackprop`](crate::GuidedBackprop) for the check that shows it.
///
/// ```
/// use backdraft::{Class, Deconvnet, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, TensorData, activation::relu};
///
/// let x = Tensor::<2>::from_data([[1.0, -1.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| relu(x) * 2.0;
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// // The gradient of a closed rectifier would be zero; the rule lets it through.
/// let result = Deconvnet::new().attribute(&net, x, Class(1))?.tensor::<2>()?;
/// result.into_data().assert_eq(&TensorData::from([[0.0, 2.0]]), false);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "Deconvolution")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Deconvnet;

impl Deconvnet {
    /// The method has no options.
    pub fn new() -> Self {
        Self
    }
}

/// Values have the inputs' shapes. [`BackpropError::NoRectifier`](crate::backprop::BackpropError::NoRectifier) for a
/// network without rectifiers, where the
/// method is undefined.
impl Method for Deconvnet {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        rectifiers::explain("deconvnet", DeconvnetRectifier, net, inputs, target)
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        rectifiers::plan(DeconvnetRectifier, net, inputs)
    }
}
