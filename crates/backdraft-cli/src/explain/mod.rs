//! `explain`: what the network looks at in photos.
//!
//! One photo's files lie in the folder that `--out` names; those of several in a folder each, with a manifest of all.

mod args;
mod asked;
mod checks;
mod explanation;
mod files;
mod findings;
mod folders;
mod manifest;
mod output;
mod overview;
mod photos;
mod pictures;
mod report;
mod run;
mod single;

pub use args::Args;
pub use run::run;
