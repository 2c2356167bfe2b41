//! The graph as data: operations, their kinds and names, and the frozen graph that runs.

pub(crate) mod axes;
pub(crate) mod dependencies;
pub(crate) mod fusion;
pub(crate) mod graph;
pub(crate) mod kind;
pub(crate) mod layer_input;
pub(crate) mod names;
pub(crate) mod node;
pub(crate) mod op_name;
pub(crate) mod program;
pub(crate) mod semantics;
pub(crate) mod support;
