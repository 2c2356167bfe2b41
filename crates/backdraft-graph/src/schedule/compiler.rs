//! What a run does with each operation, one after the other.

use std::sync::Arc;

use burn::backend::ir::{ActivationOperationIr, OperationIr, TensorId, TensorIr};

use crate::ir::graph::index;
use crate::ir::node::Node;
use crate::ir::program::Program;
use crate::rules::{Places, Rule};
use crate::schedule::fused_op::FusedOp;
use crate::schedule::request::Request;
use crate::schedule::roles::{is_linear_layer, varies_first_only};
use crate::schedule::task::{Mode, Read, Task};
use crate::{OpKind, OperandRole, PassError};

/// What a request says of one tensor.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub(super) kept: bool,
    pub(super) differentiated: bool,
    pub(super) replaced: bool,
}

impl Asked {
    pub(super) fn anything(self) -> bool {
        self.kept || self.differentiated || self.replaced
    }
}

/// What is known of one tensor.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) asked: Asked,
    /// Part of the backward pass.
    pub(super) tracked: bool,
    /// Computed by a layer that a rule may reach through.
    produced_by: Option<OpKind>,
}

impl Marks {
    /// Asks for the gradient, or not.
    pub(super) fn differentiate(&mut self, asked: bool) {
        self.asked.differentiated = asked;
        self.tracked = asked;
    }
}

/// A schedule in the making.
pub(super) struct Compiler<'g> {
    pub(super) graph: &'g Program,
    pub(super) request: &'g Request,
    places: Places<'g>,
    pub(super) tensors: Vec<Marks>,
    pub(super) same_gradient: Vec<(TensorId, TensorId)>,
    /// A flag for each operation.
    needed: Vec<bool>,
    /// The same at the reference; empty without one.
    needed_at_reference: Vec<bool>,
    /// Operations that are computed together with an earlier one.
    done: Vec<bool>,
    /// Whether a rule may reach through layers.
    pub(super) remembers: bool,
    pub(super) tasks: Vec<Task<'g>>,
}

impl<'g> Compiler<'g> {
    pub(super) fn new(graph: &'g Program, request: &'g Request) -> Self {
        let mut tensors = vec![Marks::default(); graph.tensor_count()];
        for &id in &request.keep {
            tensors[index(id)].asked.kept = true;
        }
        for &id in &request.differentiate {
            tensors[index(id)].differentiate(true);
        }
        for &id in &request.replace {
            tensors[index(id)].asked.replaced = true;
        }
        let needed = |given: &dyn Fn(TensorId) -> bool| graph.needed(&request.keep, given).nodes;
        Self {
            needed: needed(&|id| tensors[index(id)].asked.replaced),
            // Replacements belong to the other run.
            needed_at_reference: if request.reference {
                needed(&|_| false)
            } else {
                Vec::new()
            },
            done: vec![false; graph.nodes.len()],
            remembers: request.rules.reach_through(),
            tasks: Vec::with_capacity(graph.nodes.len()),
            places: Places::of(graph),
            graph,
            request,
            tensors,
            same_gradient: Vec::new(),
        }
    }

    /// Adds the task that begins with the operation at a position, if there is one.
    pub(super) fn schedule(&mut self, position: usize) -> Result<(), PassError> {
        if self.done[position] {
            return Ok(());
        }
        let node = &self.graph.nodes[position];
        let fused = self.fused(position);
        if fused.as_ref().is_some_and(|fused| fused.norm.is_some()) && self.asked(node).kept {
            // What a rule sees as one layer leaves out the layer's own output.
            self.add(position, None, |_, _, _| Ok(Mode::Plain))?;
        }
        for &position in fused.iter().flat_map(|fused| &fused.positions) {
            self.done[position] = true;
        }
        let rectifier = fused.as_ref().and_then(FusedOp::rectifier);
        let rule = rectifier.and_then(|position| self.rule_of_output(position));
        self.add(position, fused, |compiler, roles, outputs| match rule {
            Some(rule) => Ok(Mode::RectifierRule { rule }),
            None => compiler.mode(position, roles, outputs),
        })
    }

    /// Adds a task, if somebody needs what it computes; `mode` is asked if a gradient may flow through it.
    fn add(
        &mut self,
        position: usize,
        fused: Option<FusedOp<'g>>,
        mode: impl FnOnce(&Self, &[OperandRole], &[&TensorIr]) -> Result<Mode, PassError>,
    ) -> Result<(), PassError> {
        let node = &self.graph.nodes[position];
        let last = fused.as_ref().map_or(position, FusedOp::last);
        let at_reference = self.needed_at_reference.get(last) == Some(&true);
        if !(self.needed[last] || at_reference) {
            return Ok(());
        }
        let read = |tensor: &TensorIr| Read {
            tensor: tensor.id,
            last: false,
        };
        let differs = |tensor: &TensorIr| self.graph.depends_on_input(tensor.id);
        let differs = node.op.inputs().any(differs);
        let roles = self.roles(fused.as_ref().map_or(&node.op, |fused| fused.op));
        let outputs: Vec<&TensorIr> = self.graph.nodes[last].op.outputs().collect();
        let at_input = self.needed[last] || !differs;
        let mode = if at_input && roles.contains(&OperandRole::Tracked) {
            mode(self, &roles, &outputs)?
        } else {
            Mode::Plain
        };
        self.mark_outputs(node, &mode, &outputs);
        self.tasks.push(Task {
            position,
            node,
            fused,
            mode,
            at_input,
            at_reference: at_reference && differs,
            reads: node.op.inputs().map(read).collect(),
            roles,
            outputs,
            frees: Vec::new(),
        });
        Ok(())
    }

    /// What the request says of the tensor that an operation computes.
    pub(super) fn asked(&self, node: &Node) -> Asked {
        let output = node.output();
        output.map_or(Asked::default(), |tensor| {
            self.tensors[index(tensor.id)].asked
        })
    }

    pub(super) fn rule(&self, position: usize) -> Option<Arc<dyn Rule>> {
        self.request.rules.rule_for(&self.places.view(position))
    }

    /// The rule that takes the place of an operation's derivative.
    pub(super) fn replacement(
        &self,
        position: usize,
        roles: &[OperandRole],
    ) -> Option<Arc<dyn Rule>> {
        self.rule(position).filter(|rule| rule.applies(roles))
    }

    pub(super) fn roles(&self, op: &OperationIr) -> Vec<OperandRole> {
        op.inputs().map(|tensor| self.role(tensor)).collect()
    }

    fn role(&self, tensor: &TensorIr) -> OperandRole {
        if self.tensors[index(tensor.id)].tracked {
            OperandRole::Tracked
        } else if self.graph.depends_on_input(tensor.id) {
            OperandRole::Varying
        } else {
            OperandRole::Constant
        }
    }

    /// How an operation with a tracked operand takes part in the backward pass.
    fn mode(
        &self,
        position: usize,
        roles: &[OperandRole],
        outputs: &[&TensorIr],
    ) -> Result<Mode, PassError> {
        let node = &self.graph.nodes[position];
        let rule = self.rule(position);
        // Nothing flows back from a comparison.
        let hands_on = outputs.iter().any(|output| output.dtype.is_float());
        if hands_on && rule.is_none() && self.request.rules.is_strict() {
            return Err(PassError::NoRule {
                op: node.label(),
                layer: node.name.clone(),
            });
        }
        let layer = self.layer_before(node, roles);
        Ok(match rule {
            Some(rule) if rule.applies(roles) => Mode::Rule {
                reaches_through: rule.reaches_through() && layer.is_some(),
                rule,
            },
            _ if self.is_producer(node, roles, outputs) => Mode::Producer {
                with_layer: node.kind == OpKind::BatchNorm,
            },
            _ => match &self.request.gelu {
                Some(rule) if is_gelu(node) => Mode::Rule {
                    rule: Arc::clone(rule),
                    reaches_through: false,
                },
                _ => Mode::Tracked,
            },
        })
    }

    /// The kind of the remembered layer that computed the first operand, if the others are constant.
    fn layer_before(&self, node: &Node, roles: &[OperandRole]) -> Option<OpKind> {
        let operand = node.op.inputs().next()?;
        let kind = self.tensors[index(operand.id)].produced_by;
        kind.filter(|_| varies_first_only(roles))
    }

    /// Whether a rule may reach through the operation: a linear layer with constant weights, or a batch normalization
    /// after one. None may if the gradient of the output is asked for, since it would pass by, or if something
    /// else takes the output's place.
    fn is_producer(&self, node: &Node, roles: &[OperandRole], outputs: &[&TensorIr]) -> bool {
        let [output] = outputs else {
            return false;
        };
        let marks = self.tensors[index(output.id)];
        if !self.remembers || marks.asked.differentiated || marks.asked.replaced {
            return false;
        }
        match node.kind {
            OpKind::BatchNorm => {
                (self.layer_before(node, roles)).is_some_and(|before| before != OpKind::BatchNorm)
            }
            _ => is_linear_layer(node) && varies_first_only(roles),
        }
    }

    fn mark_outputs(&mut self, node: &Node, mode: &Mode, outputs: &[&TensorIr]) {
        if matches!(mode, Mode::Plain) {
            return;
        }
        for output in outputs {
            let marks = &mut self.tensors[index(output.id)];
            marks.tracked |= output.dtype.is_float() && !marks.asked.replaced;
            if matches!(mode, Mode::Producer { .. }) {
                marks.produced_by = Some(node.kind);
            }
        }
    }
}

fn is_gelu(node: &Node) -> bool {
    matches!(
        node.op,
        OperationIr::Activation(ActivationOperationIr::Gelu(_))
    )
}
