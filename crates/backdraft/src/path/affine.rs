//! A network in two parts, of which the first is affine.

use backdraft_graph::Probes;
use burn::tensor::Tensor;

use crate::inputs::check_layer_rows;
use crate::rows::{sum_per_row, zip};
use crate::{AnyTensor, Error, Inputs, Network};

/// The function must be more than one part in so many of the network's work: its value is larger than the input, and
/// to interpolate it takes time too.
const WORTH: u64 = 25;

/// The affine function of the explained input with which a network begins, and the rest of the network.
///
/// On a line between two inputs the function's values are on a line too. So it is computed at both ends, and what
/// flows back to it is summed over the line before it goes through the function to the input, once.
#[derive(Debug)]
pub struct AffinePrefix {
    prefix: Network,
    rest: Network,
    /// The position of the explained input.
    input: usize,
}

impl AffinePrefix {
    /// `None` if the network doesn't begin with an affine function that is worth it, or if several inputs are
    /// explained.
    ///
    /// # Errors
    ///
    /// If the network can't be cut.
    pub fn of(net: &Network, inputs: &Inputs) -> Result<Option<Self>, Error> {
        let mut explained = inputs.explained();
        let (Some(input), None) = (explained.next(), explained.next()) else {
            return Ok(None);
        };
        let Some(layer) = net.affine_layer(input) else {
            return Ok(None);
        };
        let prefix = net.with_output_at(layer.name())?;
        let work = |net: &Network| {
            let cost = net.cost(inputs.tensors().to_vec(), &Probes::new())?;
            Ok::<_, Error>(cost.forward_flops())
        };
        if work(&prefix)? * WORTH < work(net)? {
            return Ok(None);
        }
        Ok(Some(Self {
            prefix,
            rest: net.with_input_at(layer.name())?,
            input,
        }))
    }

    /// What follows the affine function.
    pub(super) fn rest(&self) -> &Network {
        &self.rest
    }

    /// The inputs of what follows, with zeros in place of the function's value.
    pub(super) fn placeholder(&self, inputs: &Inputs) -> Result<Inputs, Error> {
        let tensors = inputs.tensors();
        let shape = self.prefix.output_shapes(tensors.to_vec())?.swap_remove(0);
        let zeros = Tensor::<1>::zeros([shape.num_elements()], &tensors[self.input].device());
        Ok(inputs.behind(AnyTensor::from(zeros).reshape_to(shape)))
    }

    /// The function's value at these inputs.
    pub(super) fn value(&self, inputs: &Inputs) -> Result<AnyTensor, Error> {
        let value = self.prefix.forward(inputs.tensors().to_vec())?.outputs()[0].clone();
        check_layer_rows("the affine prefix", &value, inputs.rows())?;
        Ok(value)
    }

    /// The gradient at the input, given that at the end of the function.
    pub(super) fn pull_back(
        &self,
        inputs: &Inputs,
        gradient: &AnyTensor,
    ) -> Result<AnyTensor, Error> {
        let probes = Probes::new().with_input_gradient(self.input);
        let pass = self.prefix.run(inputs.tensors().to_vec(), &probes)?;
        let product = zip(&pass.outputs()[0], gradient, |value, gradient| {
            value * gradient
        });
        Ok(pass.backward(sum_per_row(&product))?.input(self.input)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Attribution, Baseline, Class, Differentiable, Differentiated, IntegratedGradients, Method,
        Target,
    };
    use burn::module::{Module, Param};
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::softmax;
    use burn::tensor::{Device, Distribution, Int, Tolerance};

    /// The same model, which keeps its beginning to itself.
    struct Whole(Network);

    impl Differentiable for Whole {
        fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
            self.0.outputs(inputs)
        }

        fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
            self.0.gradients(inputs, target)
        }
    }

    #[derive(Module, Debug)]
    struct Model {
        conv: Conv2d,
        head: Linear,
        scale: Param<Tensor<1>>,
    }

    impl Model {
        fn new() -> Self {
            let device = Device::flex();
            Self {
                conv: Conv2dConfig::new([2, 3], [3, 3])
                    .with_stride([2, 2])
                    .init(&device),
                head: LinearConfig::new(27, 4).init(&device),
                scale: Param::from_data([2.0], &device),
            }
        }

        fn forward(&self, (images, tokens): (Tensor<4>, Tensor<2, Int>)) -> Tensor<2> {
            let maps = self
                .conv
                .forward(images * self.scale.val().reshape([1, 1, 1, 1]) - 0.5);
            let maps: Tensor<2> = maps.flatten(1, 3);
            softmax(self.head.forward(maps.sin()) * tokens.float().sum_dim(1), 1)
        }
    }

    fn inputs(samples: usize) -> (Tensor<4>, Tensor<2, Int>) {
        let device = Device::flex();
        let images = Tensor::random([samples, 2, 7, 7], Distribution::Default, &device);
        let tokens = Tensor::<1, Int>::arange(1..1 + 2 * samples as i64, &device);
        (images, tokens.reshape([samples, 2]))
    }

    fn assert_same(actual: &Attribution, expected: &Attribution) {
        let data = |result: &Attribution| result.tensor::<4>().unwrap().into_data();
        data(actual).assert_approx_eq::<f32>(&data(expected), Tolerance::rel_abs(1e-5, 1e-6));
        assert_eq!(actual.option("steps"), expected.option("steps"));
    }

    #[test]
    fn behind_the_prefix_the_path_gives_the_same() {
        let net = Network::capture(&Model::new(), inputs(1), Model::forward).unwrap();
        assert_eq!(net.affine_layer(0).unwrap().name(), "reshape");
        let fixed = IntegratedGradients::new().with_steps(20);
        let baseline = Baseline::tensor(inputs(3).0 * 0.25);
        let adaptive = fixed.clone().with_tolerance(1e-4).with_baseline(baseline);
        for method in [fixed.clone(), fixed.with_batch_size(7), adaptive] {
            let inputs = inputs(3);
            let short = method.attribute(&net, inputs.clone(), Class(2)).unwrap();
            let whole = method
                .attribute(&Whole(net.clone()), inputs, Class(2))
                .unwrap();
            assert_same(&short, &whole);
        }
    }

    #[test]
    fn two_explained_inputs_have_none() {
        let x = Tensor::<2>::ones([1, 3], &Device::flex());
        let linear = LinearConfig::new(3, 2).init(&Device::flex());
        let forward =
            |m: &Linear, (a, b): (Tensor<2>, Tensor<2>)| m.forward(a).exp() + m.forward(b);
        let net = Network::capture(&linear, (x.clone(), x.clone()), forward).unwrap();
        let inputs = Inputs::new((x.clone(), x));
        assert!(AffinePrefix::of(&net, &inputs).unwrap().is_none());
        assert!(
            AffinePrefix::of(&net, &inputs.holding([1]))
                .unwrap()
                .is_some()
        );
    }
}
