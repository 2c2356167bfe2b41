//! Products of two computed tensors.

use std::cmp::Ordering;

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
        let passed = Pass.gradient(step, operand, gradient);
        match portion(step, operand) {
            Portion::All => passed,
            Portion::Half => scaled(&passed, 0.5),
            Portion::Nothing => scaled(&passed, 0.0),
        }
    }
}

fn scaled(relevance: &AnyTensor, factor: f64) -> AnyTensor {
    AnyTensor::from(relevance.flat() * factor).reshape_to(relevance.shape())
}

/// What an operand gets.
enum Portion {
    All,
    Half,
    Nothing,
}

fn portion(step: &Step, operand: usize) -> Portion {
    assert!(
        step.operand_count() == 2,
        "it is for products of two tensors"
    );
    let other = 1 - operand;
    if !step.is_tracked(other) {
        return Portion::All;
    }
    let is_quotient = matches!(step.op(), OperationIr::NumericFloat(_, Numeric::Div(_)));
    let size = |position| step.operand(position).shape().num_elements();
    match size(operand).cmp(&size(other)) {
        _ if is_quotient && operand == 0 => Portion::All,
        _ if is_quotient => Portion::Nothing,
        Ordering::Greater => Portion::All,
        Ordering::Less => Portion::Nothing,
        Ordering::Equal => Portion::Half,
    }
}
