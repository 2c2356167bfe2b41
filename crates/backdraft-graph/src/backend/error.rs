//! What can go wrong: devices that a network can't run on, or not together.

use thiserror::Error;

/// A device that a network can't run on, or a tensor on another one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A backend that Burn was built with and this crate wasn't.
    #[error(
        "networks can't run on {device}: turn on the cargo feature of this backend (as `flex`, `ndarray`, \
         `wgpu` or `cuda`) where `backdraft` is added, or move model and inputs to another device"
    )]
    UnsupportedBackend {
        /// The device.
        device: String,
    },

    /// Parameters or inputs live on several devices.
    #[error(
        "{what} lives on {actual}, but the network on {expected}: move it there with `to_device`"
    )]
    WrongDevice {
        /// The tensor in question.
        what: String,
        /// The network's device.
        expected: String,
        /// The tensor's device.
        actual: String,
    },
}
