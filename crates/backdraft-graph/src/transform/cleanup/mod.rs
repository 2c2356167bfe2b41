//! Clean-up of a recording. A pass never changes the function that the graph computes.

pub(crate) mod dead_code;
mod linear;
mod merged_batch;

use crate::ir::graph::Graph;

/// Runs every pass, in an order in which each sees what the one before restored.
pub(crate) fn run(graph: &mut Graph) {
    linear::restore(graph);
    merged_batch::split(graph);
    dead_code::remove(graph);
}
