//! What has no gradient.

use backdraft_graph::Gradients;

use crate::*;

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
        Error::Pass(PassError::NoGradientForKind { .. }),
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
        Error::Pass(PassError::NoGradientForKind { .. }),
        "layer `arg_max`",
        "embedding"
    );
}

/// Burn has no derivative of Lanczos interpolation, and panics.
pub fn lanczos(model: &Classifier) -> Result<Gradients, Error> {
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
}

#[test]
fn operations_without_derivative() {
    let error = error_of(lanczos);
    assert_error!(
        error,
        Error::Pass(PassError::Backward { .. }),
        "Lanczos",
        "another backend"
    );
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
    data_of(&pass.outputs()[0])
        .assert_approx_eq::<f32>(&data_of(&inference.into()), Tolerance::rel_abs(1e-5, 1e-6));
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
