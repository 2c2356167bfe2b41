//! Any function: the mean of its derivative, by numerical integration.

use std::f64::consts::PI;
use std::sync::LazyLock;

use burn::tensor::Tensor;

use super::{settled, settled_for};
use crate::{AnyTensor, Rule, Step};

/// Enough to integrate a polynomial of degree 63 exactly.
const POINTS: usize = 32;

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
    static QUADRATURE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| gauss_legendre(POINTS));
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

/// Nodes in `[0, 1]` with their weights: the roots of the Legendre polynomial, by Newton's method.
fn gauss_legendre(points: usize) -> Vec<(f64, f64)> {
    let root = |index: usize| {
        let mut x = (PI * (index as f64 + 0.75) / (points as f64 + 0.5)).cos();
        for _ in 0..100 {
            let (value, slope) = legendre(points, x);
            x -= value / slope;
        }
        let (_, slope) = legendre(points, x);
        ((1.0 - x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..points).map(root).collect()
}

/// The Legendre polynomial of a degree, and its derivative, inside `(-1, 1)`.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for n in 2..=degree {
        let n = n as f64;
        (before, value) = (
            value,
            ((2.0 * n - 1.0) * x * value - (n - 1.0) * before) / n,
        );
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_points_are_those_of_gauss() {
        let [(high, w1), (low, w2)] = gauss_legendre(2).try_into().unwrap();
        // 1/2 ± 1 / (2 sqrt 3), with equal weights.
        let offset = 0.5 / 3.0_f64.sqrt();
        for (actual, expected) in [
            (low, 0.5 + offset),
            (high, 0.5 - offset),
            (w1, 0.5),
            (w2, 0.5),
        ] {
            assert!((actual - expected).abs() < 1e-14, "{actual} {expected}");
        }
    }

    #[test]
    fn high_powers_are_integrated_exactly() {
        let quadrature = gauss_legendre(POINTS);
        for degree in [0, 1, 20, 63] {
            let sum: f64 = quadrature.iter().map(|(x, w)| w * x.powi(degree)).sum();
            let exact = 1.0 / (f64::from(degree) + 1.0);
            assert!((sum - exact).abs() < 1e-14, "degree {degree}: {sum}");
        }
    }
}
