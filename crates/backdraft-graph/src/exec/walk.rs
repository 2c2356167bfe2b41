//! The walk over a graph's operations.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::Dispatch;
use burn::backend::ir::TensorId;
use burn::backend::tensor::{Device, FloatTensor};

use super::{Engine, Frame, Plan, Value, evaluate};
use crate::capture::panic_message;
use crate::graph::{Graph, Node, index};
use crate::op_name::op_name;
use crate::rules::{Reroute, Step};
use crate::{AnyTensor, Error};

/// A tensor during a run.
#[derive(Clone, Debug)]
pub(crate) enum Slot<B: Engine> {
    /// Needs no gradient: it lives on the plain backend.
    Plain(Value<B::InnerBackend>),
    /// Part of the backward pass.
    Tracked(FloatTensor<B>),
}

/// Where the gradient of an activation in the middle of the backward pass arrives.
type Tap = Arc<Mutex<Option<AnyTensor>>>;

/// A tensor whose gradient can be asked for after the backward pass.
#[derive(Debug)]
enum Probe<B: Engine> {
    /// The backward pass starts here: Burn keeps the gradient.
    Leaf(FloatTensor<B>),
    /// The backward pass goes on below: a tap keeps the gradient.
    Tap(Tap),
}

/// A finished forward pass: the kept tensors, and the way to the gradients.
#[derive(Debug)]
pub(crate) struct Execution<B: Engine> {
    pub(crate) kept: HashMap<TensorId, Slot<B>>,
    pub(crate) gradients: GradientProbes<B>,
}

/// Where the gradients of differentiated tensors are after the backward pass.
#[derive(Debug)]
pub(crate) struct GradientProbes<B: Engine>(HashMap<TensorId, Probe<B>>);

impl<B: Engine> GradientProbes<B> {
    /// The gradient of a differentiated tensor; `None` if nothing flowed to it.
    pub(crate) fn gradient(&self, tensor: TensorId, gradients: &B::Gradients) -> Option<AnyTensor> {
        match self.0.get(&tensor)? {
            Probe::Leaf(leaf) => Some(B::any(Value::Float(B::grad(leaf, gradients)?))),
            Probe::Tap(tap) => tap.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl<B: Engine> Slot<B> {
    /// The value, outside the backward pass.
    pub(crate) fn value(&self) -> AnyTensor {
        B::any(untrack(self.clone()))
    }
}

impl Slot<Dispatch> {
    /// The value, as part of the backward pass if it belongs to it.
    pub(crate) fn live(&self) -> AnyTensor {
        match self {
            Self::Plain(value) => Dispatch::any(value.clone()),
            Self::Tracked(tensor) => AnyTensor::from_dispatch(tensor.clone()),
        }
    }
}

/// Runs what the plan needs of the graph. `parameters` and `inputs` are in the graph's order.
pub(crate) fn execute<B: Engine>(
    graph: &Graph,
    plan: &Plan,
    parameters: &[AnyTensor],
    inputs: Vec<AnyTensor>,
    device: &Device<B::InnerBackend>,
) -> Result<Execution<B>, Error> {
    let mut walk = Walk::<B>::new(graph, plan, device);
    walk.load(parameters, inputs);
    for (node, needed) in graph.nodes.iter().zip(plan.needed(graph)) {
        if needed {
            walk.run(node)?;
        }
        walk.free(node);
    }
    Ok(walk.finish())
}

struct Walk<'a, B: Engine> {
    graph: &'a Graph,
    plan: &'a Plan,
    device: &'a Device<B::InnerBackend>,
    slots: Vec<Option<Slot<B>>>,
    kept: Vec<bool>,
    probes: HashMap<TensorId, Probe<B>>,
}

impl<'a, B: Engine> Walk<'a, B> {
    fn new(graph: &'a Graph, plan: &'a Plan, device: &'a Device<B::InnerBackend>) -> Self {
        let mut kept = vec![false; graph.tensor_count()];
        for &id in &plan.keep {
            kept[index(id)] = true;
        }
        Self {
            graph,
            plan,
            device,
            slots: (0..graph.tensor_count()).map(|_| None).collect(),
            kept,
            probes: HashMap::new(),
        }
    }

    fn load(&mut self, parameters: &[AnyTensor], inputs: Vec<AnyTensor>) {
        for (&id, &position) in &self.graph.parameters {
            self.slots[index(id)] = Some(Slot::Plain(B::value(parameters[position].clone())));
        }
        for (&id, value) in &self.graph.constants {
            self.slots[index(id)] = Some(Slot::Plain(B::value(value.clone())));
        }
        for (&id, value) in self.graph.inputs.iter().zip(inputs) {
            self.store(id, Slot::Plain(B::value(value)));
        }
        for (id, value) in &self.plan.replace {
            self.store(*id, Slot::Plain(B::value(value.clone())));
        }
    }

    fn run(&mut self, node: &Node) -> Result<(), Error> {
        let operands = self.operands(node);
        let run = AssertUnwindSafe(|| self.compute(node, operands));
        let outputs = catch_unwind(run).map_err(|payload| Error::Execution {
            op: op_name(&node.op),
            layer: node.name.clone(),
            message: panic_message(payload.as_ref()),
        })?;
        for (tensor, slot) in node.op.outputs().zip(outputs) {
            if !self.plan.replaces(tensor.id) {
                self.store(tensor.id, slot);
            }
        }
        Ok(())
    }

    /// The operands in the order in which the operation names them. One that is read for the last time
    /// is moved, so that the backend can reuse its memory.
    fn operands(&mut self, node: &Node) -> Vec<(TensorId, Slot<B>)> {
        let ids: Vec<TensorId> = node.op.inputs().map(|tensor| tensor.id).collect();
        (ids.iter().enumerate())
            .map(|(position, &id)| {
                let slot = &mut self.slots[index(id)];
                let last = node.frees.contains(&id)
                    && !self.kept[index(id)]
                    && !ids[position + 1..].contains(&id);
                let slot = if last { slot.take() } else { slot.clone() };
                (
                    id,
                    slot.expect("operands are computed before they are read"),
                )
            })
            .collect()
    }

    fn compute(&self, node: &Node, operands: Vec<(TensorId, Slot<B>)>) -> Vec<Slot<B>> {
        if operands
            .iter()
            .all(|(_, slot)| matches!(slot, Slot::Plain(_)))
        {
            let operands = (operands.into_iter())
                .map(|(id, slot)| (id, untrack(slot)))
                .collect();
            let outputs = evaluate(&node.op, &mut Frame::new(operands, self.device.clone()));
            return outputs.into_iter().map(Slot::Plain).collect();
        }
        if let Some(rule) = self.plan.rules.for_kind(node.kind) {
            return vec![self.compute_with_rule(node, operands, &rule)];
        }
        let operands = operands
            .into_iter()
            .map(|(id, slot)| (id, track::<B>(slot)))
            .collect();
        let outputs = evaluate::<B>(&node.op, &mut Frame::new(operands, self.device.clone()));
        outputs.into_iter().map(untrack_integers).collect()
    }

    /// Computes the output without a tape and attaches the rule as the only way back.
    fn compute_with_rule(
        &self,
        node: &Node,
        operands: Vec<(TensorId, Slot<B>)>,
        rule: &Arc<dyn crate::Rule>,
    ) -> Slot<B> {
        let values: Vec<_> = operands
            .iter()
            .map(|(id, slot)| (*id, untrack(slot.clone())))
            .collect();
        let outputs = evaluate(
            &node.op,
            &mut Frame::new(values.clone(), self.device.clone()),
        );
        let Some(Value::Float(output)) = outputs.into_iter().next() else {
            unreachable!("rules are attached to operations with a float output");
        };
        let step = Arc::new(Step {
            op: node.op.clone(),
            kind: node.kind,
            operands: values
                .into_iter()
                .map(|(id, value)| (id, B::any(value)))
                .collect(),
            output: B::any(Value::Float(output.clone())),
        });
        let mut result = B::from_inner(output);
        for (position, (_, slot)) in operands.into_iter().enumerate() {
            if let Slot::Tracked(operand) = slot {
                let (rule, step) = (Arc::clone(rule), Arc::clone(&step));
                let reroute =
                    Reroute::new(move |gradient| rule.gradient(&step, position, gradient));
                result = B::reroute(operand, result, reroute);
            }
        }
        Slot::Tracked(result)
    }

    /// Stores a tensor, with a probe where its gradient is asked for.
    fn store(&mut self, id: TensorId, slot: Slot<B>) {
        let differentiate = self.plan.differentiate.contains(&id);
        let slot = if differentiate {
            self.probe(id, slot)
        } else {
            slot
        };
        self.slots[index(id)] = Some(slot);
    }

    fn probe(&mut self, id: TensorId, slot: Slot<B>) -> Slot<B> {
        match slot {
            Slot::Plain(Value::Float(tensor)) => {
                let leaf = B::float_set_require_grad(B::from_inner(tensor), true);
                self.probes.insert(id, Probe::Leaf(leaf.clone()));
                Slot::Tracked(leaf)
            }
            Slot::Plain(value) => Slot::Plain(value),
            Slot::Tracked(tensor) => {
                let tap = Tap::default();
                self.probes.insert(id, Probe::Tap(Arc::clone(&tap)));
                let value = B::from_inner(B::inner(tensor.clone()));
                let keep = Reroute::new(move |gradient: AnyTensor| {
                    let mut kept = tap.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.replace(gradient.clone());
                    gradient
                });
                Slot::Tracked(B::reroute(tensor, value, keep))
            }
        }
    }

    fn free(&mut self, node: &Node) {
        for &id in &node.frees {
            if !self.kept[index(id)] {
                self.slots[index(id)] = None;
            }
        }
    }

    fn finish(mut self) -> Execution<B> {
        let kept = (self.plan.keep.iter())
            .filter_map(|&id| Some((id, self.slots[index(id)].take()?)))
            .collect();
        Execution {
            kept,
            gradients: GradientProbes(self.probes),
        }
    }
}

fn untrack<B: Engine>(slot: Slot<B>) -> Value<B::InnerBackend> {
    match slot {
        Slot::Plain(value) => value,
        Slot::Tracked(tensor) => Value::Float(B::inner(tensor)),
    }
}

fn track<B: Engine>(slot: Slot<B>) -> Value<B> {
    match slot {
        Slot::Plain(Value::Float(tensor)) => Value::Float(B::from_inner(tensor)),
        Slot::Plain(Value::Int(tensor)) => Value::Int(B::int_from_inner(tensor)),
        Slot::Plain(Value::Bool(tensor)) => Value::Bool(B::bool_from_inner(tensor)),
        Slot::Tracked(tensor) => Value::Float(tensor),
    }
}

fn untrack_integers<B: Engine>(value: Value<B>) -> Slot<B> {
    match value {
        Value::Float(tensor) => Slot::Tracked(tensor),
        Value::Int(tensor) => Slot::Plain(Value::Int(B::int_inner(tensor))),
        Value::Bool(tensor) => Slot::Plain(Value::Bool(B::bool_inner(tensor))),
    }
}
