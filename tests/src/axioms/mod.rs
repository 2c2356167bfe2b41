//! Methods, and networks and inputs to check their axioms on.

pub mod functions;
mod methods;
mod problems;

pub use methods::{methods, with_baseline};
pub use problems::{Problem, problems, small_problems};
