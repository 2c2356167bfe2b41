//! The device that a backend's name stands for.

use burn::tensor::Device;

use crate::args::{Backend, name};

/// The device, or how to build with this backend.
// Burn deprecates NdArray in favor of Flex, but still runs it.
#[allow(deprecated)]
pub fn device(backend: Backend) -> Result<Device, String> {
    match backend {
        #[cfg(feature = "flex")]
        Backend::Flex => Ok(Device::flex()),
        #[cfg(feature = "ndarray")]
        Backend::Ndarray => Ok(Device::ndarray()),
        #[cfg(feature = "wgpu")]
        Backend::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
        #[allow(unreachable_patterns)]
        other => {
            let name = name(other);
            Err(format!(
                "this build has no {name} backend: add `--features {name}` before `-- explain`"
            ))
        }
    }
}
