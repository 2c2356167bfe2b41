//! Captures any Burn model as a graph of operations, and runs the graph with probes and gradient rules.
//!
//! This crate is the foundation of [`backdraft`](https://docs.rs/backdraft), which most users want
//! instead: it knows operations, layers and gradients, and nothing of attribution methods.
//!
//! - [`Network`]: a captured model; its layers can be listed and found by name.
//! - [`Probes`]: what one run reads, differentiates and replaces.
//! - [`Pass`] and [`Gradients`]: what came out.
//! - [`Cost`]: what a run takes, known before it runs.
//! - [`Nearby`]: versions of an input that differ from it in a box, of which only what differs is computed.
//! - [`Rewrite`]: another implementation of the same function, to test that an explanation doesn't depend
//!   on it.
//! - [`Rule`]: what flows back through an operation in place of its derivative, and [`RuleMap`]: which operation has
//!   which rule. A rule sees its operation as a [`Step`]: what Burn recorded, operands, output, derivative, and the
//!   values at a reference. `backdraft`'s own rules are made of these alone, and so can yours be.
//!
//! The backends are cargo features: `flex` (default), `ndarray`, `tch`, `wgpu`, `vulkan`, `metal`, `cuda`, `rocm` and
//! `cpu`. A tensor's device decides at run time which one computes.

mod analysis;
mod backend;
mod build;
mod capture;
mod catch;
mod cost;
mod error;
mod exec;
mod ir;
mod network;
mod patch;
mod rules;
mod schedule;
mod tensor;
#[cfg(test)]
mod testing;
mod transform;

pub use backend::error::DeviceError;
pub use backend::list::runs_on_cpu;
pub use capture::CaptureError;
pub use cost::Cost;
pub use error::Error;
pub use ir::kind::OpKind;
pub use network::{
    AppliedRule, Axes, Batch, Gradients, InputError, Layer, LookupError, MapLayout, Nearby,
    Network, NoMapReason, Pass, PassError, Planes, Positions, Probes, Supplied,
};
pub use rules::{Derivative, Fact, NodeView, OperandRole, Rule, RuleMap, Step};
pub use tensor::any_tensor::AnyTensor;
pub use tensor::arrangement::Arrangement;
pub use tensor::tensors::Tensors;
pub use transform::rewrite::{Rewrite, RewriteError};
