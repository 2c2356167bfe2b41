//! The backends that this build and this machine have, besides Flex.

use std::env;
use std::panic::catch_unwind;

use burn::tensor::{Device, Tensor};

/// A backend that is compared with Flex.
pub struct Backend {
    pub name: &'static str,
    pub device: Device,
}

impl Backend {
    /// The names under which limits are listed: backends of one kind share kernels.
    pub fn names(&self) -> Vec<&'static str> {
        match self.name {
            "wgpu" | "cuda" => vec![self.name, "cubecl"],
            _ => vec![self.name],
        }
    }
}

/// A backend's name and its default device.
type Compiled = (&'static str, fn() -> Device);

// Burn deprecates NdArray in favor of Flex, but runs it, and so do we.
#[allow(deprecated)]
fn compiled() -> Vec<Compiled> {
    vec![
        #[cfg(feature = "ndarray")]
        ("ndarray", Device::ndarray),
        #[cfg(feature = "wgpu")]
        ("wgpu", || {
            Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)
        }),
        #[cfg(feature = "cuda")]
        ("cuda", || Device::cuda(0)),
        #[cfg(feature = "tch")]
        ("libtorch", Device::libtorch),
    ]
}

/// Says loudly which backends are left out as the machine has no device for them.
///
/// # Panics
///
/// If the environment requires one of them.
pub fn available() -> Vec<Backend> {
    let mut available = Vec::new();
    for (name, device) in compiled() {
        if catch_unwind(|| computes(&device())).unwrap_or(false) {
            let device = device();
            available.push(Backend { name, device });
            continue;
        }
        let variable = format!("BACKDRAFT_REQUIRE_{}", name.to_uppercase());
        let required = env::var_os(&variable).is_some_and(|value| value == "1");
        assert!(
            !required,
            "{variable} is set, and there is no device for {name}"
        );
        println!("\nNO DEVICE FOR {name}: it is NOT tested ({variable}=1 makes this a failure)\n");
    }
    available
}

fn computes(device: &Device) -> bool {
    let one = Tensor::<1>::ones([1], device);
    (one.clone() + one).into_data().iter::<f32>().eq([2.0])
}
