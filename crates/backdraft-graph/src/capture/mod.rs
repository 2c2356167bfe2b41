//! Recording a forward pass: the model's operations for given input shapes, without computing them.

mod devices;
mod error;
mod forward;
mod parameters;
mod recording;

pub use error::CaptureError;
pub(crate) use forward::{Captured, Forward, panic_message};
pub(crate) use parameters::{Parameter, parameters_of};
pub(crate) use recording::Recording;
