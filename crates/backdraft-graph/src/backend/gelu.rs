//! The derivative of GELU where Burn has only an approximate one.

use std::f64::consts::{PI, SQRT_2};

use crate::AnyTensor;
use crate::rules::{Rule, Step};

/// The derivative `Φ(x) + x φ(x)` of `gelu(x) = x Φ(x)`.
///
/// Burn's backends compute GELU exactly, but differentiate its tanh approximation, all of them but Flex. The
/// difference is up to 1e-3 of the largest slope.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactGelu;

impl Rule for ExactGelu {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let x = step.operand(operand);
        let shape = x.shape();
        let x = x.flat();
        let cumulated = ((x.clone() / SQRT_2).erf() + 1.0) * 0.5;
        let density = (x.clone().square() * -0.5).exp() * (1.0 / (2.0 * PI).sqrt());
        let slope = cumulated + x * density;
        AnyTensor::from(gradient.flat() * slope).reshape_to(shape)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Network, Probes};
    use burn::nn::Linear;
    use burn::tensor::activation::gelu;
    use burn::tensor::{Device, Tensor};

    fn slopes(device: &Device) -> Vec<f32> {
        let x = Tensor::<2>::from_data([[-3.0, -1.0, 0.0, 0.5, 2.0]], device);
        let forward = |_: &Vec<Linear>, x: Tensor<2>| gelu(x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let pass = net.run(x, &Probes::new().with_input_gradients()).unwrap();
        let score = pass.output::<2>().unwrap().sum_dim(1).reshape([1]);
        let gradient = pass.backward(score).unwrap().input(0).unwrap();
        gradient.flat().into_data().iter().collect()
    }

    fn assert_exact(device: &Device) {
        // Φ(x) + x φ(x), from tables.
        let exact = [-0.011_945_6, -0.083_315_5, 0.5, 0.867_495_1, 1.085_231_8];
        for (actual, exact) in slopes(device).into_iter().zip(exact) {
            assert!((actual - exact).abs() < 1e-5, "{actual} {exact}");
        }
    }

    #[test]
    fn it_is_exact_on_flex() {
        assert_exact(&Device::flex());
    }

    #[test]
    #[cfg(feature = "ndarray")]
    #[allow(
        deprecated,
        reason = "Burn deprecates NdArray, but runs it, and so do we"
    )]
    fn it_is_exact_on_ndarray() {
        assert_exact(&Device::ndarray());
    }
}
