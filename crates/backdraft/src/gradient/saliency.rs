//! The gradient of the target with respect to the inputs.

use crate::{Attribution, Differentiable, Error, Inputs, Method, Target};

/// The plain gradient, signed: how the target would change with every element of the input.
///
/// ```text
/// A_i = dF(x) / dx_i
/// ```
///
/// Simonyan et al., [*Deep Inside Convolutional Networks*](https://arxiv.org/abs/1312.6034), 2014. The
/// paper draws the largest absolute value over channels: `attribution.abs().max_channels()`.
///
/// The gradient is that of inference, also for batch normalization and dropout.
///
/// ```
/// use backdraft::{Class, Method, Network, Saliency};
/// use burn::module::{Module, Param};
/// use burn::tensor::{Device, Tensor, TensorData};
///
/// #[derive(Module, Debug)]
/// struct Model {
///     weight: Param<Tensor<2>>,
/// }
///
/// let device = Device::default();
/// let model = Model { weight: Param::from_data([[2.0, 0.0], [-1.0, 5.0]], &device) };
/// let x = Tensor::<2>::from_data([[3.0, 4.0]], &device);
/// let net = Network::capture(&model, x.clone(), |m: &Model, x: Tensor<2>| x.matmul(m.weight.val()))?;
///
/// // F_0 = 2 x_0 - x_1.
/// let gradient = Saliency::new().attribute(&net, x, Class(0))?.tensor::<2>()?;
/// gradient.into_data().assert_eq(&TensorData::from([[2.0, -1.0]]), false);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "Gradient")]
#[doc(alias = "VanillaGradient")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Saliency;

impl Saliency {
    /// The method has no options.
    pub fn new() -> Self {
        Self
    }
}

impl<M: Differentiable + ?Sized> Method<M> for Saliency {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let result = model.gradients(inputs, target)?;
        let scores = result.values();
        Attribution::new("saliency", result.target, result.gradients, scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::AttributionError;
    use crate::{Class, Classes, Network, Score};
    use burn::nn::Linear;
    use burn::tensor::{Device, Int, Tensor, TensorData};

    fn no_weights() -> Vec<Linear> {
        Vec::new()
    }

    #[test]
    fn every_sample_gets_the_gradient_of_its_own_target() {
        let x = Tensor::<2>::from_data([[1.0, 2.0], [3.0, 4.0]], &Device::flex());
        let net =
            Network::capture(&no_weights(), x.clone(), |_, x: Tensor<2>| x.clone() * x).unwrap();
        let result = Saliency::new()
            .attribute(&net, x, Classes(vec![0, 1]))
            .unwrap();
        // F_c = x_c², so dF_c/dx_c = 2 x_c.
        let gradient = result.tensor::<2>().unwrap().into_data();
        gradient.assert_eq(&TensorData::from([[2.0, 0.0], [0.0, 8.0]]), false);
        assert_eq!(result.scores(), [1.0, 16.0]);
        assert_eq!(
            (result.method(), result.target()),
            ("saliency", "classes [0, 1]")
        );
    }

    #[test]
    fn float_inputs_of_several_get_attributions_in_order() {
        let device = Device::flex();
        let inputs = || {
            (
                Tensor::<2, Int>::from_data([[1, 0]], &device),
                Tensor::<2>::from_data([[2.0, 3.0]], &device),
                Tensor::<1>::from_data([5.0], &device),
            )
        };
        let net = Network::capture(&no_weights(), inputs(), |_, (tokens, x, scale): Inputs| {
            x * tokens.float() * scale.unsqueeze()
        })
        .unwrap();
        let result = Saliency::new().attribute(&net, inputs(), Class(0)).unwrap();
        let [x, scale] = result.values() else {
            panic!("two float inputs")
        };
        let x = x.to_tensor::<2, burn::tensor::Float>().unwrap().into_data();
        x.assert_eq(&TensorData::from([[5.0, 0.0]]), false);
        let scale = scale
            .to_tensor::<1, burn::tensor::Float>()
            .unwrap()
            .into_data();
        scale.assert_eq(&TensorData::from([2.0]), false);
    }

    type Inputs = (Tensor<2, Int>, Tensor<2>, Tensor<1>);

    #[test]
    fn an_output_without_batch_dimension_is_no_score() {
        let x = Tensor::<3>::ones([1, 4, 2], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<3>| x.reshape([4, 2]);
        let net = Network::capture(&no_weights(), x.clone(), forward).unwrap();
        let error = Saliency::new().attribute(&net, x, Class(0)).unwrap_err();
        let expected = "`class 0` gave 4 scores for a batch of 1 samples: one for each is needed";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn an_input_that_samples_share_is_refused() {
        let device = Device::flex();
        let inputs = || {
            (
                Tensor::<2>::ones([2, 3], &device),
                Tensor::<1>::ones([3], &device),
            )
        };
        let forward = |_: &Vec<Linear>, (x, scale): (Tensor<2>, Tensor<1>)| x * scale.unsqueeze();
        let net = Network::capture(&no_weights(), inputs(), forward).unwrap();
        let error = Saliency::new()
            .attribute(&net, inputs(), Class(0))
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::Attribution(AttributionError::NotPerSample { position: 1, .. })
            ),
            "{error}"
        );
    }

    #[test]
    fn a_target_without_gradient_is_an_error() {
        let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
        let net = Network::capture(&no_weights(), x.clone(), |_, x: Tensor<2>| x.exp()).unwrap();
        let rank = Score::new("rank", |y: Tensor<2>| y.argmax(1).float().reshape([1]));
        let error = Saliency::new()
            .attribute(&net, x, rank)
            .unwrap_err()
            .to_string();
        assert!(error.contains("no gradient"), "{error}");
    }
}
