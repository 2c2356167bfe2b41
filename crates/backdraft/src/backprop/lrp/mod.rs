//! Layer-wise relevance propagation.

mod at_step;
mod composite;
mod composites;
mod condition;
mod excitation_backprop;
mod leaks;
mod linear_rule;
mod lrp;
mod operands;
mod part;
mod places;
mod rest;
mod rule_table;
pub mod rules;
mod stabilizer;
mod start;
#[cfg(test)]
mod tests;

pub use composite::Composite;
pub use excitation_backprop::ExcitationBackprop;
pub use leaks::LayerConservation;
pub use linear_rule::{LinearRule, Of, Share, Term};
pub use lrp::Lrp;
pub use part::Part;
pub use places::{is_convolution, is_dense, is_weighted};
pub use rule_table::RuleTable;
pub use stabilizer::stabilized;
