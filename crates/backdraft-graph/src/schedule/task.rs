//! One step of a schedule.

use std::sync::Arc;

use burn::backend::ir::{OperationIr, TensorId, TensorIr};

use crate::OperandRole;
use crate::ir::node::Node;
use crate::rules::Rule;
use crate::schedule::fused_op::FusedOp;

/// One operation of a run, or a layer with what is computed together with it.
#[derive(Debug)]
pub(crate) struct Task<'g> {
    /// The position of the operation in the graph.
    pub(crate) position: usize,
    pub(crate) node: &'g Node,
    /// What the operation is computed together with, if it is a layer that can be.
    pub(crate) fused: Option<FusedOp<'g>>,
    pub(crate) mode: Mode,
    /// Whether it is computed at the inputs. What depends on no input is computed only there, for both runs.
    pub(crate) at_input: bool,
    /// Whether it is computed at the reference.
    pub(crate) at_reference: bool,
    /// The operation's own operands, in the order in which it names them.
    pub(crate) reads: Vec<Read>,
    /// How each operand of what is computed takes part in the run.
    pub(crate) roles: Vec<OperandRole>,
    pub(crate) outputs: Vec<&'g TensorIr>,
    /// Tensors that no later task reads and that aren't kept.
    pub(crate) frees: Vec<TensorId>,
}

/// An operand of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) tensor: TensorId,
    /// Whether nothing reads it later, so that its memory can be reused.
    pub(crate) last: bool,
}

/// How a task takes part in the backward pass.
#[derive(Debug)]
pub(crate) enum Mode {
    /// Not at all.
    Plain,
    /// With its derivative.
    Tracked,
    /// With its derivative, and remembered for a rule that reaches through it.
    Producer {
        /// A normalization whose operand was computed by a remembered layer: the two are reached through together.
        with_layer: bool,
    },
    /// By a rule.
    Rule {
        rule: Arc<dyn Rule>,
        /// Whether the rule reaches through the layer that computed the first operand.
        reaches_through: bool,
    },
    /// A layer with its derivative, and the rectifier that is computed with it by a rule.
    RectifierRule { rule: Arc<dyn Rule> },
}

impl Mode {
    /// Whether operands and outputs are kept for a rule.
    pub(crate) fn shows_values_to_rules(&self) -> bool {
        matches!(self, Self::Producer { .. } | Self::Rule { .. })
    }
}

impl<'g> Task<'g> {
    /// What is computed: the operation, or the layer with the normalization in it.
    pub(crate) fn op(&self) -> &'g OperationIr {
        self.fused.as_ref().map_or(&self.node.op, |fused| fused.op)
    }

    /// The position of the operation whose outputs are the task's.
    pub(crate) fn last(&self) -> usize {
        self.fused.as_ref().map_or(self.position, FusedOp::last)
    }

    /// Whether gradients flow through the task.
    pub(crate) fn is_tracked(&self) -> bool {
        !matches!(self.mode, Mode::Plain)
    }
}
