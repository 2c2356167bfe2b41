//! While a network is captured.

use crate::*;

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
        Error::Capture(CaptureError::DataDependent { .. }),
        "into_scalar",
        "depend on input 0",
        "mask_where"
    );
}

#[test]
fn checks_of_values_inside_burn() {
    let error = error_of_forward(|model, x| {
        let classes = model.forward(x).argmax(1).squeeze_dim::<1>(1);
        classes.one_hot::<2>(3).float()
    });
    assert_error!(
        error,
        Error::Capture(CaptureError::DataDependent { .. }),
        "depend on the data"
    );
    let error = error_of_forward(|model, x| {
        let logits = model.forward(x);
        let loss = PoissonNllLossConfig::new().init();
        let loss = loss.forward(logits.clone(), logits, Reduction::Mean);
        loss.unsqueeze()
    });
    assert_error!(
        error,
        Error::Capture(CaptureError::DataDependent { .. }),
        "depend on the data"
    );
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
        Error::Capture(CaptureError::UnusedInput { input: 1 }),
        "input 1",
        "remove it"
    );
}

#[test]
fn a_panic_of_the_forward_pass() {
    let error = error_of_forward(|_, _| panic!("too deep"));
    assert_error!(
        error,
        Error::Capture(CaptureError::ForwardPanicked { .. }),
        "too deep, at tests/tests/failures/capturing.rs:",
        "[1, 2, 4, 4]"
    );
}

#[test]
fn a_tensor_from_another_device() {
    let error =
        error_of_forward(|model, x| model.forward(x) + Tensor::<2>::ones([1, 3], &Device::flex()));
    assert_error!(
        error,
        Error::Capture(CaptureError::OtherDevice { .. }),
        "on the device of its inputs",
        "the last operation before is `Add`, the last parameter `head.bias`",
        "to_device(&x.device())"
    );
}

#[test]
fn an_output_from_another_device() {
    let error = error_of_forward(|_, _| Tensor::ones([1, 3], &Device::flex()));
    assert_error!(
        error,
        Error::Capture(CaptureError::OutputElsewhere { index: 0, .. }),
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
        Error::Capture(CaptureError::UnsupportedOp { .. }),
        "`Random`",
        "random numbers"
    );
}

#[test]
fn quantized_weights() {
    let error = error_of(|model| {
        // A clone would share the running statistics, and quantize them, too.
        let mut quantizer = Quantizer::new(Calibration::MinMax, QuantScheme::default());
        let rounded = model.valid().quantize_weights(&mut quantizer);
        Network::capture(&rounded, images(1, &Device::flex()), Classifier::forward)
    });
    assert_error!(
        error,
        Error::Capture(CaptureError::UnsupportedParameter { .. }),
        "`conv.weight`",
        "quantized",
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
        Error::Input(InputError::Empty { input: 0, .. }),
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
        Error::Input(InputError::WrongCount { .. }),
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
        Error::Device(DeviceError::WrongDevice { .. }),
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
    assert_error!(
        error,
        Error::Device(DeviceError::WrongDevice { .. }),
        "example input 1"
    );
}

#[test]
fn an_example_of_unusual_values_is_fine() {
    let device = Device::flex();
    let model = Classifier::new(&device);
    let example = images(1, &device) * f32::NAN;
    assert!(Network::capture(&model, example, Classifier::forward).is_ok());
}
