//! A model that can't be captured.

use std::marker::PhantomData;

use burn::module::Module;

use crate::finite::check;
use crate::inputs::rows::flat;
use crate::model::ModelError;
use crate::model::checks::check_inputs;
use crate::model::differentiable::Differentiated;
use crate::model::leaves::Leaves;
use crate::{AnyTensor, Differentiable, Error, Inputs, Model, Target, Tensors, graph};

/// How far outputs may be apart that should be the same, as a fraction of their size.
const TOLERANCE: f64 = 1e-3;

/// A model that is only called: for forward passes that can't be captured because they read tensor values.
///
/// Every method that needs only outputs or input gradients explains it; methods that look at layers or
/// use gradient rules don't accept it, at compile time.
///
/// Burn runs batch normalization and dropout as in training where gradients are computed. `new` therefore
/// keeps a frozen copy of the model (the model itself isn't changed), and checks on an example that the
/// outputs are the same with gradients and without.
///
/// ```
/// use backdraft::{Class, IntegratedGradients, Method, Opaque};
/// use burn::module::Module;
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// #[derive(Module, Debug)]
/// struct Model { shallow: Linear, deep: Linear }
///
/// impl Model {
///     // Data-dependent control flow: `Network::capture` refuses it.
///     fn forward(&self, x: Tensor<2>) -> Tensor<2> {
///         if x.clone().sum().into_scalar::<f32>() > 0.0 {
///             return self.shallow.forward(x);
///         }
///         self.shallow.forward(relu(self.deep.forward(x)))
///     }
/// }
///
/// let device = Device::default();
/// let model = Model {
///     shallow: LinearConfig::new(3, 2).init(&device),
///     deep: LinearConfig::new(3, 3).init(&device),
/// };
/// let x = Tensor::<2>::from_data([[1.0, 2.0, 3.0]], &device);
/// let model = Opaque::new(&model, x.clone(), Model::forward)?;
/// let attribution = IntegratedGradients::new().attribute(&model, x, Class(1))?;
/// # Ok::<(), backdraft::Error>(())
/// ```
///
/// Gradient rules need the graph, so this doesn't compile:
///
/// ```compile_fail,E0277
/// # use backdraft::{Class, GuidedBackprop, Method, Opaque};
/// # use burn::nn::{Linear, LinearConfig};
/// # use burn::tensor::{Device, Tensor};
/// # let device = Device::default();
/// # let model = LinearConfig::new(3, 2).init(&device);
/// # let x = Tensor::<2>::ones([1, 3], &device);
/// let model = Opaque::new(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x)).unwrap();
/// let attribution = GuidedBackprop::new().attribute(&model, x, Class(1));
/// ```
pub struct Opaque<M, I, O, F> {
    model: M,
    forward: F,
    types: PhantomData<fn(I) -> O>,
}

impl<M, I, O, F> Opaque<M, I, O, F>
where
    M: Module,
    I: Tensors,
    O: Tensors,
    F: Fn(&M, I) -> O,
{
    /// Keeps a frozen copy of the model, which shares its weights, to call `forward(model, inputs)`.
    ///
    /// # Errors
    ///
    /// [`ModelError::TrainingMode`] if the outputs for the example differ with and without gradients, as they do
    /// for a module that looks for itself whether it is being trained, and a typed error if the example is empty,
    /// isn't finite, or isn't of the closure's types.
    ///
    /// # Panics
    ///
    /// If the forward pass panics: nothing is known of it but the closure, so inputs of shapes that it doesn't
    /// accept can't be refused beforehand, neither here nor later.
    pub fn new(model: &M, example: I, forward: F) -> Result<Self, Error> {
        let opaque = Self {
            model: model.valid().freeze(),
            forward,
            types: PhantomData,
        };
        let example = example.into_tensors().into_iter();
        let example = example.map(AnyTensor::without_autodiff).collect::<Vec<_>>();
        opaque.check_mode(&Inputs::new(example))?;
        Ok(opaque)
    }

    fn call(&self, tensors: Vec<AnyTensor>) -> Result<Vec<AnyTensor>, Error> {
        Ok((self.forward)(&self.model, I::from_tensors(tensors)?).into_tensors())
    }

    fn check_mode(&self, example: &Inputs) -> Result<(), Error> {
        let plain = self.outputs(example)?;
        let (_, tensors) = Leaves::of(example.tensors());
        let outputs = self.call(tensors)?;
        if plain.len() != outputs.len() {
            return Err(Error::Model(ModelError::TrainingMode {
                output: plain.len().min(outputs.len()),
            }));
        }
        for (index, (plain, output)) in plain.iter().zip(outputs).enumerate() {
            if plain.is_float() && differ(plain, &output.without_autodiff()) {
                return Err(Error::Model(ModelError::TrainingMode { output: index }));
            }
        }
        Ok(())
    }
}

impl<M, I, O, F> Model for Opaque<M, I, O, F>
where
    M: Module,
    I: Tensors,
    O: Tensors,
    F: Fn(&M, I) -> O,
{
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        check_inputs(inputs)?;
        let tensors = inputs.tensors().iter().cloned();
        let tensors = tensors.map(AnyTensor::without_autodiff).collect();
        let outputs = self.call(tensors)?.into_iter();
        Ok(outputs.map(AnyTensor::without_autodiff).collect())
    }
}

impl<M, I, O, F> Differentiable for Opaque<M, I, O, F>
where
    M: Module,
    I: Tensors,
    O: Tensors,
    F: Fn(&M, I) -> O,
{
    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
        check_inputs(inputs)?;
        let floats = inputs.floats()?;
        let is_explained = |input| inputs.explained().any(|position| position == input);
        let (leaves, tensors) = Leaves::among(inputs.tensors(), is_explained);
        let explained = inputs.scores(target, &self.call(tensors)?)?;
        if !explained.scores.is_tracked() {
            return Err(no_gradient("any input"));
        }
        let scores = explained.scores.clone().without_autodiff();
        let gradients = leaves.gradients(&explained.scores.backward()).into_iter();
        let gradients = gradients
            .zip(&floats)
            .enumerate()
            .map(|(input, (gradient, x))| {
                let gradient =
                    gradient.ok_or_else(|| no_gradient(&format!("float input {input}")))?;
                Ok(AnyTensor::from(gradient).reshape_to(x.shape()))
            });
        let gradients = gradients.collect::<Result<Vec<_>, Error>>()?;
        check::opaque_gradients(inputs, &scores, &gradients)?;
        Ok(Differentiated {
            scores,
            target: explained.name,
            gradients,
        })
    }
}

fn differ(a: &AnyTensor, b: &AnyTensor) -> bool {
    if a.shape() != b.shape() {
        return true;
    }
    let difference = (flat(a) - flat(b)).abs().max().into_scalar::<f64>();
    let size = flat(a).abs().max().into_scalar::<f64>();
    // Not finite is not equal.
    difference.is_nan() || difference > TOLERANCE * size
}

fn no_gradient(what: &str) -> Error {
    Error::Graph(graph::Error::Pass(graph::PassError::NotDifferentiable {
        what: what.into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Method, Saliency};
    use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig};
    use burn::tensor::{Device, Distribution, Tensor, TensorData, Tolerance};

    #[derive(Module, Debug)]
    struct Model {
        norm: BatchNorm,
        dropout: Dropout,
    }

    fn model(device: &Device) -> Model {
        Model {
            norm: BatchNormConfig::new(2).init(device),
            dropout: DropoutConfig::new(0.5).init(),
        }
    }

    /// `x²` after modules that do nothing in inference, as running statistics start at 0 and 1.
    fn forward(model: &Model, x: Tensor<2>) -> Tensor<2> {
        let x = model.dropout.forward(model.norm.forward(x));
        x.clone() * x
    }

    #[test]
    fn the_gradient_is_that_of_inference_wherever_the_model_lives() {
        for device in [Device::flex(), Device::flex().autodiff()] {
            let x = Tensor::<2>::from_data([[3.0, 4.0], [5.0, -1.0]], &device);
            let opaque = Opaque::new(&model(&device), x.clone(), forward).unwrap();
            let gradient = Saliency::new().attribute(&opaque, x, Class(0)).unwrap();
            let gradient = gradient.tensor::<2>().unwrap().into_data();
            let expected = TensorData::from([[6.0, 0.0], [10.0, 0.0]]);
            // The norm's epsilon of 1e-5 stands between.
            gradient.assert_approx_eq::<f32>(&expected, Tolerance::relative(1e-4));
        }
    }

    #[test]
    fn a_module_that_trains_on_its_own_account_is_found_out() {
        let x = Tensor::<2>::random([2, 2], Distribution::Default, &Device::flex());
        let sly = |_: &Model, x: Tensor<2>| if x.is_autodiff() { x * 2.0 } else { x };
        let error = Opaque::new(&model(&Device::flex()), x, sly).err().unwrap();
        assert!(
            matches!(error, Error::Model(ModelError::TrainingMode { output: 0 })),
            "{error}"
        );
    }

    #[test]
    fn empty_and_infinite_inputs_are_named() {
        let device = Device::flex();
        let new = |x| {
            Opaque::new(&model(&device), x, forward)
                .err()
                .unwrap()
                .to_string()
        };
        assert!(new(Tensor::zeros([0, 2], &device)).contains("input 0 is empty"));
        let infinite = Tensor::from_data([[f32::INFINITY, 1.0]], &device);
        assert!(new(infinite).contains("1 elements that are NaN or infinite"));
    }

    #[test]
    fn what_no_gradient_reaches_is_an_error() {
        let x = Tensor::<2>::ones([1, 2], &Device::flex());
        let opaque = Opaque::new(&model(&x.device()), x.clone(), |_: &Model, x: Tensor<2>| {
            x.without_autodiff() * 2.0
        });
        let error = Saliency::new()
            .attribute(&opaque.unwrap(), x, Class(0))
            .unwrap_err();
        assert!(error.to_string().contains("no gradient"), "{error}");
    }

    #[test]
    fn held_inputs_have_no_attribution() {
        let x = Tensor::<2>::from_data([[1.0, 2.0]], &Device::flex());
        let forward = |_: &Vec<burn::nn::Linear>, (a, b): (Tensor<2>, Tensor<2>)| a * b;
        let model = Opaque::new(&Vec::new(), (x.clone(), x.clone() * 3.0), forward).unwrap();
        let inputs = Inputs::new((x.clone(), x * 3.0)).with_constant([0]);
        let gradients = model.gradients(&inputs, &Class(1)).unwrap().gradients;
        let [gradient] = &gradients[..] else {
            panic!("one gradient")
        };
        assert_eq!(
            gradient
                .reshape([2])
                .into_data()
                .iter::<f32>()
                .collect::<Vec<_>>(),
            [0.0, 2.0]
        );
    }
}
