//! Running a graph on a backend.
//!
//! [`execute`] walks the operations once, in order. An operation none of whose operands needs a
//! gradient runs on the plain backend; the others run on the autodiff backend. Every value is freed
//! where it is read last. With reference inputs, every operation runs a second time, at the reference.
//! A layer is computed together with what [joins](crate::analysis::fusion) it, where nobody asks for what is in between.

mod attach;
mod frame;
mod fused;
mod interpreter;
mod ops;
mod plan;
mod producers;
mod reference;
mod slot;
mod value;

pub(crate) use frame::Frame;
pub(crate) use fused::FusedOp;
pub(crate) use interpreter::{GradientProbes, execute};
pub(crate) use ops::evaluate;
pub(crate) use plan::Plan;
pub(crate) use slot::Slot;
pub(crate) use value::{Engine, Value};
