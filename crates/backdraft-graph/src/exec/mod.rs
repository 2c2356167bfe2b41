//! Running a graph on a backend.
//!
//! [`execute`] goes through the tasks of a [schedule](crate::schedule), in order. A task none of whose operands needs
//! a gradient runs on the plain backend; the others run on the autodiff backend. Every value is freed where it is
//! read last. With reference inputs, a task runs a second time, at the reference.

mod alone;
mod attach;
mod frame;
mod fused;
mod given;
mod interpreter;
pub(crate) mod linear;
mod ops;
mod producers;
mod reference;
mod slot;
mod value;

pub(crate) use alone::compute_alone;
pub(crate) use frame::Frame;
pub(crate) use given::Given;
pub(crate) use interpreter::{GradientProbes, execute};
pub(crate) use ops::evaluate;
pub(crate) use slot::Slot;
pub(crate) use value::{Engine, Value};
