//! Changes of a graph.

pub(crate) mod cleanup;
pub(crate) mod cut;
pub(crate) mod rewrite;
pub(crate) mod surgery;
