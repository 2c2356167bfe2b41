//! The biases of a network, noted where a backward pass meets them.
//!
//! Every rule here passes the ordinary gradient on. What it notes is the part of an operation's output `y` that isn't the
//! derivative times the operand, `y - J x`, and the gradient that arrives there.

use std::sync::{Arc, Mutex, PoisonError};

use backdraft_graph::{AnyTensor, Derivative, OpKind, OperandRole, Rule, RuleMap, Step};
use burn::backend::ir::{
    FloatOperationIr as Float, ModuleOperationIr as Module, NumericOperationIr as Numeric,
    OperationIr,
};

use crate::Error;
use crate::gradient::full_grad::bias_gradient::BiasGradient;
use crate::gradient::full_grad::error::FullGradError;
use crate::inputs::rows::zip;

/// What the rules of one backward pass note.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(Arc<Mutex<Found>>);

#[derive(Debug, Default)]
struct Found {
    biases: Vec<BiasGradient>,
    refused: Option<FullGradError>,
}

impl Notes {
    /// The biases in the order in which the backward pass met them.
    pub(super) fn biases(self) -> Result<Vec<BiasGradient>, Error> {
        let found = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        match found.refused {
            Some(error) => Err(error.into()),
            None => Ok(found.biases),
        }
    }

    fn add(&self, step: &Step, gradient: AnyTensor, contribution: AnyTensor) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.biases.push(BiasGradient {
            layer: step.layer().to_owned(),
            gradient,
            contribution,
        });
    }

    fn refuse(&self, step: &Step) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found
            .refused
            .get_or_insert_with(|| FullGradError::NotLinear {
                layer: step.layer().to_owned(),
                op: format!("{:?}", step.kind()),
            });
    }

    /// The rules for every operation.
    pub(super) fn rules(&self) -> RuleMap {
        let notes = || self.clone();
        RuleMap::new()
            .by(
                |node| is_unlike_its_kind(node.op()),
                Refused(notes(), |_| true),
            )
            .by(|node| is_quotient(node.op()), Refused(notes(), divides))
            .by(|node| is_padding(node.op()), Affine(notes()))
            .by_kinds(
                [
                    OpKind::Convolution,
                    OpKind::TransposedConvolution,
                    OpKind::Linear,
                ],
                Weighted(notes()),
            )
            .by_kinds([OpKind::BatchNorm, OpKind::Affine], Affine(notes()))
            .by_kinds(
                [OpKind::Add, OpKind::Choice, OpKind::Shape],
                WithConstant(Affine(notes())),
            )
            .by_kinds(
                [OpKind::Relu6, OpKind::Activation, OpKind::Elementwise],
                OfElements(notes()),
            )
            .by_kinds(
                [OpKind::Multiply, OpKind::MatMul],
                Refused(notes(), is_product),
            )
            .by_kinds(HOMOGENEOUS, Derivative)
            .by(|_| true, Refused(notes(), |_| true))
    }
}

/// The kinds of operations that are their derivative times their operand.
const HOMOGENEOUS: [OpKind; 7] = [
    OpKind::Relu,
    OpKind::LeakyRelu,
    OpKind::PRelu,
    OpKind::MaxPool,
    OpKind::AveragePool,
    OpKind::Reduction,
    OpKind::Maximum,
];

/// Offsets of a deformable convolution are no weights.
fn is_unlike_its_kind(op: &OperationIr) -> bool {
    matches!(op, OperationIr::Module(Module::DeformableConv2d(_)))
        || matches!(
            op,
            OperationIr::Float(_, Float::Powf(_) | Float::Hypot(_) | Float::ArcTan2(_))
        )
}

fn is_quotient(op: &OperationIr) -> bool {
    matches!(op, OperationIr::NumericFloat(_, Numeric::Div(_)))
}

fn is_padding(op: &OperationIr) -> bool {
    matches!(op, OperationIr::NumericFloat(_, Numeric::Pad(_)))
}

fn divides(operands: &[OperandRole]) -> bool {
    operands.get(1) == Some(&OperandRole::Tracked)
}

fn is_product(operands: &[OperandRole]) -> bool {
    let tracked = |&&role: &&OperandRole| role == OperandRole::Tracked;
    operands.iter().filter(tracked).count() > 1
}

/// The operand for which an operation is noted, so that it is once.
fn is_first(step: &Step, operand: usize) -> bool {
    (0..operand).all(|earlier| !step.is_tracked(earlier))
}

/// A layer with weights: its bias is an operand.
#[derive(Debug)]
struct Weighted(Notes);

const WEIGHT: usize = 1;
const BIAS: usize = 2;

impl Rule for Weighted {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        if step.is_tracked(WEIGHT) {
            self.0.refuse(step);
        } else {
            let bias = by_channel(step).expand_to(gradient.shape());
            self.0
                .add(step, gradient.clone(), zip(&gradient, &bias, |g, b| g * b));
        }
        step.derivative(operand, gradient)
    }

    fn applies(&self, operands: &[OperandRole]) -> bool {
        let bias = operands.get(BIAS);
        operands[WEIGHT] == OperandRole::Tracked
            || bias.is_some_and(|&role| role != OperandRole::Tracked)
    }
}

/// The bias with its channels in the dimension where the output has them.
fn by_channel(step: &Step) -> AnyTensor {
    let bias = step.operand(BIAS);
    let rank = step.output().shape().num_dims();
    let mut shape = vec![1; rank];
    let channels = if step.kind() == OpKind::Linear {
        rank - 1
    } else {
        1
    };
    shape[channels] = bias.shape().num_elements();
    bias.reshape_to(shape)
}

/// An operation that is affine in all its tracked operands together: its bias is what it gives for zeros.
#[derive(Debug)]
struct Affine(Notes);

impl Rule for Affine {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        if is_first(step, operand) {
            let tracked = (0..step.operand_count()).filter(|&it| step.is_tracked(it));
            let zeros: Vec<_> = tracked
                .map(|it| (it, zeros_like(&step.operand(it))))
                .collect();
            let bias = step.output_with(&zeros);
            if bias.flat().abs().max().into_scalar::<f32>() != 0.0 {
                let contribution = zip(&gradient, &bias, |g, b| g * b);
                self.0.add(step, gradient.clone(), contribution);
            }
        }
        step.derivative(operand, gradient)
    }
}

fn zeros_like(tensor: &AnyTensor) -> AnyTensor {
    AnyTensor::from(tensor.flat().zeros_like()).reshape_to(tensor.shape())
}

/// The same where another operand is constant; without, there is no bias.
#[derive(Debug)]
struct WithConstant(Affine);

impl Rule for WithConstant {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        self.0.gradient(step, operand, gradient)
    }

    fn applies(&self, operands: &[OperandRole]) -> bool {
        operands.iter().any(|&role| role != OperandRole::Tracked)
    }
}

/// A function of each element: its bias is where the tangent meets the axis.
#[derive(Debug)]
struct OfElements(Notes);

impl Rule for OfElements {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let passed = step.derivative(operand, gradient.clone());
        let x = step.operand(operand);
        if is_product(step.roles()) || x.shape() != gradient.shape() {
            self.0.refuse(step);
            return passed;
        }
        let whole = zip(&gradient, &step.output(), |g, y| g * y);
        // Where nothing passes, the operand may be infinite.
        let by_operand = zip(&passed, &x, |p, x| {
            let nothing = p.clone().equal_elem(0.0);
            (p * x).mask_fill(nothing, 0.0)
        });
        self.0
            .add(step, gradient, zip(&whole, &by_operand, |y, x| y - x));
        passed
    }
}

/// An operation that has no bias of its own, where the predicate says so.
#[derive(Debug)]
struct Refused(Notes, fn(&[OperandRole]) -> bool);

impl Rule for Refused {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        self.0.refuse(step);
        step.derivative(operand, gradient)
    }

    fn applies(&self, operands: &[OperandRole]) -> bool {
        self.1(operands)
    }
}
