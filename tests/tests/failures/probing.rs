//! What probes and scores ask for.

use crate::*;

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
            Error::Lookup(LookupError::UnknownLayer { .. }),
            "`heat`",
            "did you mean `head`"
        );
    }
    let error = error_of(|model| capture(model).layer("zzz"));
    assert_error!(
        error,
        Error::Lookup(LookupError::UnknownLayer { .. }),
        "print the network"
    );
}

#[test]
fn a_replacement_of_another_shape_or_type() {
    let device = Device::flex();
    let narrow = Tensor::<4>::zeros([2, 3, 2, 2], &device);
    let error = error_of_probes(&Probes::new().with_replacement("relu", narrow));
    assert_error!(
        error,
        Error::Input(InputError::WrongTensor {
            tensor: Supplied::Replacement(_),
            ..
        }),
        "`relu`",
        "[2, 4, 2, 2]",
        "[2, 3, 2, 2]"
    );
    let integers = Tensor::<4, Int>::zeros([2, 4, 2, 2], &device);
    let error = error_of_probes(&Probes::new().with_replacement("relu", integers));
    assert_error!(
        error,
        Error::Input(InputError::WrongTensor {
            tensor: Supplied::Replacement(_),
            ..
        }),
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
        Error::Device(DeviceError::WrongDevice { .. }),
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
        Error::Pass(PassError::NotProbed { .. }),
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
    assert_error!(
        error,
        Error::Pass(PassError::NotProbed { .. }),
        "gradient of layer `conv`"
    );
    let error = error_of(|model| gradients(model)?.input(0));
    assert_error!(
        error,
        Error::Pass(PassError::NotProbed { .. }),
        "gradient of input `0`"
    );
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
    assert_error!(
        error,
        Error::Pass(PassError::NotDifferentiable { .. }),
        "another target"
    );
    let error = error_of(|model| {
        scored(model, &Probes::new(), |logits| {
            logits.max_dim(1).squeeze_dim(1)
        })
    });
    assert_error!(
        error,
        Error::Pass(PassError::NotDifferentiable { .. }),
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
    assert_error!(
        error,
        Error::Pass(PassError::NotDifferentiable { .. }),
        "layer `exp`"
    );
}
