//! The linear layers that computed tensors, for rules that treat a nonlinearity together with its layer.

use std::collections::HashMap;
use std::sync::Arc;

use burn::backend::ir::TensorId;
use burn::backend::tensor::FloatTensor;

use crate::exec::{Engine, Slot};
use crate::rules::Step;

/// The layer that computed a tensor.
#[derive(Debug)]
pub(super) struct Producer<B: Engine> {
    pub(super) step: Arc<Step>,
    /// The layer's operand, to which a rule's gradient goes.
    pub(super) operand: FloatTensor<B>,
}

/// The remembered layers whose outputs will still be read.
#[derive(Debug)]
pub(super) struct Producers<B: Engine>(HashMap<TensorId, Producer<B>>);

impl<B: Engine> Producers<B> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// The layer that computed a tensor.
    pub(super) fn of(&self, tensor: TensorId) -> Option<&Producer<B>> {
        self.0.get(&tensor)
    }

    /// Remembers a layer that computed `output`, with its first operand. A normalization is remembered together with
    /// the `layer` that computed its operand.
    pub(super) fn remember(
        &mut self,
        output: TensorId,
        mut step: Step,
        operand: &Slot<B>,
        layer: Option<TensorId>,
    ) {
        let Slot::Tracked(operand) = operand else {
            return;
        };
        let layer = layer.and_then(|tensor| self.of(tensor));
        let operand = layer.map_or(operand, |layer| &layer.operand).clone();
        step.producer = layer.map(|layer| Arc::clone(&layer.step));
        let step = Arc::new(step);
        self.0.insert(output, Producer { step, operand });
    }

    pub(super) fn free(&mut self, tensor: TensorId) {
        self.0.remove(&tensor);
    }
}
