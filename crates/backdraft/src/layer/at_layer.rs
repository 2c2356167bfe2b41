//! Any method, with a layer's output in place of the inputs.

use crate::layer::open::open;
use crate::{
    Attribution, DeepLift, Error, InputXGradient, Inputs, IntegratedGradients, Method, Network,
    Plan, Target,
};

/// A method for inputs, applied to the output of a layer: the network from the layer on is explained, with what
/// the layer computes as its input.
///
/// Values have the shape of the layer's output. What else the network reads after the layer, such as an image
/// beside the question, stays what it is. This is how tokens are explained, which have no gradient: at the layer
/// that embeds them.
///
/// | Captum | here |
/// |---|---|
/// | `LayerGradientXActivation` | [`LayerGradientXActivation::at("emb")`](LayerGradientXActivation), or with `Saliency` without the factor |
/// | `LayerIntegratedGradients` | [`LayerIntegratedGradients::at("emb")`](LayerIntegratedGradients) |
/// | `LayerDeepLift`, `LayerDeepLiftShap` | [`LayerDeepLift::at("emb")`](LayerDeepLift), or with `DeepLiftShap` |
/// | `LayerGradientShap` and others | `AtLayer::new(method, "emb")` with any method |
///
/// The [`Baseline`](crate::Baseline) of the method is one for the layer's output: `Baseline::zeros()` is a zero
/// activation. [`Baseline::inputs`](crate::Baseline::inputs) is the layer's output for other inputs of the
/// network, such as padding tokens or a black image, which is what Captum compares with.
///
/// ```
/// use backdraft::{AtLayer, Baseline, Class, IntegratedGradients, Method, Network};
/// use burn::module::Module;
/// use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
/// use burn::tensor::{Device, Int, Tensor};
///
/// #[derive(Module, Debug)]
/// struct Model {
///     words: Embedding,
///     head: Linear,
/// }
///
/// impl Model {
///     fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
///         self.head.forward(self.words.forward(tokens).mean_dim(1).flatten(1, 2))
///     }
/// }
///
/// let device = Device::default();
/// let model = Model {
///     words: EmbeddingConfig::new(10, 4).init(&device),
///     head: LinearConfig::new(4, 2).init(&device),
/// };
/// let sentence = Tensor::<2, Int>::from_data([[3, 1, 7]], &device);
/// let padding = Tensor::<2, Int>::from_data([[0, 0, 0]], &device);
/// let net = Network::capture(&model, sentence.clone(), Model::forward)?;
///
/// let method = IntegratedGradients::new().with_baseline(Baseline::inputs(padding));
/// let words = AtLayer::new(method, "words").attribute(&net, sentence, Class(1))?;
/// assert_eq!(words.values()[0].shape().as_slice(), [1, 3, 4]);
/// assert!(words.gap().unwrap()[0].absolute.abs() < 1e-5);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "LayerGradientShap")]
#[doc(alias = "LayerDeepLiftShap")]
#[derive(Clone, Debug)]
pub struct AtLayer<T> {
    method: T,
    layers: Vec<String>,
    with_inputs: bool,
}

/// [`AtLayer`] with [`InputXGradient`]: the gradient at a layer times what the layer computes.
#[doc(alias = "LayerInputXGradient")]
pub type LayerGradientXActivation = AtLayer<InputXGradient>;

/// [`AtLayer`] with [`IntegratedGradients`]: on the straight line from a baseline for the layer's output to what the
/// layer computes.
///
/// `at` starts from a zero activation. Captum's default is what the layer computes for a zero input:
/// `AtLayer::new(IntegratedGradients::new().with_baseline(Baseline::inputs(zeros)), layer)`.
pub type LayerIntegratedGradients = AtLayer<IntegratedGradients>;

/// [`AtLayer`] with [`DeepLift`]: the difference to a baseline for the layer's output.
///
/// `at` compares with a zero activation. Captum's default is what the layer computes for a zero input:
/// `AtLayer::new(DeepLift::new().with_baseline(Baseline::inputs(zeros)), layer)`.
pub type LayerDeepLift = AtLayer<DeepLift>;

impl<T: Default> AtLayer<T> {
    /// The method with its default options, at the output of a layer or of the module with this path.
    pub fn at(layer: impl Into<String>) -> Self {
        Self::new(T::default(), layer)
    }
}

impl<T> AtLayer<T> {
    /// The method at the output of a layer, or of the module with this path.
    pub fn new(method: T, layer: impl Into<String>) -> Self {
        Self {
            method,
            layers: vec![layer.into()],
            with_inputs: false,
        }
    }

    /// Explains another layer together with those before: there is one value for each, in this order, and a path
    /// moves all of them at once.
    #[must_use]
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// Records the layers, unless the method looks at one further on.
    fn named(&self, result: Attribution) -> Attribution {
        match result.layer() {
            Some(_) => result,
            None => result.with_layer(self.layers.join(", ")),
        }
    }

    /// Explains the float inputs too, together with the layers: their values come first. An image and the
    /// embedding of a question are thus explained in one run.
    #[must_use]
    pub fn with_inputs(mut self) -> Self {
        self.with_inputs = true;
        self
    }
}

/// Values have the shapes of the layers' outputs, with the samples first. For several targets,
/// the network below the layers is computed once.
impl<T: Method> Method for AtLayer<T> {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let (net, inputs) = open(net, &self.layers, inputs, self.with_inputs)?;
        let result = self.method.compute(&net, &inputs, target)?;
        Ok(self.named(result.of_inputs(&inputs)))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let (net, inputs) = open(net, &self.layers, inputs, self.with_inputs)?;
        self.method.cost(&net, &inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnyTensor, Baseline, Class, GuidedBackprop, Saliency, SmoothGrad, graph};
    use burn::module::{Module, Param};
    use burn::nn::Embedding;
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Int, Tensor};

    /// `F_0 = relu(sum of the words' first numbers) · x_0`, `F_1 = sum of the second numbers`.
    #[derive(Module, Debug)]
    struct Model {
        words: Embedding,
    }

    type Pair = (Tensor<2>, Tensor<2, Int>);

    impl Model {
        fn forward(&self, (x, tokens): Pair) -> Tensor<2> {
            let sums: Tensor<2> = self.words.forward(tokens).sum_dim(1).flatten(1, 2);
            let first = relu(sums.clone().narrow(1, 0, 1)) * x;
            Tensor::cat(vec![first, sums.narrow(1, 1, 1)], 1)
        }
    }

    fn pair(x: [f32; 2], tokens: [[i32; 3]; 2]) -> Pair {
        let device = Device::flex();
        let x = Tensor::<1>::from_data(x, &device).reshape([2, 1]);
        (x, Tensor::from_data(tokens, &device))
    }

    fn net() -> Network {
        let device = Device::flex();
        // Token t is [t, -t]; token 0 is padding.
        let rows = [[0.0, 0.0], [1.0, -1.0], [2.0, -2.0], [3.0, -3.0]];
        let model = Model {
            words: Embedding {
                weight: Param::from_data(rows, &device),
            },
        };
        Network::capture(&model, pair([0.0; 2], [[0; 3]; 2]), Model::forward).unwrap()
    }

    fn values(tensor: &AnyTensor) -> Vec<f32> {
        let size = tensor.shape().num_elements();
        tensor.reshape([size]).into_data().iter().collect()
    }

    fn inputs() -> Pair {
        pair([10.0, 100.0], [[1, 2, 0], [3, 1, 1]])
    }

    #[test]
    fn the_gradient_arrives_at_the_layer() {
        let gradient = AtLayer::<Saliency>::at("words");
        let gradient = gradient.attribute(&net(), inputs(), Class(0)).unwrap();
        assert_eq!(gradient.layer(), Some("words"));
        assert_eq!(gradient.values().len(), 1);
        let expected = [10.0, 0.0, 10.0, 0.0, 10.0, 0.0];
        assert_eq!(values(&gradient.values()[0])[..6], expected);
        let times = LayerGradientXActivation::at("words");
        let times = times.attribute(&net(), inputs(), Class(0)).unwrap();
        assert_eq!(times.sums(), [30.0, 500.0]);
    }

    #[test]
    fn the_other_inputs_are_explained_on_request() {
        let both = LayerGradientXActivation::at("words").with_inputs();
        let both = both.attribute(&net(), inputs(), Class(0)).unwrap();
        let [x, words] = both.values() else {
            panic!("two values")
        };
        assert_eq!(values(x), [30.0, 500.0]);
        assert_eq!(words.shape().as_slice(), [2, 3, 2]);
    }

    #[test]
    fn a_path_goes_from_the_layers_value_at_other_inputs() {
        let baselines = [
            (Baseline::zeros(), [30.0, 500.0]),
            // All inputs, for each sample, for all samples, or mixed.
            (
                Baseline::inputs(pair([10.0, 100.0], [[0; 3], [1; 3]])),
                [30.0, 200.0],
            ),
            (
                Baseline::inputs((
                    Tensor::<2>::zeros([1, 1], &Device::flex()),
                    Tensor::<2, Int>::from_data([[1, 0, 0]], &Device::flex()),
                )),
                [20.0, 400.0],
            ),
            (
                Baseline::inputs((inputs().0, Tensor::<2, Int>::zeros([1, 3], &Device::flex()))),
                [30.0, 500.0],
            ),
        ];
        for (baseline, expected) in baselines {
            let path = IntegratedGradients::new()
                .with_steps(3)
                .with_baseline(baseline.clone());
            let lift = DeepLift::new().with_baseline(baseline);
            let methods: [Box<dyn Method>; 2] = [
                Box::new(AtLayer::new(path, "words")),
                Box::new(AtLayer::new(lift, "words")),
            ];
            for method in methods {
                let result = method.attribute(&net(), inputs(), Class(0)).unwrap();
                for (sum, expected) in result.sums().into_iter().zip(expected) {
                    assert!((sum - expected).abs() < 1e-3, "{sum} {expected}");
                }
                assert!(result.gap().unwrap()[0].absolute.abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_path_moves_the_inputs_and_the_layer_together() {
        // relu(3 a) · 10 a from 0: both factors get a half.
        let path = IntegratedGradients::new().with_steps(3);
        let path = AtLayer::new(path, "words").with_inputs();
        let both = path.attribute(&net(), inputs(), Class(0)).unwrap();
        let x = values(&both.values()[0]);
        assert!((x[0] - 15.0).abs() < 1e-4, "{x:?}");
        assert!((both.sums()[0] - 30.0).abs() < 1e-4);
    }

    #[test]
    fn wrappers_and_rules_work_at_a_layer() {
        let guided = AtLayer::new(GuidedBackprop::new(), "words");
        assert!(guided.attribute(&net(), inputs(), Class(0)).is_ok());
        let smooth = AtLayer::new(SmoothGrad::new(Saliency::new()), "words");
        let smooth = smooth.attribute(&net(), inputs(), Class(1)).unwrap();
        assert_eq!(values(&smooth.values()[0])[..2], [0.0, 1.0]);
    }

    #[test]
    fn several_targets_are_those_of_single_calls() {
        let method = LayerGradientXActivation::at("words");
        let each = method.attribute_each(&net(), inputs(), [Class(0), Class(1)]);
        for (class, result) in each.unwrap().iter().enumerate() {
            let alone = method.attribute(&net(), inputs(), Class(class)).unwrap();
            assert_eq!(values(&result.values()[0]), values(&alone.values()[0]));
            assert_eq!(
                (result.layer(), result.target()),
                (alone.layer(), alone.target())
            );
        }
    }

    #[test]
    fn a_layer_that_the_target_does_not_depend_on_is_named() {
        let x = Tensor::<2>::ones([1, 2], &Device::flex());
        let forward = |_: &Vec<Embedding>, x: Tensor<2>| (x.clone().exp(), x.sin());
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let method = LayerGradientXActivation::at("sin");
        let error = method.attribute(&net, x.clone(), Class(0)).unwrap_err();
        assert!(error.to_string().contains("no gradient"), "{error}");
        let error = method.with_inputs().attribute(&net, x, Class(0));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("layer `sin`"), "{error}");
    }

    #[test]
    fn layers_that_cannot_be_explained_say_why() {
        let error = |layers: [&str; 2]| {
            let method = LayerGradientXActivation::at(layers[0]).with_layer(layers[1]);
            let error = method.attribute(&net(), inputs(), Class(0)).unwrap_err();
            error.to_string()
        };
        let twice = error(["words", "words"]);
        assert!(twice.contains("`words` has no influence"), "{twice}");
        let device = Device::flex();
        let inputs = || {
            (
                Tensor::<2>::ones([2, 3], &device),
                Tensor::<1>::ones([3], &device),
            )
        };
        let forward =
            |_: &Vec<Embedding>, (x, shared): (Tensor<2>, Tensor<1>)| x * shared.exp().unsqueeze();
        let net = Network::capture(&Vec::new(), inputs(), forward).unwrap();
        let error = LayerGradientXActivation::at("exp").attribute(&net, inputs(), Class(0));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("`exp`") && error.contains("[3]"), "{error}");
    }

    #[test]
    fn tokens_alone_have_nothing_to_explain_but_a_layer() {
        let device = Device::flex();
        let model = Model {
            words: Embedding {
                weight: Param::from_data([[1.0, 2.0]], &device),
            },
        };
        let tokens = Tensor::<2, Int>::zeros([1, 2], &device);
        let forward = |m: &Model, tokens| m.words.forward(tokens).sum_dim(1).flatten::<2>(1, 2);
        let net = Network::capture(&model, tokens.clone(), forward).unwrap();
        let error = Saliency::new()
            .attribute(&net, tokens.clone(), Class(0))
            .unwrap_err();
        assert!(error.to_string().contains("AtLayer"), "{error}");
        let missing = Baseline::inputs(Vec::<AnyTensor>::new());
        let method = IntegratedGradients::new().with_baseline(missing);
        let error = AtLayer::new(method, "words").attribute(&net, tokens, Class(0));
        assert!(matches!(
            error,
            Err(Error::Graph(graph::Error::Input(
                graph::InputError::WrongCount {
                    expected: 1,
                    actual: 0
                }
            )))
        ));
    }
}
