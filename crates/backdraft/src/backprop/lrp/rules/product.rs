//! Products of two computed tensors.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{NumericOperationIr as Numeric, OperationIr};

use crate::backprop::lrp::rules::Pass;

/// Products and quotients of two tensors.
///
/// | operands | relevance |
/// |---|---|
/// | one of them is a constant | all to the other |
/// | one is smaller and repeated: a gate, as of squeeze-and-excitation | all to the larger, the signal |
/// | a quotient | all to the numerator |
/// | two of one shape | one half to each |
///
/// Signal-takes-all is the rule of Arras et al., [*Explaining Recurrent Neural Network Predictions in Sentiment
/// Analysis*](https://arxiv.org/abs/1706.07206), 2017, halves are that of Achtibat et al.,
/// [*AttnLRP*](https://arxiv.org/abs/2402.05602), 2024. Both conserve relevance.
#[derive(Clone, Copy, Debug)]
pub struct Product;

impl Rule for Product {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let part = part(step, operand);
        let passed = Pass.gradient(step, operand, gradient);
        if part == 1.0 {
            return passed;
        }
        AnyTensor::from(passed.flat() * part).reshape_to(passed.shape())
    }
}

/// The operand's part of the relevance.
fn part(step: &Step, operand: usize) -> f64 {
    let other = 1 - operand;
    if !step.is_tracked(other) {
        return 1.0;
    }
    let is_quotient = matches!(step.op(), OperationIr::NumericFloat(_, Numeric::Div(_)));
    let size = |position| step.operand(position).shape().num_elements();
    match size(operand).cmp(&size(other)) {
        _ if is_quotient => [1.0, 0.0][operand],
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => 0.5,
    }
}
