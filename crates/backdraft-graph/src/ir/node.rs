//! One operation, with its place in the model.

use std::collections::HashSet;

use burn::backend::ir::{OperationIr, TensorId, TensorIr};

use crate::OpKind;
use crate::ir::op_name::label;
use crate::ir::semantics::row::Semantics;

/// An operation of a graph.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) op: OperationIr,
    pub(crate) kind: OpKind,
    /// The layer's name, unique in the graph; empty for operations on weights alone.
    pub(crate) name: String,
    /// The parameters it reads, by position in the order in which the model is visited.
    pub(crate) parameters: Vec<usize>,
}

impl Node {
    pub(crate) fn new(op: OperationIr) -> Self {
        let kind = Semantics::of(&op).kind;
        Self {
            op,
            kind,
            name: String::new(),
            parameters: Vec::new(),
        }
    }

    /// What the operation means.
    pub(crate) fn semantics(&self) -> Semantics {
        Semantics::of(&self.op)
    }

    /// The operation's name for people.
    pub(crate) fn label(&self) -> String {
        label(&self.op, self.kind)
    }

    /// Whether the operation computes one of these tensors.
    pub(crate) fn computes_one_of(&self, tensors: &HashSet<TensorId>) -> bool {
        let mut outputs = self.op.outputs();
        outputs.any(|output| tensors.contains(&output.id))
    }

    /// The first tensor that the operation computes.
    pub(crate) fn output(&self) -> Option<&TensorIr> {
        self.op.outputs().next()
    }
}
