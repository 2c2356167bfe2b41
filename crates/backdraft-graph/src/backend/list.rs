//! The backends, and what is known of each.
//!
//! This is the one place that tells them apart. A further backend is a cargo feature, a row of each match here, and its
//! name in the `backend_extension` attributes of [`Convolution`](crate::backend::convolution::Convolution),
//! [`MaxPooling`](crate::backend::max_pool::MaxPooling),
//! [`GradientRules`](crate::backend::reroute::GradientRules) and [`Windowing`](crate::backend::windows::Windowing).

use burn::tensor::Device;

use crate::DeviceError;

/// The backends that this crate was built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BackendKind {
    #[cfg(feature = "flex")]
    Flex,
    #[cfg(feature = "ndarray")]
    NdArray,
    #[cfg(feature = "tch")]
    LibTorch,
    /// Any of Burn's `CubeCL` backends, which are one type.
    #[cfg(feature = "_cube")]
    Cube,
}

impl BackendKind {
    /// The backend of a device without autodiff; `None` for one that Burn was built with and this crate wasn't.
    pub(crate) fn of(device: &Device) -> Option<Self> {
        match device.as_dispatch() {
            #[cfg(feature = "flex")]
            burn::backend::DispatchDevice::Flex(_) => Some(Self::Flex),
            #[cfg(feature = "ndarray")]
            burn::backend::DispatchDevice::NdArray(_) => Some(Self::NdArray),
            #[cfg(feature = "tch")]
            burn::backend::DispatchDevice::LibTorch(_) => Some(Self::LibTorch),
            #[cfg(feature = "_cube")]
            burn::backend::DispatchDevice::Cube(_) => Some(Self::Cube),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }

    /// Whether all its devices compute with the CPU, in the memory of the process.
    fn runs_on_cpu(self) -> bool {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => true,
            #[cfg(feature = "ndarray")]
            Self::NdArray => true,
            #[cfg(feature = "tch")]
            Self::LibTorch => false,
            #[cfg(feature = "_cube")]
            Self::Cube => false,
        }
    }

    /// Whether it differentiates the GELU that it computes, and not the tanh approximation.
    fn has_exact_gelu(self) -> bool {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => true,
            #[cfg(feature = "ndarray")]
            Self::NdArray => false,
            #[cfg(feature = "tch")]
            Self::LibTorch => false,
            #[cfg(feature = "_cube")]
            Self::Cube => false,
        }
    }
}

/// Whether a device belongs to a backend that computes with the CPU alone (Flex or NdArray), so that a tensor takes
/// memory of the process. The devices of other backends count as GPUs.
///
/// ```
/// use burn::tensor::Device;
///
/// # #[cfg(feature = "flex")]
/// assert!(backdraft_graph::runs_on_cpu(&Device::flex()));
/// ```
pub fn runs_on_cpu(device: &Device) -> bool {
    BackendKind::of(&device.clone().without_autodiff()).is_some_and(BackendKind::runs_on_cpu)
}

/// Whether the device's own derivative of GELU is exact.
pub(crate) fn has_exact_gelu(device: &Device) -> bool {
    BackendKind::of(device).is_some_and(BackendKind::has_exact_gelu)
}

/// Fails for a backend that Burn was built with and this crate wasn't.
pub(crate) fn check_supported(device: &Device) -> Result<(), DeviceError> {
    match BackendKind::of(device) {
        Some(_) => Ok(()),
        None => Err(DeviceError::UnsupportedBackend {
            device: format!("{:?}", device.as_dispatch()),
        }),
    }
}

/// Implements an extension for backends that need nothing but what its trait does by default.
macro_rules! by_default {
    ($extension:ident: $($backend:ident),+) => {
        $($crate::backend::list::by_default!(@ $extension $backend);)+
    };
    (@ $extension:ident Flex) => {
        #[cfg(feature = "flex")]
        impl $extension for burn::backend::Flex {}
    };
    (@ $extension:ident NdArray) => {
        #[cfg(feature = "ndarray")]
        impl $extension for burn::backend::NdArray {}
    };
    (@ $extension:ident LibTorch) => {
        #[cfg(feature = "tch")]
        impl $extension for burn_tch::LibTorch {}
    };
    // Burn's own name for the type: with or without fusion, which another crate's features decide.
    (@ $extension:ident Cube) => {
        #[cfg(feature = "_cube")]
        impl $extension for burn::backend::Cube {}
    };
}
pub(crate) use by_default;

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
