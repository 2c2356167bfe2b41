//! What the rules ask of an operation in a run with a reference.

use backdraft_graph::{AnyTensor, OperandRole, Step};
use burn::tensor::Tensor;

/// Operands and output next to those at the reference.
pub(super) trait ReferenceStep {
    /// An operand at the reference.
    fn reference_operand(&self, position: usize) -> AnyTensor;

    /// Half way between an operand and its reference.
    fn mean_operand(&self, position: usize) -> AnyTensor;

    /// The output's difference from the reference.
    fn output_change(&self) -> Tensor<1>;

    /// An operand's difference from the reference.
    fn operand_change(&self, position: usize) -> Tensor<1>;

    /// The float operands that differ from the reference.
    fn moving_floats(&self) -> impl Iterator<Item = usize>;
}

impl ReferenceStep for Step {
    fn reference_operand(&self, position: usize) -> AnyTensor {
        self.reference(position).expect(WITH_REFERENCE)
    }

    fn mean_operand(&self, position: usize) -> AnyTensor {
        let operand = self.operand(position);
        let mean = (operand.flat() + self.reference_operand(position).flat()) / 2.0;
        AnyTensor::from(mean).reshape_to(operand.shape())
    }

    fn output_change(&self) -> Tensor<1> {
        let reference = self.reference_output().expect(WITH_REFERENCE);
        self.output().flat() - reference.flat()
    }

    fn operand_change(&self, position: usize) -> Tensor<1> {
        self.operand(position).flat() - self.reference_operand(position).flat()
    }

    fn moving_floats(&self) -> impl Iterator<Item = usize> {
        (0..self.operand_count()).filter(|&position| {
            self.role(position) != OperandRole::Constant && self.operand(position).is_float()
        })
    }
}

const WITH_REFERENCE: &str = "these rules run with a reference";

/// Whether more than one operand differs from the reference.
pub(super) fn several_vary(operands: &[OperandRole]) -> bool {
    let vary = |role: &&OperandRole| **role != OperandRole::Constant;
    operands.iter().filter(vary).count() > 1
}
