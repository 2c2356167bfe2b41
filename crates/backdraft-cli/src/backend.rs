//! Backends by name, and the device that each stands for.

use burn::tensor::Device;
use clap::ValueEnum;

/// Burn's backends; each is a cargo feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    Flex,
    Ndarray,
    Wgpu,
}

impl Backend {
    /// The name under which it is given on the command line.
    pub fn name(self) -> String {
        let value = self.to_possible_value().expect("no backend is hidden");
        value.get_name().to_owned()
    }

    /// The device, or how to build with this backend.
    // Burn deprecates NdArray in favor of Flex, but still runs it.
    #[allow(deprecated)]
    pub fn device(self) -> Result<Device, String> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            Self::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[allow(unreachable_patterns)]
            other => {
                let name = other.name();
                Err(format!(
                    "this build has no {name} backend: add `--features {name}` before `-- explain`"
                ))
            }
        }
    }
}
