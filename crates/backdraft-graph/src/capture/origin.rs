//! What a recorded tensor was computed from.

use std::collections::{BTreeSet, HashSet};

use burn::backend::capture::TensorId;
use burn::backend::ir::OperationIr;

use crate::capture::recording::Border;

/// The inputs and parameters, by position, from which a recorded tensor was computed.
pub(super) struct Origin {
    pub(super) inputs: BTreeSet<usize>,
    pub(super) parameters: BTreeSet<usize>,
    /// Whether the tensor is a parameter itself.
    pub(super) is_parameter: bool,
}

impl Origin {
    pub(super) fn of(tensor: TensorId, operations: &[OperationIr], border: &Border) -> Self {
        let mut needed = HashSet::from([tensor]);
        for op in operations.iter().rev() {
            if op.outputs().any(|output| needed.contains(&output.id)) {
                needed.extend(op.inputs().map(|input| input.id));
            }
        }
        let inputs = border.inputs.iter().zip(0..);
        let parameters = border.parameters.iter();
        Self {
            inputs: inputs
                .filter(|(id, _)| needed.contains(id))
                .map(|(_, position)| position)
                .collect(),
            parameters: parameters
                .filter(|(id, _)| needed.contains(id))
                .map(|(_, &position)| position)
                .collect(),
            is_parameter: border.parameters.contains_key(&tensor),
        }
    }
}
