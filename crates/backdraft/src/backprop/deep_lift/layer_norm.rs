//! Layer normalization.

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::backend::ir::{ModuleOperationIr, OperationIr};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::average::average;
use crate::backprop::deep_lift::normalization::{mixed, reference_part};
use crate::backprop::deep_lift::reference_step::{ReferenceStep, several_vary};

/// `y = c r γ + β` with `c = x - mean(x)`, `r = 1 / sqrt(v + ε)`, `v = mean(c²)`. With the part `q` of the reference's
/// factor, one half where the deviations are alike (see [`Normalization`](super::normalization::Normalization), which
/// says why the sum is bounded),
///
/// ```text
/// Δ(c r) = [(1 - q) r + q r0] Δc + [q c + (1 - q) c0] Δr,
/// Δr = -r² r0² / (r + r0) · Δv,   Δv = mean((c + c0) Δc).
/// ```
///
/// All three are exact, and need no threshold.
#[derive(Debug)]
pub(super) struct LayerNorm;

impl Rule for LayerNorm {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let OperationIr::Module(ModuleOperationIr::LayerNorm(op)) = step.op() else {
            unreachable!("layer normalization is a module's operation");
        };
        if several_vary(step.roles()) || operand != 0 {
            return average(step, operand, gradient);
        }
        let shape = gradient.shape();
        let features = shape[shape.num_dims() - 1];
        let sizes = [shape.num_elements() / features, features];
        let epsilon = op.epsilon.elem();
        let (c, r) = normalization(step.operand(0).reshape(sizes), epsilon);
        let (c0, r0) = normalization(step.reference_operand(0).reshape(sizes), epsilon);
        let part = reference_part(&r, &r0);
        let slope = -(r.clone() * r0.clone()).powi_scalar(2) / (r.clone() + r0.clone());
        let factor = mixed(r, r0, part.clone());
        let by_factor = mixed(c0.clone(), c.clone(), part);
        let gradient = gradient.reshape(sizes) * step.operand(1).reshape([1, features]);
        let to_variance = (gradient.clone() * by_factor).sum_dim(1) * slope;
        let centered = gradient * factor + (c + c0) * to_variance / features as f64;
        let multipliers = centered.clone() - centered.mean_dim(1);
        AnyTensor::from(multipliers).reshape_to(shape)
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// The centered rows, and the reciprocal of their deviation.
fn normalization(x: Tensor<2>, epsilon: f64) -> (Tensor<2>, Tensor<2>) {
    let centered = x.clone() - x.mean_dim(1);
    let variance = centered.clone().powi_scalar(2).mean_dim(1);
    (centered, (variance + epsilon).sqrt().recip())
}
