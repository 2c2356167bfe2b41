//! Changes of a graph.

pub(crate) mod cleanup;
pub(crate) mod rewrite;
