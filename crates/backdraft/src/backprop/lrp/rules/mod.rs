//! The rules.

mod epsilon;
mod norm;
mod pass;

pub use epsilon::epsilon;
pub use norm::Norm;
pub use pass::Pass;
