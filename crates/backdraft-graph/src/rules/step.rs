//! One operation of a run, as a rule sees it.

use burn::backend::ir::{OperationIr, TensorId};
use burn::backend::ops::FloatTensorOps;
use burn::backend::{AutodiffBackend, Dispatch, TensorMetadata};

use crate::exec::{Engine, Frame, Slot, Value, evaluate};
use crate::{AnyTensor, OpKind};

/// An operation with the values it had in the forward pass.
#[derive(Debug)]
pub struct Step {
    pub(crate) op: OperationIr,
    pub(crate) kind: OpKind,
    pub(crate) operands: Vec<(TensorId, AnyTensor)>,
    pub(crate) output: AnyTensor,
}

impl Step {
    /// The kind of the operation.
    pub fn kind(&self) -> OpKind {
        self.kind
    }

    /// Number of operands, weights included.
    pub fn operand_count(&self) -> usize {
        self.operands.len()
    }

    /// An operand by position: the input first, then weights and bias where there are any.
    ///
    /// # Panics
    ///
    /// If there is no such operand.
    pub fn operand(&self, position: usize) -> AnyTensor {
        self.operands[position].1.clone()
    }

    /// The operation's output.
    pub fn output(&self) -> AnyTensor {
        self.output.clone()
    }

    /// The ordinary gradient: `gradient` times the derivative of the output by the operand.
    ///
    /// # Panics
    ///
    /// If the operand doesn't exist or isn't float.
    pub fn derivative(&self, operand: usize, gradient: AnyTensor) -> AnyTensor {
        self.derivative_with(&[], operand, gradient)
    }

    /// The ordinary gradient of the same operation at other operands: `(position, value)` each, such as
    /// weights of which a rule keeps the positive part.
    ///
    /// # Panics
    ///
    /// If an operand doesn't exist, has another shape, or isn't float.
    pub fn derivative_with(
        &self,
        replaced: &[(usize, AnyTensor)],
        operand: usize,
        gradient: AnyTensor,
    ) -> AnyTensor {
        let mut operands = self.operands.clone();
        for (position, value) in replaced {
            operands[*position].1 = value.clone();
        }
        let variable = Dispatch::from_inner(operands[operand].1.clone().into_dispatch());
        let variable = Dispatch::float_set_require_grad(variable, true);
        let operands = (operands.into_iter().enumerate())
            .map(|(position, (id, tensor))| {
                let slot = if position == operand {
                    Slot::Tracked(variable.clone())
                } else {
                    Slot::<Dispatch>::Plain(Dispatch::value(tensor))
                };
                (id, slot.into_autodiff())
            })
            .collect();
        let device = variable.device();
        let outputs = evaluate::<Dispatch>(&self.op, &mut Frame::new(operands, device));
        let Some(Value::Float(output)) = outputs.into_iter().next() else {
            unreachable!("rules are attached to operations with a float output");
        };
        let gradient = Dispatch::from_inner(gradient.into_dispatch());
        let score = Dispatch::float_sum(Dispatch::float_mul(output, gradient));
        let gradients = Dispatch::backward(score);
        let gradient = Dispatch::grad(&variable, &gradients);
        AnyTensor::from_dispatch(gradient.expect("the output is computed from the operand"))
    }
}
