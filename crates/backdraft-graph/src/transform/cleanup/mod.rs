//! Clean-up of a recording. A pass never changes the function that the graph computes.

pub(crate) mod dead_code;
mod linear;
mod merged_batch;
mod run;

pub(crate) use run::run;
