//! The linear layers behind tensors, for rules that treat a nonlinearity together with its layer.

use std::collections::HashMap;
use std::sync::Arc;

use burn::backend::ir::{ModuleOperationIr, OperationIr, TensorId};
use burn::backend::tensor::FloatTensor;

use crate::exec::{Engine, Slot};
use crate::ir::node::Node;
use crate::rules::Step;
use crate::{OpKind, OperandRole};

/// The layer that computed a tensor.
#[derive(Debug)]
pub(super) struct Producer<B: Engine> {
    pub(super) step: Arc<Step>,
    /// The layer's operand, to which a rule's gradient goes.
    pub(super) operand: FloatTensor<B>,
}

/// The linear layers with constant weights whose outputs will still be read.
#[derive(Debug)]
pub(super) struct Producers<B: Engine>(HashMap<TensorId, Producer<B>>);

impl<B: Engine> Producers<B> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Whether the operation is such a layer, or a batch normalization behind one.
    pub(super) fn includes(&self, node: &Node, roles: &[OperandRole]) -> bool {
        match node.kind {
            OpKind::Linear | OpKind::TransposedConvolution => varies_first_only(roles),
            OpKind::Convolution => varies_first_only(roles) && !is_deformable(&node.op),
            OpKind::BatchNorm => (self.before(node, roles))
                .is_some_and(|producer| producer.step.kind != OpKind::BatchNorm),
            _ => false,
        }
    }

    /// The producer of an operation's first operand, if the others are constant.
    pub(super) fn before(&self, node: &Node, roles: &[OperandRole]) -> Option<&Producer<B>> {
        let operand = node.op.inputs().next()?;
        self.0.get(&operand.id).filter(|_| varies_first_only(roles))
    }

    /// Remembers an operation that is [included](Self::includes), with its first operand.
    pub(super) fn remember(&mut self, node: &Node, mut step: Step, operand: &Slot<B>) {
        let (Some(output), Slot::Tracked(operand)) = (node.output(), operand) else {
            return;
        };
        let layer = (self.before(node, &step.roles)).filter(|_| node.kind == OpKind::BatchNorm);
        let operand = layer.map_or(operand, |layer| &layer.operand).clone();
        step.producer = layer.map(|layer| Arc::clone(&layer.step));
        let step = Arc::new(step);
        self.0.insert(output.id, Producer { step, operand });
    }

    pub(super) fn free(&mut self, tensor: TensorId) {
        self.0.remove(&tensor);
    }
}

fn varies_first_only(roles: &[OperandRole]) -> bool {
    let constant = |role: &OperandRole| *role == OperandRole::Constant;
    matches!(roles, [OperandRole::Tracked, others @ ..] if others.iter().all(constant))
}

fn is_deformable(op: &OperationIr) -> bool {
    matches!(
        op,
        OperationIr::Module(ModuleOperationIr::DeformableConv2d(_))
    )
}
