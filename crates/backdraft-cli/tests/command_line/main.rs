//! The built program, as a user runs it.

mod axioms;
mod exit_codes;
mod explain;
mod mistakes;
mod pages;
mod photos;
mod report;
mod several;
mod volume;
mod weights;
mod workspace;
