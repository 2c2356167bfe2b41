//! Guided backpropagation.

use crate::backprop::rectifier_rules::GuidedRectifier;
use crate::backprop::rectifiers;
use crate::{Attribution, Error, Inputs, Method, Network, Plan, Target};

/// Guided backpropagation: the gradient, with only its positive part let through at every rectifier.
///
/// ```text
/// at every rectifier y = f(x):   R_x = max(R_y · f'(x), 0)
/// ```
///
/// Springenberg et al., [*Striving for Simplicity: The All Convolutional
/// Net*](https://arxiv.org/abs/1412.6806), 2015. For ReLU, `f'(x)` is 1 where the input is positive and 0
/// elsewhere. The rule applies to every rectifier, whether it is a module or a function, used once or often:
/// ReLU, clamps at zero such as ReLU6 (zero above its bound too), and leaky ReLU and PReLU, where a negative
/// input scales the gradient by the slope before the positive part is taken. Other activations keep their
/// derivative.
///
/// # Not class-discriminative
///
/// The pictures are sharp because the rule recovers edges of the input, and they hardly depend on the class
/// or even on the weights of the upper layers (Adebayo et al., [*Sanity Checks for Saliency
/// Maps*](https://arxiv.org/abs/1810.03292), 2018; Nie et al., 2018). Ask for two classes and compare:
///
/// ```
/// use backdraft::{Class, GuidedBackprop, Method, Network, Saliency};
/// # use burn::module::{Module, Param};
/// # use burn::tensor::{Device, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { hidden: Param<Tensor<2>>, head: Param<Tensor<2>> }
/// # let device = Device::default();
/// # let model = Model {
/// #     hidden: Param::from_data([[2.0, 1.0], [1.0, 1.0], [0.0, 3.0]], &device),
/// #     head: Param::from_data([[3.0, 1.0], [-1.0, 1.0]], &device),
/// # };
/// # let x = Tensor::<2>::from_data([[1.0, 1.0, 1.0]], &device);
/// # let forward = |m: &Model, x: Tensor<2>| relu(relu(x.matmul(m.hidden.val())).matmul(m.head.val()));
/// # let net = Network::capture(&model, x.clone(), forward)?;
/// let similarity = |a: Tensor<2>, b: Tensor<2>| {
///     let dot = |a: &Tensor<2>, b: &Tensor<2>| (a.clone() * b.clone()).sum().into_scalar::<f32>();
///     dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
/// };
/// let guided = |class| GuidedBackprop::new().attribute(&net, x.clone(), Class(class))?.tensor::<2>();
/// let plain = |class| Saliency::new().attribute(&net, x.clone(), Class(class))?.tensor::<2>();
/// let between_guided = similarity(guided(0)?, guided(1)?);
/// let between_plain = similarity(plain(0)?, plain(1)?);
/// assert!(between_guided > between_plain);
/// # Ok::<(), backdraft::Error>(())
/// ```
///
/// To see what is evidence for *one* class, multiply with a map that tells classes apart:
/// [`GuidedGradCam`](crate::GuidedGradCam).
#[doc(alias = "GuidedBackpropReLUModel")]
#[derive(Clone, Copy, Debug, Default)]
pub struct GuidedBackprop;

impl GuidedBackprop {
    /// The method has no options.
    pub fn new() -> Self {
        Self
    }
}

/// Values have the inputs' shapes. [`BackpropError::NoRectifier`](crate::backprop::BackpropError::NoRectifier) for a
/// network without rectifiers, where the
/// method is undefined.
impl Method for GuidedBackprop {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        rectifiers::explain("guided-backprop", GuidedRectifier, net, inputs, target)
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        rectifiers::plan(GuidedRectifier, net, inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use burn::nn::Linear;
    use burn::tensor::activation::{gelu, leaky_relu, relu};
    use burn::tensor::{Device, Tensor, TensorData};

    fn guided(x: [f32; 3], forward: fn(Tensor<2>) -> Tensor<2>) -> Result<Tensor<2>, Error> {
        let x = Tensor::<2>::from_data([x], &Device::flex());
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x).sum_dim(1);
        let net = Network::capture(&Vec::new(), x.clone(), forward)?;
        GuidedBackprop::new().attribute(&net, x, Class(0))?.tensor()
    }

    #[test]
    fn every_use_of_a_functional_rectifier_counts() {
        // The gradient of -relu(x) + 3 relu(2 x): -1 is cut at the first rectifier, 6 passes the second.
        let sum = guided([1.0, -1.0, 2.0], |x| relu(x.clone() * 2.0) * 3.0 - relu(x)).unwrap();
        sum.into_data()
            .assert_eq(&TensorData::from([[6.0, 0.0, 6.0]]), false);
    }

    #[test]
    fn relu6_is_closed_above_six_and_leaky_relu_never() {
        let clamped = guided([1.0, -1.0, 7.0], |x| x.clamp(0.0, 6.0) * 2.0).unwrap();
        clamped
            .into_data()
            .assert_eq(&TensorData::from([[2.0, 0.0, 0.0]]), false);
        let leaky = guided([1.0, -1.0, 7.0], |x| leaky_relu(x, 0.5) * 2.0).unwrap();
        leaky
            .into_data()
            .assert_eq(&TensorData::from([[2.0, 1.0, 2.0]]), false);
    }

    #[test]
    fn without_rectifiers_it_is_undefined() {
        let error = guided([1.0, 2.0, 3.0], gelu).unwrap_err().to_string();
        assert!(error.contains("guided-backprop is undefined"), "{error}");
    }
}
