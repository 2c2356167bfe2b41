//! All passes of the clean-up.

use crate::ir::graph::Graph;
use crate::transform::cleanup::{dead_code, linear, merged_batch};

/// Runs every pass, in an order in which each sees what the one before restored.
pub(crate) fn run(graph: &mut Graph) {
    linear::restore(graph);
    merged_batch::split(graph);
    dead_code::remove(graph);
}
