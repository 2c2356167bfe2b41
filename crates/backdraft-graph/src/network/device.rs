//! On which device a network and its tensors are.

use burn::tensor::Device;

use crate::capture::Parameter;
use crate::{AnyTensor, Error};

/// The one device of all inputs and parameters.
pub(crate) fn common(example: &[AnyTensor], parameters: &[Parameter]) -> Result<Device, Error> {
    let device = example.first().map(AnyTensor::device);
    let device = device.ok_or(Error::InputCount {
        expected: 1,
        actual: 0,
    })?;
    check_supported(&device)?;
    for (index, input) in example.iter().enumerate() {
        check(|| format!("example input {index}"), input, &device)?;
    }
    for Parameter { path, value } in parameters {
        if value.kind().is_none() {
            return Err(Error::UnsupportedParameter {
                parameter: path.clone(),
                reason: "quantized",
            });
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
) -> Result<(), Error> {
    let actual = tensor.device();
    if actual == *expected {
        return Ok(());
    }
    Err(Error::WrongDevice {
        what: what(),
        expected: format!("{expected:?}"),
        actual: format!("{actual:?}"),
    })
}

/// Fails for a backend that Burn was built with and this crate wasn't.
pub(crate) fn check_supported(device: &Device) -> Result<(), Error> {
    match device.as_dispatch() {
        #[cfg(feature = "flex")]
        burn::backend::DispatchDevice::Flex(_) => Ok(()),
        #[cfg(feature = "ndarray")]
        burn::backend::DispatchDevice::NdArray(_) => Ok(()),
        #[cfg(feature = "tch")]
        burn::backend::DispatchDevice::LibTorch(_) => Ok(()),
        #[cfg(feature = "_cube")]
        burn::backend::DispatchDevice::Cube(_) => Ok(()),
        #[allow(unreachable_patterns)]
        other => Err(Error::UnsupportedBackend {
            device: format!("{other:?}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_without_feature_is_refused_with_advice() {
        assert!(check_supported(&Device::flex()).is_ok());
        // Burn always has its capture backend here, which computes nothing.
        let error = check_supported(&Device::capture()).unwrap_err().to_string();
        assert!(error.contains("cargo feature"), "{error}");
    }
}
