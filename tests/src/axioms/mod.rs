//! Methods, and networks and inputs to check their axioms on.

pub mod functions;
mod methods;
mod problems;

pub use methods::{Family, METHODS};
pub use problems::{Problem, problems, small_problems};
