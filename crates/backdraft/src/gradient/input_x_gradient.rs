//! The gradient times the input.

use crate::inputs::rows::zip_all;
use crate::{Attribution, Differentiable, Error, Inputs, Method, Target};

/// Every feature's contribution as a regression has it: its value times its slope.
///
/// ```text
/// A_i = x_i · dF(x) / dx_i
/// ```
///
/// Shrikumar et al., [*Not Just a Black Box*](https://arxiv.org/abs/1605.01713), 2016. For a linear
/// function these are the terms `w_i x_i` of the sum. For a network of rectifiers without biases they sum to
/// the target; with biases they don't, and where the network saturates they are zero. The baseline is
/// implicitly zero.
///
/// ```
/// use backdraft::{Class, InputXGradient, Method, Network};
/// use burn::module::{Module, Param};
/// use burn::tensor::{Device, Tensor, TensorData};
///
/// #[derive(Module, Debug)]
/// struct Regression {
///     weight: Param<Tensor<2>>,
/// }
///
/// let device = Device::default();
/// let model = Regression { weight: Param::from_data([[2.0], [-1.0]], &device) };
/// let x = Tensor::<2>::from_data([[3.0, 4.0]], &device);
/// let forward = |m: &Regression, x: Tensor<2>| x.matmul(m.weight.val()) + 0.5;
/// let net = Network::capture(&model, x.clone(), forward)?;
///
/// let terms = InputXGradient::new().attribute(&net, x, Class(0))?.tensor::<2>()?;
/// terms.into_data().assert_eq(&TensorData::from([[6.0, -4.0]]), false);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct InputXGradient;

impl InputXGradient {
    /// The method has no options.
    pub fn new() -> Self {
        Self
    }
}

impl<M: Differentiable + ?Sized> Method<M> for InputXGradient {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let result = model.gradients(inputs, target)?;
        let scores = result.values();
        let values = zip_all(&inputs.floats()?, &result.gradients, |x, g| x * g);
        Attribution::new("input-x-gradient", result.target, values, scores)
    }
}
