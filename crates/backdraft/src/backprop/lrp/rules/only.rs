//! All relevance to one operand.

use backdraft_graph::{AnyTensor, OperandRole, Rule, Step};

/// A rule for one operand of an operation; the others get nothing.
///
/// With [`Pass`](crate::lrp::rules::Pass) at a product this is *signal-take-all*: the signal gets the relevance of the product
/// and the gate that it is multiplied by none, which says how much of the signal passes and not what. Arras et al.,
/// [*Explaining Recurrent Neural Network Predictions in Sentiment Analysis*](https://arxiv.org/abs/1706.07206), 2017.
///
/// ```
/// use backdraft::graph::{Fact, RuleMap};
/// use backdraft::lrp::rules::{Only, Pass};
///
/// let gates = RuleMap::new()
///     .by(|node| node.has_fact(0, Fact::Gate), Only::operand(1, Pass))
///     .by(|node| node.has_fact(1, Fact::Gate), Only::operand(0, Pass));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Only<R> {
    operand: usize,
    rule: R,
}

impl<R: Rule> Only<R> {
    /// The rule for the operand at a position.
    pub fn operand(position: usize, rule: R) -> Self {
        Self {
            operand: position,
            rule,
        }
    }
}

impl<R: Rule> Rule for Only<R> {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        if operand == self.operand {
            return self.rule.gradient(step, operand, gradient);
        }
        let other = step.operand(operand);
        AnyTensor::from(other.flat().zeros_like()).reshape_to(other.shape())
    }

    fn applies(&self, operands: &[OperandRole]) -> bool {
        self.rule.applies(operands)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop::lrp::rules::Pass;
    use crate::backprop::lrp::rules::testing::{assert_close, relevance};
    use burn::tensor::Tensor;

    #[test]
    fn the_other_operand_gets_nothing() {
        let product = |[a, b]: [Tensor<2>; 2]| a * b;
        let factors = [[[1.0, 2.0]], [[3.0, 4.0]]];
        let found = relevance(factors, [[5.0, 6.0]], product, Only::operand(1, Pass));
        assert_close(&found[0], &[0.0, 0.0]);
        assert_close(&found[1], &[5.0, 6.0]);
    }
}
