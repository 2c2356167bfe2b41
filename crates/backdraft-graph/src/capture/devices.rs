//! A pool of capture devices.
//!
//! Burn never recycles the id of a capture device and a process has 65,536 of them, while one device
//! serves one recording at a time. Reusing them makes any number of captures possible, from any number
//! of threads.

use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, DeviceConfig, DeviceSettings};

use crate::CaptureError;

static IDLE: Mutex<Vec<(DeviceSettings, Device)>> = Mutex::new(Vec::new());

/// A capture device on loan; it returns to the pool when dropped, also while unwinding.
pub(super) struct CaptureDevice {
    settings: DeviceSettings,
    pub(super) device: Device,
}

impl CaptureDevice {
    /// A device whose default element types are those of `target`, so that a recording names the types
    /// which the same code would use there.
    pub(super) fn like(target: &Device) -> Result<Self, CaptureError> {
        Self::with(target.settings())
    }

    fn with(settings: DeviceSettings) -> Result<Self, CaptureError> {
        let device = match take_idle(&settings) {
            Some(device) => device,
            None => new_device(&settings)?,
        };
        Ok(Self { settings, device })
    }
}

impl Drop for CaptureDevice {
    fn drop(&mut self) {
        IDLE.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((self.settings, self.device.clone()));
    }
}

fn take_idle(settings: &DeviceSettings) -> Option<Device> {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let position = idle.iter().position(|(other, _)| same(settings, other))?;
    Some(idle.swap_remove(position).1)
}

fn new_device(settings: &DeviceSettings) -> Result<Device, CaptureError> {
    let device = Device::capture();
    let config = DeviceConfig::default()
        .float_dtype(settings.float_dtype)
        .int_dtype(settings.int_dtype)
        .bool_dtype(settings.bool_dtype);
    let mut configured = Ok(());
    // A capture device answers questions only inside a scope.
    let scope = device.capture_scope(|scope| {
        configured = device.clone().configure(config);
        scope.complete([], [])
    });
    scope.map_err(|error| refused(&error))?;
    configured.map_err(|error| refused(&error))?;
    Ok(device)
}

fn refused(error: &impl std::fmt::Display) -> CaptureError {
    CaptureError::NotRecorded {
        message: error.to_string(),
    }
}

fn same(a: &DeviceSettings, b: &DeviceSettings) -> bool {
    a.float_dtype == b.float_dtype && a.int_dtype == b.int_dtype && a.bool_dtype == b.bool_dtype
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{BoolStore, FloatDType, IntDType};

    #[test]
    fn a_device_serves_one_recording_at_a_time_and_then_the_next() {
        // Element types that no other test asks for, so that no other test takes these devices.
        let settings = DeviceSettings::with_dtypes(FloatDType::F64, IntDType::I8, BoolStore::U32);
        let loan = || CaptureDevice::with(settings).unwrap();
        let (first, second) = (loan(), loan());
        assert_ne!(first.device, second.device);
        let returned = second.device.clone();
        drop(second);
        assert_eq!(loan().device, returned);
    }
}
