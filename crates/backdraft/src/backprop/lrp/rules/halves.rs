//! Products of two computed matrices.

use std::fmt;

use backdraft_graph::{AnyTensor, Rule, Step};

use crate::backprop::lrp::linear_rule::{LinearRule, Of, Share, Term};
use crate::backprop::lrp::part::Part;

/// The rule for products of two matrices that both depend on an input, such as queries and keys, or attention weights and
/// values: one half of the relevance to each factor, by the epsilon rule. With `z = a b`,
///
/// ```text
/// R_a = a · [R / (2 z + ε sign(z))] bᵀ,     R_b = b · aᵀ [R / (2 z + ε sign(z))]
/// ```
///
/// A factor beside which no other has relevance gets all of it. Achtibat et al., [*AttnLRP*](https://arxiv.org/abs/2402.05602),
/// 2024, proposition 3.3. Products of elements have the same rule in [`Product`](crate::lrp::rules::Product).
#[derive(Clone)]
pub struct Halves {
    half: LinearRule,
    all: LinearRule,
}

impl Halves {
    /// The rule with what is added to denominators.
    pub fn new(stabilizer: f64) -> Self {
        let of = |of| {
            let whole = Term::new(Part::Whole, Part::Whole);
            LinearRule::new("halves", [Share::new(of, [whole.with_bias(Part::Whole)])])
        };
        Self {
            half: of(Of::Times(0.5)).with_stabilizer(stabilizer / 2.0),
            all: of(Of::All).with_stabilizer(stabilizer),
        }
    }
}

impl fmt::Debug for Halves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

impl Rule for Halves {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        assert!(
            step.operand_count() >= 2,
            "it is for products of two matrices"
        );
        let factors = [0, 1].into_iter().filter(|&factor| step.is_tracked(factor));
        let rule = match factors.count() {
            2 => &self.half,
            _ => &self.all,
        };
        rule.gradient(step, operand, gradient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop::lrp::rules::testing::{assert_close, relevance};
    use burn::tensor::Tensor;

    #[test]
    fn two_factors_share_what_a_product_has() {
        let factors = [[[1.0, 2.0]], [[3.0, 4.0]]];
        let product = |[a, b]: [Tensor<2>; 2]| a.matmul(b.transpose());
        // 3 + 8 = 11.
        let found = relevance(factors, [[11.0]], product, Halves::new(0.0));
        for factor in &found {
            assert_close(factor, &[1.5, 4.0]);
        }
    }

    #[test]
    fn one_factor_gets_all() {
        let product = |[a]: [Tensor<2>; 1]| {
            let b = Tensor::<2>::from_data([[3.0, 4.0]], &a.device());
            b.matmul(a.transpose())
        };
        let found = relevance([[[1.0, 2.0]]], [[11.0]], product, Halves::new(0.0));
        assert_close(&found[0], &[3.0, 8.0]);
    }

    #[test]
    fn a_stabilizer_has_the_sign_of_the_product() {
        let product = |[a, b]: [Tensor<2>; 2]| a.matmul(b.transpose());
        let found = relevance(
            [[[1.0, 0.0]], [[-3.0, 1.0]]],
            [[1.0]],
            product,
            Halves::new(2.0),
        );
        // -3 / (2 · -3 - 2).
        assert_close(&found[0], &[3.0 / 8.0, 0.0]);
    }
}
