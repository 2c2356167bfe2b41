//! Whether attributions are right: the axioms that they should obey.

pub mod axioms;
