//! Gradient rules: what flows back through an operation in place of its derivative.

mod deep_lift;
mod derivative;
pub(crate) mod fact;
mod map;
mod node_view;
mod rectifier;
mod rule;
mod step;

pub use derivative::Derivative;
pub use fact::Fact;
pub use map::RuleMap;
pub use node_view::NodeView;
pub(crate) use node_view::Places;
pub use rectifier::{DeconvnetRectifier, GuidedRectifier};
pub use rule::Rule;
pub use step::{OperandRole, Step};
