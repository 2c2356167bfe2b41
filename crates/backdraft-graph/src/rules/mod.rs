//! Gradient rules: what flows back through an operation in place of its derivative.

mod deep_lift;
mod rectifier;
mod rule;
mod step;

pub use rectifier::{DeconvnetRectifier, GuidedRectifier};
pub use rule::{Rule, Rules};
pub use step::{OperandRole, Step};
