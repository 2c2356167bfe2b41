//! `axioms`: which promises methods keep on a photo.

mod args;
mod checked;
mod promises;
mod report;
mod run;

pub use args::Args;
pub use run::run;
