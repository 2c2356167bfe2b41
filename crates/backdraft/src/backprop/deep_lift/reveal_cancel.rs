//! The `RevealCancel` rule: positive and negative contributions apart.

use backdraft_graph::{AnyTensor, OpKind, Rule, Step};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::reference_step::ReferenceStep;
use crate::backprop::deep_lift::rescale::rescale;
use crate::backprop::deep_lift::slope::{per_change, settled};

/// At a nonlinearity `f` after a linear layer, the layer's change is split by the sign of its terms `w Δ`, into
/// `Δx⁺` and `Δx⁻`, and each gets the part of `Δf` that it makes, averaged over both orders in which they can
/// come:
///
/// ```text
/// Δf⁺ = 1/2 [f(x0 + Δx⁺) - f(x0)] + 1/2 [f(x0 + Δx⁻ + Δx⁺) - f(x0 + Δx⁻)]
/// ```
///
/// and `Δf⁻` likewise. The multipliers `m Δf⁺ / Δx⁺` and `m Δf⁻ / Δx⁻` then flow to the layer's operand, each
/// through the terms of its sign. Elsewhere this is the Rescale rule.
#[derive(Debug)]
pub(super) struct RevealCancel {
    pub(super) threshold: f64,
}

impl Rule for RevealCancel {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let threshold = self.threshold;
        match step.producer() {
            Some(producer) if step.operand(operand).shape() == gradient.shape() => {
                reveal(step, producer, gradient, threshold)
            }
            producer => {
                let gradient = rescale(step, operand, gradient, threshold);
                through(producer, gradient)
            }
        }
    }

    fn needs_reference(&self) -> bool {
        true
    }

    fn reaches_through(&self) -> bool {
        true
    }
}

/// From the output of a layer to its operand, by the ordinary derivative.
fn through(producer: Option<&Step>, gradient: AnyTensor) -> AnyTensor {
    match producer {
        Some(layer) => through(layer.producer(), layer.derivative(0, gradient)),
        None => gradient,
    }
}

/// Something of the positive and of the negative terms.
struct Signed {
    positive: Tensor<1>,
    negative: Tensor<1>,
}

fn reveal(step: &Step, producer: &Step, gradient: AnyTensor, threshold: f64) -> AnyTensor {
    let (layer, scale) = match (producer.kind(), producer.producer()) {
        (OpKind::BatchNorm, Some(layer)) => (layer, Some(channel_scale(producer))),
        _ => (producer, None),
    };
    let scaled = |terms: Signed| match &scale {
        Some(scale) => terms.times(scale.clone()),
        None => terms,
    };
    let changes = scaled(terms_of(layer));
    let multipliers = scaled(multipliers(step, &changes, gradient.flat(), threshold));
    to_operand(layer, &multipliers)
}

impl Signed {
    /// Where the factor is negative, positive terms become negative ones.
    fn times(self, factor: Tensor<1>) -> Self {
        let (up, down) = (factor.clone().clamp_min(0.0), factor.clamp_max(0.0));
        Self {
            positive: self.positive.clone() * up.clone() + self.negative.clone() * down.clone(),
            negative: self.negative * up + self.positive * down,
        }
    }
}

/// The factor of a batch normalization with fixed statistics, for each element.
fn channel_scale(normalization: &Step) -> Tensor<1> {
    let output = normalization.output();
    let ones = AnyTensor::from(output.flat().ones_like()).reshape_to(output.shape());
    normalization.derivative(0, ones).flat()
}

/// The sums of a layer's positive and negative terms `w Δ`.
fn terms_of(layer: &Step) -> Signed {
    let (up, down) = parts(layer.operand_change(0));
    let weights = [weight(layer, true), weight(layer, false)];
    let sum = |change: &Tensor<1>, weight: &AnyTensor| {
        let change = AnyTensor::from(change.clone()).reshape_to(layer.operand(0).shape());
        let mut operands = vec![(0, change), (1, weight.clone())];
        if layer.operand_count() > 2 {
            let bias = layer.operand(2);
            let zero = AnyTensor::from(bias.flat().zeros_like());
            operands.push((2, zero.reshape_to(bias.shape())));
        }
        layer.output_with(&operands).flat()
    };
    let [w_up, w_down] = &weights;
    Signed {
        positive: sum(&up, w_up) + sum(&down, w_down),
        negative: sum(&up, w_down) + sum(&down, w_up),
    }
}

/// What arrives at the nonlinearity, shared between the two changes of its operand.
fn multipliers(step: &Step, changes: &Signed, gradient: Tensor<1>, threshold: f64) -> Signed {
    let shape = step.operand(0).shape();
    let start = step.reference_operand(0).flat();
    let f = |x: Tensor<1>| {
        let x = AnyTensor::from(x).reshape_to(shape.clone());
        step.output_with(&[(0, x)]).flat()
    };
    let (up, down) = (changes.positive.clone(), changes.negative.clone());
    let (before, after) = (
        f(start.clone()),
        f(start.clone() + up.clone() + down.clone()),
    );
    let (risen, fallen) = (f(start.clone() + up.clone()), f(start + down.clone()));
    let ones = AnyTensor::from(gradient.ones_like()).reshape_to(shape.clone());
    let slope = step.derivative(0, ones.clone()).flat();
    let reference = (0, step.reference_operand(0));
    let slope = settled(slope + step.derivative_with(&[reference], 0, ones).flat()) / 2.0;
    let slope_of = |first: Tensor<1>, second: Tensor<1>, change: Tensor<1>| {
        let change_of_output = (first + second) / 2.0;
        gradient.clone() * per_change(change_of_output, change, slope.clone(), threshold)
    };
    Signed {
        positive: slope_of(
            risen.clone() - before.clone(),
            after.clone() - fallen.clone(),
            up,
        ),
        negative: slope_of(fallen - before, after - risen, down),
    }
}

/// Each operand's multiplier, through the terms that its change has: with a rising operand, positive terms
/// are those of positive weights. One that doesn't move has the mean of both.
fn to_operand(layer: &Step, multipliers: &Signed) -> AnyTensor {
    let shape = layer.operand(0).shape();
    let through = |positive: bool, multipliers: &Tensor<1>| {
        let multipliers = AnyTensor::from(multipliers.clone());
        let multipliers = multipliers.reshape_to(layer.output().shape());
        let weight = (1, weight(layer, positive));
        layer.derivative_with(&[weight], 0, multipliers).flat()
    };
    let (m_up, m_down) = (&multipliers.positive, &multipliers.negative);
    let rising = through(true, m_up) + through(false, m_down);
    let falling = through(false, m_up) + through(true, m_down);
    let change = layer.operand_change(0);
    let still = (rising.clone() + falling.clone()) / 2.0;
    let moving = still.mask_where(change.clone().greater_elem(0.0), rising);
    let moving = moving.mask_where(change.lower_elem(0.0), falling);
    AnyTensor::from(moving).reshape_to(shape)
}

/// A layer's positive or negative weights.
fn weight(layer: &Step, positive: bool) -> AnyTensor {
    let weight = layer.operand(1);
    let (up, down) = parts(weight.flat());
    AnyTensor::from(if positive { up } else { down }).reshape_to(weight.shape())
}

fn parts(values: Tensor<1>) -> (Tensor<1>, Tensor<1>) {
    (values.clone().clamp_min(0.0), values.clamp_max(0.0))
}
