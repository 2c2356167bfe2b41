//! On which device a network and its tensors are.

use burn::tensor::Device;

use crate::backend::list::check_supported;
use crate::capture::Parameter;
use crate::{AnyTensor, CaptureError, DeviceError, Error, InputError};

/// The one device of all inputs and parameters.
pub(crate) fn common(example: &[AnyTensor], parameters: &[Parameter]) -> Result<Device, Error> {
    let device = example.first().map(AnyTensor::device);
    let device = device.ok_or(Error::Input(InputError::WrongCount {
        expected: 1,
        actual: 0,
    }))?;
    check_supported(&device)?;
    for (index, input) in example.iter().enumerate() {
        check(|| format!("example input {index}"), input, &device)?;
    }
    for Parameter { path, value } in parameters {
        if value.kind().is_none() {
            return Err(Error::Capture(CaptureError::UnsupportedParameter {
                parameter: path.clone(),
                reason: "quantized",
            }));
        }
        check(|| format!("parameter `{path}`"), value, &device)?;
    }
    Ok(device)
}

/// Fails if the tensor is on another device.
pub(crate) fn check(
    what: impl Fn() -> String,
    tensor: &AnyTensor,
    expected: &Device,
) -> Result<(), DeviceError> {
    let actual = tensor.device();
    if actual == *expected {
        return Ok(());
    }
    Err(DeviceError::WrongDevice {
        what: what(),
        expected: format!("{expected:?}"),
        actual: format!("{actual:?}"),
    })
}
