//! While a network runs.

use crate::*;

/// The error of running the captured classifier on these inputs.
fn error_of_inputs(inputs: impl FnOnce(&Device) -> Vec<AnyTensor>) -> Error {
    error_of(|model| capture(model).forward(inputs(&Device::flex())))
}

#[test]
fn another_rank() {
    let error = error_of_inputs(|device| vec![Tensor::<3>::zeros([2, 4, 4], device).into()]);
    assert_error!(
        error,
        Error::Input(InputError::WrongTensor {
            tensor: Supplied::Input(0),
            ..
        }),
        "rank 4",
        "[2, 4, 4]"
    );
}

#[test]
fn another_element_type() {
    let error = error_of_inputs(|device| vec![images(1, device).cast(DType::F64).into()]);
    assert_error!(
        error,
        Error::Input(InputError::WrongTensor {
            tensor: Supplied::Input(0),
            ..
        }),
        "f32",
        "f64"
    );
    let error = error_of_inputs(|device| vec![images(1, device).int().into()]);
    assert_error!(
        error,
        Error::Input(InputError::WrongTensor {
            tensor: Supplied::Input(0),
            ..
        }),
        "f32",
        "got i"
    );
}

#[test]
fn a_shape_that_the_model_refuses() {
    let error = error_of_inputs(|device| vec![Tensor::<4>::zeros([1, 2, 5, 5], device).into()]);
    assert_error!(
        error,
        Error::Capture(CaptureError::ForwardPanicked { .. }),
        "[1, 2, 5, 5]",
        "accepts these shapes"
    );
    let error = error_of_inputs(|device| vec![Tensor::<4>::zeros([1, 3, 4, 4], device).into()]);
    assert_error!(
        error,
        Error::Capture(CaptureError::ForwardPanicked { .. }),
        "[1, 3, 4, 4]"
    );
}

#[test]
fn another_number_of_inputs() {
    let error = error_of_inputs(|device| vec![images(1, device).into(), images(1, device).into()]);
    assert_error!(
        error,
        Error::Input(InputError::WrongCount { .. }),
        "number of inputs",
        "takes 1, got 2"
    );
    let error = error_of_inputs(|_| Vec::new());
    assert_error!(
        error,
        Error::Input(InputError::WrongCount { .. }),
        "number of inputs",
        "takes 1, got 0"
    );
}

#[test]
fn an_empty_batch() {
    let error = error_of_inputs(|device| vec![images(1, device).slice_dim(0, 0..0).into()]);
    assert_error!(
        error,
        Error::Input(InputError::Empty { input: 0, .. }),
        "[0, 2, 4, 4]"
    );
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
            Error::Input(InputError::NonFinite {
                tensor: Supplied::Input(0),
                count: 3
            }),
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
        Error::Device(DeviceError::WrongDevice { .. }),
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
