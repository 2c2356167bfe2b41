//! What one run does, decided before it runs.
//!
//! [`Schedule::compile`] turns a graph and the [`Request`] of a run into [`Task`]s in order. Everything that follows
//! from the graph and the request alone is decided here, once: what is computed together, what is part of the
//! backward pass and by which rule, what is computed at the reference, and where each tensor is read last. The
//! executor goes through the tasks with tensors, and the cost model with byte counts.

mod compiler;
mod fused_op;
mod fusing;
mod request;
mod roles;
mod schedule;
mod task;

pub(crate) use fused_op::FusedOp;
pub(crate) use request::Request;
pub(crate) use schedule::Schedule;
pub(crate) use task::{Mode, Read, Task};
