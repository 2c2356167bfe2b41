//! Layer normalization.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{ModuleOperationIr as Module, OperationIr};

use crate::backprop::lrp::rules::Only;
use crate::backprop::lrp::stabilizer::per_unit;

/// The rule for layer normalization `y = γ (x - mean) / σ + β`: the epsilon rule with the deviation `σ` as a constant.
///
/// ```text
/// R_x = x · ∂y/∂x [R / (y + ε sign(y))],     σ fixed
/// ```
///
/// Ali et al., [*XAI for Transformers*](https://arxiv.org/abs/2202.07304), 2022, and Achtibat et al.,
/// [*AttnLRP*](https://arxiv.org/abs/2402.05602), 2024. Relevance leaks into the shift `β`. Normalizations that are written as
/// several operations (RMS, group and instance normalization) have the same rule by the
/// [fact](backdraft_graph::Fact::NormalizationStatistic) that says which factor is their statistic.
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm {
    stabilizer: f64,
}

impl LayerNorm {
    /// The rule with what is added to denominators. A computed scale or shift gets nothing.
    pub fn new(stabilizer: f64) -> Only<Self> {
        Only::operand(0, Self { stabilizer })
    }
}

impl Rule for LayerNorm {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let OperationIr::Module(Module::LayerNorm(op)) = step.op() else {
            panic!("it is for layer normalization that is one operation");
        };
        let shape = gradient.shape();
        let features = shape[shape.num_dims() - 1];
        let rows = [shape.num_elements() / features, features];
        let per_output = per_unit(gradient.flat(), step.output().flat(), self.stabilizer);
        let x = step.operand(operand).reshape(rows);
        let centered = x.clone() - x.clone().mean_dim(1);
        let variance = centered.powi_scalar(2).mean_dim(1);
        let deviation = (variance + op.epsilon.elem::<f64>()).sqrt();
        let scale = step.operand(1).reshape([1, features]);
        let slopes = per_output.reshape(rows) * scale / deviation;
        let relevance = x * (slopes.clone() - slopes.mean_dim(1));
        AnyTensor::from(relevance).reshape_to(shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop::lrp::rules::testing::{assert_close, relevance_in};
    use burn::module::Param;
    use burn::nn::{LayerNorm as Layer, LayerNormConfig};
    use burn::tensor::{Device, Tensor};

    #[test]
    fn the_deviation_is_a_constant() {
        let mut layer: Layer = LayerNormConfig::new(2)
            .with_epsilon(0.0)
            .init(&Device::flex());
        layer.gamma = Param::from_data([1.0, 2.0], &Device::flex());
        let forward = |layer: &Layer, [x]: [Tensor<2>; 1]| layer.forward(x);
        let rule = LayerNorm::new(0.0);
        let found = relevance_in(&layer, [[[1.0, 3.0]]], [[1.0, 4.0]], forward, rule);
        // The output is [-1, 2], with slopes [-1, 4] about their mean: nothing is lost.
        assert_close(&found[0], &[-2.5, 7.5]);
    }
}
