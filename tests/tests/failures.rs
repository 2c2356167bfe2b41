//! What goes wrong gets a typed error that says what to do, and never harms the user's model.

use backdraft_graph::{AnyTensor, Error, Network, Probes};
use backdraft_tests::{Snapshot, data_of};
use burn::module::{Module, Quantizer};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::interpolate::{Interpolate2dConfig, InterpolateMode};
use burn::nn::loss::{PoissonNllLossConfig, Reduction};
use burn::nn::{
    BatchNorm, BatchNormConfig, Embedding, EmbeddingConfig, Identity, Linear, LinearConfig, Relu,
};
use burn::tensor::quantization::{Calibration, QuantScheme};
use burn::tensor::{DType, Device, Distribution, Int, Tensor, TensorData};

/// Images `[batch, 2, 4, 4]` to three logits.
#[derive(Module, Debug)]
struct Classifier {
    conv: Conv2d,
    norm: BatchNorm,
    relu: Relu,
    head: Linear,
}

impl Classifier {
    fn new(device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new([2, 4], [3, 3]).init(device),
            norm: BatchNormConfig::new(4).init(device),
            relu: Relu::new(),
            head: LinearConfig::new(16, 3).init(device),
        }
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = self.norm.forward(self.conv.forward(images));
        self.head.forward(self.relu.forward(x).flatten(1, 3))
    }
}

fn images(batch: usize, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = (0u8..32).map(|i| f32::from(i % 7) - 3.0).collect();
    Tensor::<4>::from_data(TensorData::new(values, [1, 2, 4, 4]), device).repeat_dim(0, batch)
}

fn capture(model: &Classifier) -> Network {
    let example = images(1, &model.head.weight.device());
    Network::capture(model, example, Classifier::forward).expect("the classifier can be captured")
}

/// The error that `fail` returns. Afterwards the model must be as it was, compute what it computed, and
/// be captured and differentiated without error.
fn error_of<T>(fail: impl FnOnce(&Classifier) -> Result<T, Error>) -> Error {
    let device = Device::flex();
    let model = Classifier::new(&device);
    let logits = |model: &Classifier| data_of(&model.forward(images(2, &device)).into());
    let (parameters, before) = (Snapshot::of(&model), logits(&model));
    let gradient = input_gradient(&model);

    let error = fail(&model).err().expect("this fails");

    assert_eq!(Snapshot::of(&model), parameters, "parameters after {error}");
    assert_eq!(logits(&model), before, "logits after {error}");
    let pass = capture(&model).forward(images(2, &device)).unwrap();
    assert_eq!(data_of(&pass.outputs()[0]), before, "replay after {error}");
    assert_eq!(input_gradient(&model), gradient, "gradient after {error}");
    error
}

/// By a capture of its own.
fn input_gradient(model: &Classifier) -> TensorData {
    let probes = Probes::new().with_input_gradients();
    let pass = capture(model)
        .run(images(2, &Device::flex()), &probes)
        .unwrap();
    let scores = pass.output::<2>().unwrap().max_dim(1).squeeze_dim(1);
    data_of(&pass.backward(scores).unwrap().input(0).unwrap())
}

/// The error of capturing another forward pass of the classifier.
fn error_of_forward(forward: fn(&Classifier, Tensor<4>) -> Tensor<2>) -> Error {
    error_of(|model| Network::capture(model, images(1, &Device::flex()), forward))
}

/// The error of running the captured classifier with these probes.
fn error_of_probes(probes: &Probes) -> Error {
    error_of(|model| capture(model).run(images(2, &Device::flex()), probes))
}

/// Asserts the variant, and what the message contains.
macro_rules! assert_error {
    ($error:expr, $variant:pat, $($text:literal),+) => {{
        let error = $error;
        assert!(matches!(error, $variant), "{error:?}");
        let message = error.to_string();
        $(assert!(message.contains($text), "`{message}` lacks `{}`", $text);)+
    }};
}

mod capturing {
    use super::*;

    #[test]
    fn a_choice_that_depends_on_values() {
        let error = error_of_forward(|model, x| {
            if x.clone().sum().into_scalar::<f32>() > 0.0 {
                model.forward(x)
            } else {
                model.forward(-x)
            }
        });
        assert_error!(
            error,
            Error::DataDependent { .. },
            "into_scalar",
            "mask_where"
        );
    }

    #[test]
    fn checks_of_values_inside_burn() {
        let error = error_of_forward(|model, x| {
            let classes = model.forward(x).argmax(1).squeeze_dim::<1>(1);
            classes.one_hot::<2>(3).float()
        });
        assert_error!(error, Error::DataDependent { .. }, "depend on the data");
        let error = error_of_forward(|model, x| {
            let logits = model.forward(x);
            let loss = PoissonNllLossConfig::new().init();
            let loss = loss.forward(logits.clone(), logits, Reduction::Mean);
            loss.unsqueeze()
        });
        assert_error!(error, Error::DataDependent { .. }, "depend on the data");
    }

    #[test]
    fn an_input_that_changes_nothing() {
        let error = error_of(|model| {
            let device = Device::flex();
            let example = (images(1, &device), Tensor::<2>::zeros([1, 3], &device));
            Network::capture(model, example, |model: &Classifier, (x, _)| {
                model.forward(x)
            })
        });
        assert_error!(
            error,
            Error::UnusedInput { input: 1 },
            "input 1",
            "remove it"
        );
    }

    #[test]
    fn a_panic_of_the_forward_pass() {
        let error = error_of_forward(|_, _| panic!("too deep"));
        assert_error!(
            error,
            Error::ForwardPanicked { .. },
            "too deep",
            "[1, 2, 4, 4]"
        );
    }

    #[test]
    fn a_tensor_from_another_device() {
        let error = error_of_forward(|model, x| {
            model.forward(x) + Tensor::<2>::ones([1, 3], &Device::flex())
        });
        assert_error!(
            error,
            Error::ForwardPanicked { .. },
            "on the device of its inputs"
        );
    }

    #[test]
    fn an_output_from_another_device() {
        let error = error_of_forward(|_, _| Tensor::ones([1, 3], &Device::flex()));
        assert_error!(
            error,
            Error::OutputElsewhere { index: 0, .. },
            "Flex",
            "compute it from the inputs"
        );
    }

    #[test]
    fn random_numbers() {
        let error = error_of_forward(|model, x| {
            let noise = Tensor::random(x.dims(), Distribution::Default, &x.device());
            model.forward(x + noise)
        });
        assert_error!(
            error,
            Error::UnsupportedOp { .. },
            "`Random`",
            "random numbers"
        );
    }

    #[test]
    fn quantised_weights() {
        let error = error_of(|model| {
            // A clone would share the running statistics, and quantise them, too.
            let mut quantizer = Quantizer::new(Calibration::MinMax, QuantScheme::default());
            let quantised = model.valid().quantize_weights(&mut quantizer);
            Network::capture(&quantised, images(1, &Device::flex()), Classifier::forward)
        });
        assert_error!(
            error,
            Error::UnsupportedParameter { .. },
            "`conv.weight`",
            "quantised",
            "dequantize"
        );
    }

    #[test]
    fn an_empty_example() {
        let error = error_of(|model| {
            let example = images(1, &Device::flex()).slice_dim(0, 0..0);
            Network::capture(model, example, Classifier::forward)
        });
        assert_error!(
            error,
            Error::EmptyInput { input: 0, .. },
            "[0, 2, 4, 4]",
            "at least one sample"
        );
    }

    #[test]
    fn no_example() {
        let error = error_of(|model| {
            let forward = |_: &Classifier, inputs: Vec<AnyTensor>| inputs;
            Network::capture(model, Vec::new(), forward)
        });
        assert_error!(
            error,
            Error::InputCount { .. },
            "number of inputs",
            "takes 1, got 0"
        );
    }

    #[test]
    #[cfg(feature = "ndarray")]
    #[allow(
        deprecated,
        reason = "Burn deprecates NdArray, but runs it, and so do we"
    )]
    fn an_example_on_another_device_than_the_model() {
        let error = error_of(|model| {
            Network::capture(model, images(1, &Device::ndarray()), Classifier::forward)
        });
        assert_error!(
            error,
            Error::WrongDevice { .. },
            "parameter `conv.weight`",
            "Flex",
            "NdArray",
            "to_device"
        );
        let error = error_of(|model| {
            let example = (images(1, &Device::flex()), images(1, &Device::ndarray()));
            Network::capture(model, example, |model: &Classifier, (x, y)| {
                model.forward(x + y)
            })
        });
        assert_error!(error, Error::WrongDevice { .. }, "example input 1");
    }

    #[test]
    fn an_example_of_unusual_values_is_fine() {
        let device = Device::flex();
        let model = Classifier::new(&device);
        let example = images(1, &device) * f32::NAN;
        assert!(Network::capture(&model, example, Classifier::forward).is_ok());
    }
}

mod running {
    use super::*;

    /// The error of running the captured classifier on these inputs.
    fn error_of_inputs(inputs: impl FnOnce(&Device) -> Vec<AnyTensor>) -> Error {
        error_of(|model| capture(model).forward(inputs(&Device::flex())))
    }

    #[test]
    fn another_rank() {
        let error = error_of_inputs(|device| vec![Tensor::<3>::zeros([2, 4, 4], device).into()]);
        assert_error!(
            error,
            Error::WrongInput { input: 0, .. },
            "rank 4",
            "[2, 4, 4]"
        );
    }

    #[test]
    fn another_element_type() {
        let error = error_of_inputs(|device| vec![images(1, device).cast(DType::F64).into()]);
        assert_error!(error, Error::WrongInput { input: 0, .. }, "f32", "f64");
        let error = error_of_inputs(|device| vec![images(1, device).int().into()]);
        assert_error!(error, Error::WrongInput { input: 0, .. }, "f32", "got i");
    }

    #[test]
    fn a_shape_that_the_model_refuses() {
        let error = error_of_inputs(|device| vec![Tensor::<4>::zeros([1, 2, 5, 5], device).into()]);
        assert_error!(
            error,
            Error::ForwardPanicked { .. },
            "[1, 2, 5, 5]",
            "accepts these shapes"
        );
        let error = error_of_inputs(|device| vec![Tensor::<4>::zeros([1, 3, 4, 4], device).into()]);
        assert_error!(error, Error::ForwardPanicked { .. }, "[1, 3, 4, 4]");
    }

    #[test]
    fn another_number_of_inputs() {
        let error =
            error_of_inputs(|device| vec![images(1, device).into(), images(1, device).into()]);
        assert_error!(
            error,
            Error::InputCount { .. },
            "number of inputs",
            "takes 1, got 2"
        );
        let error = error_of_inputs(|_| Vec::new());
        assert_error!(
            error,
            Error::InputCount { .. },
            "number of inputs",
            "takes 1, got 0"
        );
    }

    #[test]
    fn an_empty_batch() {
        let error = error_of_inputs(|device| vec![images(1, device).slice_dim(0, 0..0).into()]);
        assert_error!(error, Error::EmptyInput { input: 0, .. }, "[0, 2, 4, 4]");
    }

    #[test]
    fn values_that_are_no_numbers() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = error_of_inputs(|device| {
                let spoilt = images(1, device).slice_fill([0..1, 0..1, 0..1, 0..3], value);
                vec![spoilt.into()]
            });
            assert_error!(
                error,
                Error::NonFiniteInput { input: 0, count: 3 },
                "3 elements",
                "clean the input"
            );
        }
    }

    #[test]
    #[cfg(feature = "ndarray")]
    #[allow(
        deprecated,
        reason = "Burn deprecates NdArray, but runs it, and so do we"
    )]
    fn an_input_on_another_device() {
        let error = error_of_inputs(|_| vec![images(1, &Device::ndarray()).into()]);
        assert_error!(
            error,
            Error::WrongDevice { .. },
            "input 0",
            "NdArray",
            "to_device"
        );
    }

    #[test]
    fn an_output_read_as_something_else() {
        let error = error_of(|model| {
            let pass = capture(model).forward(images(1, &Device::flex()))?;
            pass.output::<3>()
        });
        assert_error!(error, Error::WrongTensor { .. }, "rank 3", "[1, 3]");
    }
}

mod probing {
    use super::*;

    #[test]
    fn an_unknown_layer() {
        for probes in [
            Probes::new().with_activation("heat"),
            Probes::new().with_layer_gradient("heat"),
            Probes::new().with_replacement("heat", images(1, &Device::flex())),
        ] {
            let error = error_of_probes(&probes);
            assert_error!(
                error,
                Error::UnknownLayer { .. },
                "`heat`",
                "did you mean `head`"
            );
        }
        let error = error_of(|model| capture(model).layer("zzz"));
        assert_error!(error, Error::UnknownLayer { .. }, "print the network");
    }

    #[test]
    fn a_replacement_of_another_shape_or_type() {
        let device = Device::flex();
        let narrow = Tensor::<4>::zeros([2, 3, 2, 2], &device);
        let error = error_of_probes(&Probes::new().with_replacement("relu", narrow));
        assert_error!(
            error,
            Error::WrongReplacement { .. },
            "`relu`",
            "[2, 4, 2, 2]",
            "[2, 3, 2, 2]"
        );
        let integers = Tensor::<4, Int>::zeros([2, 4, 2, 2], &device);
        let error = error_of_probes(&Probes::new().with_replacement("relu", integers));
        assert_error!(
            error,
            Error::WrongReplacement { .. },
            "must be f32",
            "got i"
        );
    }

    #[test]
    #[allow(deprecated)]
    fn a_replacement_on_another_device() {
        let elsewhere = Tensor::<4>::zeros([2, 4, 2, 2], &Device::ndarray());
        let error = error_of_probes(&Probes::new().with_replacement("relu", elsewhere));
        assert_error!(
            error,
            Error::WrongDevice { .. },
            "the replacement for `relu`"
        );
    }

    #[test]
    fn what_was_not_asked_for() {
        let error = error_of(|model| {
            let pass = capture(model).forward(images(1, &Device::flex()))?;
            pass.activation("relu")
        });
        assert_error!(
            error,
            Error::NotProbed { .. },
            "`relu`",
            "add it to the probes"
        );
        let gradients = |model: &Classifier| {
            let probes = Probes::new().with_layer_gradient("relu");
            let pass = capture(model).run(images(1, &Device::flex()), &probes)?;
            let scores = pass.output::<2>()?.max_dim(1).squeeze_dim(1);
            pass.backward(scores)
        };
        let error = error_of(|model| gradients(model)?.layer("conv"));
        assert_error!(error, Error::NotProbed { .. }, "gradient of layer `conv`");
        let error = error_of(|model| gradients(model)?.input(0));
        assert_error!(error, Error::NotProbed { .. }, "gradient of input `0`");
    }

    #[test]
    fn a_score_without_gradient() {
        let scored = |model: &Classifier, probes: &Probes, score: fn(Tensor<2>) -> Tensor<1>| {
            let pass = capture(model).run(images(2, &Device::flex()), probes)?;
            let scores = score(pass.output()?);
            pass.backward(scores)
        };
        let with_gradients = Probes::new().with_input_gradients();
        let error = error_of(|model| {
            scored(model, &with_gradients, |logits| {
                logits.argmax(1).squeeze_dim(1).float()
            })
        });
        assert_error!(error, Error::NotDifferentiable { .. }, "another target");
        let error = error_of(|model| {
            scored(model, &Probes::new(), |logits| {
                logits.max_dim(1).squeeze_dim(1)
            })
        });
        assert_error!(
            error,
            Error::NotDifferentiable { .. },
            "anything this run differentiates"
        );
    }

    #[test]
    fn a_layer_that_the_score_ignores() {
        let error = error_of(|model| {
            let forward = |model: &Classifier, x: Tensor<4>| {
                let maps = model.conv.forward(x);
                (
                    maps.clone().mean_dims(&[2, 3]).flatten::<2>(1, 3),
                    maps.exp(),
                )
            };
            let device = Device::flex();
            let net = Network::capture(model, images(1, &device), forward)?;
            let probes = Probes::new()
                .with_input_gradients()
                .with_layer_gradient("exp");
            let pass = net.run(images(1, &device), &probes)?;
            let scores = pass.output::<2>()?.sum_dim(1).squeeze_dim(1);
            pass.backward(scores)?.layer("exp")
        });
        assert_error!(error, Error::NotDifferentiable { .. }, "layer `exp`");
    }
}

mod differentiating {
    use super::*;

    #[test]
    fn integer_inputs() {
        let device = Device::flex();
        let model: Embedding = EmbeddingConfig::new(5, 2).init(&device);
        let tokens = Tensor::<2, Int>::zeros([1, 3], &device);
        let net = Network::capture(&model, tokens.clone(), |model: &Embedding, tokens| {
            model.forward(tokens)
        })
        .unwrap();
        let error = net
            .run(tokens, &Probes::new().with_input_gradients())
            .unwrap_err();
        assert_error!(
            error,
            Error::NoGradientForKind { .. },
            "every input",
            "embedding"
        );
    }

    #[test]
    fn integer_layers() {
        let error = error_of(|model| {
            let forward = |model: &Classifier, x: Tensor<4>| model.forward(x).argmax(1);
            let net = Network::capture(model, images(1, &Device::flex()), forward)?;
            let probes = Probes::new().with_layer_gradient("arg_max");
            net.run(images(1, &Device::flex()), &probes)
        });
        assert_error!(
            error,
            Error::NoGradientForKind { .. },
            "layer `arg_max`",
            "embedding"
        );
    }

    /// Burn has no derivative of Lanczos interpolation, and panics.
    #[test]
    fn operations_without_derivative() {
        let error = error_of(|model| {
            let forward = |model: &Classifier, x: Tensor<4>| {
                let lanczos = Interpolate2dConfig::new()
                    .with_output_size(Some([4, 4]))
                    .with_mode(InterpolateMode::Lanczos)
                    .init();
                model.forward(lanczos.forward(x))
            };
            let net = Network::capture(model, images(1, &Device::flex()), forward)?;
            let probes = Probes::new().with_input_gradients();
            let pass = net.run(images(1, &Device::flex()), &probes)?;
            let scores = pass.output::<2>()?.sum_dim(1).squeeze_dim(1);
            pass.backward(scores)
        });
        assert_error!(error, Error::Backward { .. }, "Lanczos", "another backend");
    }

    /// No error: a model of training is captured for inference, where it stands.
    #[test]
    fn models_on_an_autodiff_device() {
        let device = Device::flex().autodiff();
        let model = Classifier::new(&device);
        let x = images(2, &device);
        let net = Network::capture(&model, x.clone(), Classifier::forward).unwrap();
        let pass = net
            .run(x.clone(), &Probes::new().with_input_gradients())
            .unwrap();

        let inference = model.valid().forward(x.clone().inner());
        assert_eq!(data_of(&pass.outputs()[0]), data_of(&inference.into()));
        let training = model.forward(x);
        assert_ne!(data_of(&pass.outputs()[0]), data_of(&training.into()));
        assert!(!net.device().is_autodiff());
    }

    /// A network without any operation has a gradient all the same: one.
    #[test]
    fn an_input_that_is_the_output() {
        let device = Device::flex();
        let x = Tensor::<2>::from_data([[1.0, -2.0]], &device);
        let net = Network::capture(&Identity::new(), x.clone(), |_: &Identity, x: Tensor<2>| x);
        let pass = net
            .unwrap()
            .run(x, &Probes::new().with_input_gradients())
            .unwrap();
        let scores = pass.output::<2>().unwrap().sum_dim(1).squeeze_dim(1);
        let gradient = pass.backward(scores).unwrap().input(0).unwrap();
        assert_eq!(data_of(&gradient), TensorData::from([[1.0f32, 1.0]]));
    }
}
