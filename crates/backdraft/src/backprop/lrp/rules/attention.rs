//! Scaled dot-product attention that is one operation.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{AttentionOpIr, ModuleOperationIr as Module, OperationIr};
use burn::tensor::Tensor;

use crate::backprop::attention_scores::{KEY, QUERY, Scores, VALUE, capped, matrices, scale};
use crate::backprop::lrp::rules::softmax::linearized;
use crate::backprop::lrp::stabilizer::per_unit;
use crate::backprop::probabilities::probabilities;

/// The rules for the parts of `softmax(mask(cap(q kᵀ scale)) + bias) v`, for attention that Burn computes as one operation:
/// [halves](crate::lrp::rules::Halves) for both products, [`Softmax`](crate::lrp::rules::Softmax),
/// [`norm`](crate::lrp::rules::norm) for the added bias; the cap and the scale pass relevance, a masked score has none.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    stabilizer: f64,
    has_constant_weights: bool,
}

impl Attention {
    /// The rule with what is added to denominators.
    pub fn new(stabilizer: f64) -> Self {
        Self {
            stabilizer,
            has_constant_weights: false,
        }
    }

    /// The rule with attention weights as constants: all relevance to the values.
    #[must_use]
    pub fn with_constant_weights(mut self) -> Self {
        self.has_constant_weights = true;
        self
    }
}

impl Rule for Attention {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let OperationIr::Module(Module::Attention(op)) = step.op() else {
            panic!("it is for attention that is one operation");
        };
        let forward = Forward::new(step, op, *self);
        let relevance = matrices(&gradient);
        let relevance = match operand {
            VALUE => forward.of_values(relevance),
            _ if self.has_constant_weights => matrices(&step.operand(operand)).zeros_like(),
            QUERY => forward.of_queries(relevance),
            KEY => forward.of_keys(relevance),
            _bias => forward.of_bias(relevance),
        };
        AnyTensor::from(relevance).sum_to(&step.operand(operand).shape())
    }
}

/// What attention computed, and how relevance goes back through it.
struct Forward<'a> {
    step: &'a Step,
    op: &'a AttentionOpIr,
    rule: Attention,
    scores: Scores,
    weights: Tensor<4>,
}

impl<'a> Forward<'a> {
    fn new(step: &'a Step, op: &'a AttentionOpIr, rule: Attention) -> Self {
        let scores = Scores::new(op, |position| step.operand(position));
        Self {
            step,
            op,
            rule,
            weights: probabilities(scores.logits.clone(), 3),
            scores,
        }
    }

    fn operand(&self, position: usize) -> Tensor<4> {
        matrices(&self.step.operand(position))
    }

    /// Whether relevance flows to the weights.
    fn has_weights(&self) -> bool {
        let others = (0..self.step.operand_count()).filter(|&position| position != VALUE);
        let mut tracked = others.filter(|&position| self.step.is_tracked(position));
        !self.rule.has_constant_weights && tracked.next().is_some()
    }

    /// The relevance of a product's output by its size, for one of its factors.
    fn per_product(&self, relevance: Tensor<4>, output: Tensor<4>, is_shared: bool) -> Tensor<4> {
        let factors = if is_shared { 2.0 } else { 1.0 };
        let shape = output.dims();
        let output = output.reshape([-1]) * factors;
        per_unit(relevance.reshape([-1]), output, self.rule.stabilizer).reshape(shape)
    }

    fn of_values(&self, relevance: Tensor<4>) -> Tensor<4> {
        let output = matrices(&self.step.output());
        let per_output = self.per_product(relevance, output, self.has_weights());
        self.operand(VALUE) * self.weights.clone().swap_dims(2, 3).matmul(per_output)
    }

    /// The relevance of what softmax sees.
    fn of_logits(&self, relevance: Tensor<4>) -> Tensor<4> {
        let output = matrices(&self.step.output());
        let per_output = self.per_product(relevance, output, self.step.is_tracked(VALUE));
        let of_weights =
            self.weights.clone() * per_output.matmul(self.operand(VALUE).swap_dims(2, 3));
        linearized(
            self.scores.logits.clone(),
            self.weights.clone(),
            of_weights,
            3,
        )
    }

    fn of_bias(&self, relevance: Tensor<4>) -> Tensor<4> {
        let logits = self.scores.logits.clone();
        let capped = capped(self.op, self.scores.raw.clone());
        let bias = (logits.clone() - capped).mask_fill(self.scores.masked.clone(), 0.0);
        bias * self.per_product(self.of_logits(relevance), logits, false)
    }

    /// The relevance of the scores, by their size, for one of their factors.
    fn per_score(&self, relevance: Tensor<4>) -> Tensor<4> {
        let mut of_scores = self.of_logits(relevance);
        if self.op.attn_bias.is_some() {
            let capped = capped(self.op, self.scores.raw.clone());
            let logits = self.scores.logits.clone();
            of_scores = self.per_product(of_scores, logits, false) * capped;
        }
        let products = self.scores.raw.clone() / scale(self.op);
        let is_shared = self.step.is_tracked(QUERY) && self.step.is_tracked(KEY);
        let per_score = self.per_product(of_scores, products, is_shared);
        per_score.mask_fill(self.scores.masked.clone(), 0.0)
    }

    fn of_queries(&self, relevance: Tensor<4>) -> Tensor<4> {
        self.operand(QUERY) * self.per_score(relevance).matmul(self.operand(KEY))
    }

    fn of_keys(&self, relevance: Tensor<4>) -> Tensor<4> {
        let per_score = self.per_score(relevance).swap_dims(2, 3);
        self.operand(KEY) * per_score.matmul(self.operand(QUERY))
    }
}

#[cfg(test)]
mod tests {
    use crate::{AnyTensor, Class, Composite, Lrp, Method, Network};
    use burn::nn::Linear;
    use burn::tensor::activation::softmax;
    use burn::tensor::module::attention;
    use burn::tensor::ops::AttentionModuleOptions;
    use burn::tensor::{Bool, Device, Distribution, Int, Tensor, Tolerance};

    /// Queries, keys, values, and a bias of the scores.
    type Operands = (Tensor<4>, Tensor<4>, Tensor<4>, Tensor<4>);

    const SCALE: f64 = 0.4;
    const CAP: f64 = 1.5;

    fn fused((q, k, v, bias): Operands) -> Tensor<2> {
        let options = AttentionModuleOptions {
            scale: Some(SCALE),
            softcap: Some(CAP),
            is_causal: false,
        };
        let mask = mask(&bias);
        attention(q, k, v, Some(mask), Some(bias), options).flatten(1, 3)
    }

    fn written_out((q, k, v, bias): Operands) -> Tensor<2> {
        let scores = q.matmul(k.transpose()) * SCALE;
        let capped = (scores / CAP).tanh() * CAP;
        let masked = capped.mask_fill(mask(&bias), f32::NEG_INFINITY);
        softmax(masked + bias, 3).matmul(v).flatten(1, 3)
    }

    /// The last key, and for the first query of all heads the first one.
    fn mask(bias: &Tensor<4>) -> Tensor<4, Bool> {
        let [_, _, queries, keys] = bias.dims();
        let places = Tensor::<1, Int>::arange(0..(queries * keys) as i64, &bias.device());
        let places = places.reshape([1, 1, queries, keys]).expand(bias.dims());
        let last = places
            .clone()
            .remainder_scalar(keys as i64)
            .equal_elem(keys as i64 - 1);
        last.bool_or(places.equal_elem(0))
    }

    #[test]
    fn it_is_what_the_parts_give() {
        let device = Device::flex();
        device.seed(3);
        let random = |shape| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let operands = (
            random([1, 2, 3, 4]),
            random([1, 2, 5, 4]),
            random([1, 2, 5, 6]),
            random([1, 2, 3, 5]),
        );
        for composite in [Composite::attn_lrp(1e-6), Composite::cp_lrp(1e-6)] {
            let explain = |forward: fn(Operands) -> Tensor<2>, operations| -> Vec<AnyTensor> {
                let forward = move |_: &Vec<Linear>, operands| forward(operands);
                let net = Network::capture(&Vec::new(), operands.clone(), forward).unwrap();
                let layers = net.layers().into_iter();
                let attention = layers.filter(|layer| layer.op() == "Attention");
                assert_eq!(attention.count(), operations);
                let method = Lrp::with_composite(composite.clone());
                let explained = method.attribute(&net, operands.clone(), Class(7)).unwrap();
                explained.values().to_vec()
            };
            let pairs = explain(fused, 1).into_iter().zip(explain(written_out, 0));
            for (fused, written_out) in pairs {
                let [fused, written_out] = [fused, written_out].map(|t| t.flat().into_data());
                fused.assert_approx_eq::<f32>(&written_out, Tolerance::rel_abs(1e-4, 1e-6));
            }
        }
    }
}
