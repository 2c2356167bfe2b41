//! Layer-wise relevance propagation.

mod attending;
mod composite;
pub mod composites;
mod linear_rule;
mod lrp;
mod operands;
mod part;
mod places;
mod rest;
pub mod rules;
mod stabilizer;
mod start;

pub use composite::Composite;
pub use linear_rule::{LinearRule, Of, Share, Term};
pub use lrp::Lrp;
pub use part::Part;
pub use places::{is_convolution, is_dense, is_weighted};
pub use stabilizer::stabilized;
