//! Rules in place of derivatives: what they see of an operation, and how they enter the backward pass.

use std::panic::resume_unwind;
use std::sync::Arc;

use burn::backend::TensorMetadata;
use burn::backend::ir::{Conv2dOpIr, TensorId};
use burn::backend::tensor::FloatTensor;

use crate::backend::reroute::Reroute;
use crate::catch::catch;
use crate::exec::linear::image_gradient;
use crate::exec::reference::ReferenceStep;
use crate::exec::slot::Slot;
use crate::exec::{Engine, Value};
use crate::ir::node::Node;
use crate::ir::op_name::label;
use crate::rules::Step;
use crate::schedule::Task;
use crate::{AnyTensor, OperandRole, PassError, Rule};

/// What a rule sees of an operation.
pub(super) fn step<B: Engine>(
    task: &Task<'_>,
    operands: Vec<(TensorId, Value<B::InnerBackend>)>,
    output: FloatTensor<B::InnerBackend>,
) -> Step {
    let operands = operands.into_iter();
    Step {
        op: task.op().clone(),
        kind: task.node.kind,
        layer: task.node.name.clone(),
        operands: operands.map(|(id, value)| (id, B::any(value))).collect(),
        output: B::any(Value::Float(output)),
        roles: task.roles.clone(),
        references: None,
        reference_output: None,
        producer: None,
    }
}

/// What a rule sees of a rectifier that is computed with the layer before it: the output alone.
fn rectifier_step(node: &Node, output: AnyTensor) -> Step {
    Step {
        op: node.op.clone(),
        kind: node.kind,
        layer: node.name.clone(),
        operands: Vec::new(),
        output,
        roles: vec![OperandRole::Tracked],
        references: None,
        reference_output: None,
        producer: None,
    }
}

/// The output of a convolution with its rectifier, whose gradient flows back by the rule through the rectifier and by
/// the derivative through the convolution, of whose image nothing but the shape is kept.
pub(super) fn attach_to_convolution<B: Engine>(
    rectifier: &Node,
    rule: &Arc<dyn Rule>,
    op: &Conv2dOpIr,
    [image, weight]: [Slot<B>; 2],
    output: FloatTensor<B::InnerBackend>,
) -> Slot<B> {
    let Slot::Tracked(image) = image else {
        unreachable!("a gradient flows to the image");
    };
    let step = rectifier_step(rectifier, B::any(Value::Float(output.clone())));
    let (rule, op, shape) = (Arc::clone(rule), op.clone(), image.shape());
    let weight = weight.value();
    let reroute = Reroute::new(move |gradient| {
        let gradient = by_rule(&*rule, &step, 0, gradient).into_dispatch();
        let weight = weight.clone().into_dispatch();
        AnyTensor::from_dispatch(image_gradient(&op, weight, shape.clone(), gradient))
    });
    Slot::Tracked(B::reroute(image, B::from_inner(output), reroute))
}

/// The gradient that flows to an operand by a rule. A panic of the rule goes on as the error that says so: Burn's
/// backward pass has no other way out.
fn by_rule(rule: &dyn Rule, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
    catch(|| rule.gradient(step, operand, gradient)).unwrap_or_else(|panic| {
        resume_unwind(Box::new(PassError::RuleFailed {
            rule: format!("{rule:?}"),
            op: label(&step.op, step.kind),
            layer: step.layer.clone(),
            message: panic.message,
        }))
    })
}

/// What a rule sees of it at the reference.
pub(super) fn at_reference<B: Engine>(
    step: &mut Step,
    reference: &ReferenceStep<B::InnerBackend>,
    output: usize,
) {
    let operands = reference.operands.iter().cloned();
    step.references = Some(operands.map(B::any).collect());
    step.reference_output = reference.outputs.get(output).cloned().map(B::any);
}

/// The output of an operation, whose gradient flows back to the operands by a rule.
pub(super) fn attach<B: Engine>(
    step: Step,
    rule: &Arc<dyn Rule>,
    operands: &[(TensorId, Slot<B>)],
    output: FloatTensor<B::InnerBackend>,
) -> Slot<B> {
    let step = Arc::new(step);
    let mut result = B::from_inner(output);
    for (position, (_, slot)) in operands.iter().enumerate() {
        if let Slot::Tracked(operand) = slot {
            let (rule, step) = (Arc::clone(rule), Arc::clone(&step));
            let reroute = Reroute::new(move |gradient| by_rule(&*rule, &step, position, gradient));
            result = B::reroute(operand.clone(), result, reroute);
        }
    }
    Slot::Tracked(result)
}
