//! Any function: the mean of its derivative, by numerical integration.

use std::num::NonZeroUsize;
use std::sync::LazyLock;

use backdraft_graph::{AnyTensor, Rule, Step};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::slope::{settled, settled_for};
use crate::path::Quadrature;

/// Enough to integrate a polynomial of degree 63 exactly.
const POINTS: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// The principle itself, for operations without a closed form.
#[derive(Debug)]
pub(super) struct Average;

impl Rule for Average {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        average(step, operand, gradient)
    }

    fn needs_reference(&self) -> bool {
        true
    }
}

/// The mean of the derivative along the line on which all float operands move together.
pub(super) fn average(step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
    static QUADRATURE: LazyLock<Vec<(f64, f64)>> =
        LazyLock::new(|| Quadrature::GaussLegendre.points(POINTS));
    let shape = step.operand(operand).shape();
    let lines: Vec<_> = (step.moving_floats())
        .map(|position| {
            let start = step.reference_operand(position);
            (position, start, step.operand_change(position))
        })
        .collect();
    let weighted = QUADRATURE.iter().map(|&(at, weight)| {
        let point = |(position, start, change): &(usize, AnyTensor, Tensor<1>)| {
            let moved = AnyTensor::from(start.flat() + change.clone() * at);
            (*position, moved.reshape_to(start.shape()))
        };
        let operands: Vec<_> = lines.iter().map(point).collect();
        let derivative = step.derivative_with(&operands, operand, gradient.clone());
        settled(derivative.flat()) * weight
    });
    let sum = weighted.reduce(|sum, next| sum + next);
    let mean = settled_for(sum.expect("there are points"), &gradient);
    AnyTensor::from(mean).reshape_to(shape)
}
