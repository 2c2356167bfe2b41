//! What operands mean to operations.

use burn::backend::ir::{NumericOperationIr, OperationIr};

use crate::analysis::{attention, gates, normalization};
use crate::ir::program::Program;
use crate::rules::fact::{Fact, Facts};

/// All that can be told with certainty.
pub(crate) fn find(graph: &Program) -> Facts {
    let weights = attention::products(graph).into_iter();
    let weights = weights.map(|product| (product, 0, Fact::AttentionWeights));
    let sums = (0..graph.nodes.len()).filter(|&position| is_residual_sum(graph, position));
    let branches = sums.flat_map(|sum| [0, 1].map(|term| (sum, term, Fact::ResidualBranch)));
    let statistics = normalization::statistics(graph).into_iter();
    let statistics =
        statistics.map(|(node, operand)| (node, operand, Fact::NormalizationStatistic));
    let gates = gates::factors(graph).into_iter();
    let gates = gates.map(|(product, factor)| (product, factor, Fact::Gate));
    let pairs = weights.chain(branches).chain(statistics);
    pairs.chain(gates).collect()
}

fn is_residual_sum(graph: &Program, position: usize) -> bool {
    match &graph.nodes[position].op {
        OperationIr::NumericFloat(_, NumericOperationIr::Add(op)) => {
            let depends = |term| graph.depends_on_input(term);
            op.lhs.shape == op.rhs.shape && depends(op.lhs.id) && depends(op.rhs.id)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::Tensor;
    use burn::tensor::activation::softmax;

    fn facts(forward: fn(Tensor<3>) -> Tensor<3>) -> Vec<(String, usize, Fact)> {
        let graph = record([1, 4, 4], forward);
        let name = |position: usize| graph.nodes[position].name.clone();
        let found = find(&graph).into_iter();
        let mut found: Vec<_> = found
            .map(|(node, operand, fact)| (name(node), operand, fact))
            .collect();
        found.sort_by_key(|(name, operand, _)| (name.clone(), *operand));
        found
    }

    #[test]
    fn attention_weights_are_the_left_factor_of_values() {
        let attention = |x: Tensor<3>| {
            let scores = x.clone().matmul(x.clone().transpose());
            softmax(scores, 2).matmul(x)
        };
        let expected = ("matmul#2".to_string(), 0, Fact::AttentionWeights);
        assert_eq!(facts(attention), [expected]);
    }

    #[test]
    fn the_statistic_of_a_norm_is_its_divisor() {
        let norm = |x: Tensor<3>| x.clone() / (x.powi_scalar(2).mean_dim(2) + 1e-5).sqrt();
        let expected = ("div".to_string(), 1, Fact::NormalizationStatistic);
        assert_eq!(facts(norm), [expected]);
    }

    #[test]
    fn terms_that_depend_on_the_input_are_branches() {
        let term = |term| ("add".to_string(), term, Fact::ResidualBranch);
        assert_eq!(facts(|x| x.clone().exp() + x), [term(0), term(1)]);
        assert!(facts(|x| x.clone() + x.ones_like()).is_empty());
    }
}
