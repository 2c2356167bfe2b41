//! The graph as data: operations, their kinds and names.

pub(crate) mod graph;
pub(crate) mod kind;
pub(crate) mod names;
pub(crate) mod op_name;
pub(crate) mod support;
