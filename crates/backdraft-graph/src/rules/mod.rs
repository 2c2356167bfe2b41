//! Gradient rules: what flows back through an operation in place of its derivative.

mod derivative;
pub(crate) mod fact;
#[cfg(test)]
mod folding;
mod map;
mod node_view;
mod rule;
mod step;

pub use derivative::Derivative;
pub use fact::Fact;
pub use map::RuleMap;
pub use node_view::NodeView;
pub(crate) use node_view::Places;
pub use rule::Rule;
pub use step::{OperandRole, Step};
