//! A layer with what follows it, as one operation of a run.

use burn::backend::ir::OperationIr;

use crate::backend::convolution::Activation;
use crate::ir::fusion::{FoldedNorm, FusedActivation};

/// What one run computes together.
#[derive(Debug)]
pub(crate) struct FusedOp<'g> {
    /// The layer, with the normalization in it if there is one.
    pub(crate) op: &'g OperationIr,
    pub(crate) norm: Option<&'g FoldedNorm>,
    pub(crate) activation: Activation,
    /// The positions of all operations in it.
    pub(crate) positions: Vec<usize>,
}

impl<'g> FusedOp<'g> {
    /// The layer alone.
    pub(super) fn layer(position: usize, op: &'g OperationIr) -> Self {
        Self {
            op,
            norm: None,
            activation: Activation::Identity,
            positions: vec![position],
        }
    }

    pub(super) fn take_in_norm(&mut self, norm: &'g FoldedNorm) {
        self.op = &norm.op;
        self.norm = Some(norm);
        self.positions.push(norm.position);
    }

    pub(super) fn take_in_activation(&mut self, next: &FusedActivation) {
        self.activation = next.activation;
        self.positions.push(next.position);
    }

    /// The position of the rectifier, if there is one.
    pub(super) fn rectifier(&self) -> Option<usize> {
        (self.activation != Activation::Identity).then(|| self.last())
    }

    /// The position of the operation whose output is that of the whole.
    pub(crate) fn last(&self) -> usize {
        self.positions[self.positions.len() - 1]
    }
}
