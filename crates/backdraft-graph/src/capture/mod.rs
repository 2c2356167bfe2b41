//! Recording a forward pass: the model's operations for given input shapes, without computing them.

mod attempt;
mod devices;
mod error;
mod forward;
mod origin;
mod parameters;
mod recording;
mod refusal;
mod source;
mod stand_ins;

pub use error::CaptureError;
pub(crate) use forward::{Captured, Forward};
pub(crate) use parameters::{Parameter, parameters_of};
pub(crate) use recording::Recording;
pub(crate) use source::Source;
