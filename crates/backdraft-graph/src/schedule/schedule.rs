//! Compiles a graph and a request into tasks.

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

/// The tasks of one run, in order.
#[derive(Debug)]
pub(crate) struct Schedule<'g> {
    pub(crate) graph: &'g Program,
    pub(crate) request: &'g Request,
    pub(crate) tasks: Vec<Task<'g>>,
    tensors: Vec<Marks>,
    /// The outputs of layers whose rules fold the normalization, and those of the normalizations: their gradients are
    /// the same.
    pub(crate) same_gradient: Vec<(TensorId, TensorId)>,
}

/// What a request says of one tensor.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    kept: bool,
    differentiated: bool,
    replaced: bool,
}

impl Asked {
    fn anything(self) -> bool {
        self.kept || self.differentiated || self.replaced
    }
}

/// What is known of one tensor.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    asked: Asked,
    /// Part of the backward pass.
    tracked: bool,
    /// Computed by a layer that a rule may reach through.
    produced_by: Option<OpKind>,
}

impl<'g> Schedule<'g> {
    /// Decides what a run of the graph does.
    ///
    /// # Errors
    ///
    /// [`PassError::NoRule`] if the rules are strict and leave an operation out.
    pub(crate) fn compile(graph: &'g Program, request: &'g Request) -> Result<Self, PassError> {
        let mut compiler = Compiler::new(graph, request);
        compiler.differentiate_folded();
        for position in 0..graph.nodes.len() {
            compiler.schedule(position)?;
        }
        let Compiler {
            mut tasks,
            tensors,
            same_gradient,
            ..
        } = compiler;
        find_last_reads(&mut tasks, &tensors);
        Ok(Self {
            graph,
            request,
            tasks,
            tensors,
            same_gradient,
        })
    }

    /// Whether the gradient of a tensor can be asked for.
    pub(crate) fn differentiates(&self, tensor: TensorId) -> bool {
        self.tensors[index(tensor)].asked.differentiated
    }

    /// Whether something else takes the place of what the graph computes for the tensor.
    pub(crate) fn replaces(&self, tensor: TensorId) -> bool {
        self.tensors[index(tensor)].asked.replaced
    }

    /// Whether a tensor is part of the backward pass.
    pub(crate) fn tracks(&self, tensor: TensorId) -> bool {
        self.tensors[index(tensor)].tracked
    }
}

struct Compiler<'g> {
    graph: &'g Program,
    request: &'g Request,
    places: Places<'g>,
    tensors: Vec<Marks>,
    same_gradient: Vec<(TensorId, TensorId)>,
    /// A flag for each operation.
    needed: Vec<bool>,
    /// The same at the reference; empty without one.
    needed_at_reference: Vec<bool>,
    /// Operations that are computed together with an earlier one.
    done: Vec<bool>,
    /// Whether a rule may reach through layers.
    remembers: bool,
    tasks: Vec<Task<'g>>,
}

impl<'g> Compiler<'g> {
    fn new(graph: &'g Program, request: &'g Request) -> Self {
        let mut tensors = vec![Marks::default(); graph.tensor_count()];
        for &id in &request.keep {
            tensors[index(id)].asked.kept = true;
        }
        for &id in &request.differentiate {
            tensors[index(id)].asked.differentiated = true;
            tensors[index(id)].tracked = true;
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

    /// Where a rule folds a normalization and the gradient of the layer's own output is asked for, that of the
    /// normalized values is given.
    fn differentiate_folded(&mut self) {
        for (layer, fusion) in self.graph.fusions() {
            let node = &self.graph.nodes[layer];
            let Asked {
                differentiated,
                replaced,
                ..
            } = self.asked(node);
            if !differentiated || replaced {
                continue;
            }
            let Some(norm) = fusion.norm.as_ref().filter(|_| self.folds(layer)) else {
                continue;
            };
            let norm = &self.graph.nodes[norm.position];
            if let (Some(own), Some(normalized)) = (node.output(), norm.output()) {
                self.tensors[index(own.id)].asked.differentiated = false;
                self.tensors[index(own.id)].tracked = false;
                self.tensors[index(normalized.id)].asked.differentiated = true;
                self.tensors[index(normalized.id)].tracked = true;
                self.same_gradient.push((own.id, normalized.id));
            }
        }
    }

    /// Whether the rule for a layer folds the normalization after it.
    fn folds(&self, layer: usize) -> bool {
        self.rule_of_first(layer)
            .is_some_and(|rule| rule.folds_normalization())
    }

    /// Adds the task that begins with the operation at a position, if there is one.
    fn schedule(&mut self, position: usize) -> Result<(), PassError> {
        if self.done[position] {
            return Ok(());
        }
        let node = &self.graph.nodes[position];
        let fused = self.fused(position);
        if fused.as_ref().is_some_and(|fused| fused.norm.is_some()) && self.is_kept(node) {
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

    /// What is computed together with the layer at a position: what nobody looks at alone, and no rule treats alone.
    fn fused(&self, position: usize) -> Option<FusedOp<'g>> {
        let fusion = self.graph.fusion(position)?;
        let node = &self.graph.nodes[position];
        let roles = self.roles(&node.op);
        if roles[1..].contains(&OperandRole::Tracked) {
            return None;
        }
        let is_tracked = roles[0] == OperandRole::Tracked;
        let mut fused = FusedOp::layer(position, &node.op);
        if is_tracked && let Some(rule) = self.replacement(position, &roles) {
            if let Some(norm) = &fusion.norm
                && rule.folds_normalization()
                && !self.asked(node).replaced
            {
                fused.take_in_norm(norm);
            }
            return Some(fused);
        }
        if is_tracked && (self.remembers || self.has_say(position)) {
            return Some(fused);
        }
        if let Some(norm) = &fusion.norm {
            if !(norm.is_precise && self.takes_in(position, norm.position, is_tracked)) {
                return Some(fused);
            }
            fused.take_in_norm(norm);
        }
        if let Some(next) = &fusion.activation {
            let (last, next_at) = (fused.last(), next.position);
            let sees_output = !self.is_seen(last) && self.rule_of_output(next_at).is_some();
            if sees_output || self.takes_in(last, next_at, is_tracked) {
                fused.take_in_activation(next);
            }
        }
        Some(fused)
    }

    /// Whether somebody looks at what an operation computes.
    fn is_seen(&self, position: usize) -> bool {
        self.asked(&self.graph.nodes[position]).anything()
    }

    /// The rule of a rectifier that needs nothing but the output.
    fn rule_of_output(&self, position: usize) -> Option<Arc<dyn Rule>> {
        self.rule_of_first(position)
            .filter(|rule| !(rule.needs_input() || rule.needs_reference()))
    }

    /// Whether nobody sees the tensor between two operations, and a gradient flows through the second of them, if it
    /// does, by its derivative.
    fn takes_in(&self, last: usize, next: usize, is_tracked: bool) -> bool {
        !(self.is_seen(last) || is_tracked && self.has_say(next))
    }

    /// Whether the rules have something to say of an operation through whose first operand a gradient flows.
    fn has_say(&self, position: usize) -> bool {
        let is_left_out = self.request.rules.is_strict() && self.rule(position).is_none();
        is_left_out || self.rule_of_first(position).is_some()
    }

    /// The rule that takes the place of an operation's derivative by its first operand.
    fn rule_of_first(&self, position: usize) -> Option<Arc<dyn Rule>> {
        let mut roles = self.roles(&self.graph.nodes[position].op);
        roles[0] = OperandRole::Tracked;
        self.replacement(position, &roles)
    }

    fn asked(&self, node: &Node) -> Asked {
        let output = node.output();
        output.map_or(Asked::default(), |tensor| {
            self.tensors[index(tensor.id)].asked
        })
    }

    fn is_kept(&self, node: &Node) -> bool {
        self.asked(node).kept
    }

    fn rule(&self, position: usize) -> Option<Arc<dyn Rule>> {
        self.request.rules.rule_for(&self.places.view(position))
    }

    /// The rule that takes the place of an operation's derivative.
    fn replacement(&self, position: usize, roles: &[OperandRole]) -> Option<Arc<dyn Rule>> {
        self.rule(position).filter(|rule| rule.applies(roles))
    }

    fn roles(&self, op: &OperationIr) -> Vec<OperandRole> {
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
        if rule.is_none() && self.request.rules.is_strict() {
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

/// Marks where each tensor is read last; what is kept never is.
fn find_last_reads(tasks: &mut [Task<'_>], tensors: &[Marks]) {
    let mut read_later: Vec<bool> = tensors.iter().map(|marks| marks.asked.kept).collect();
    for task in tasks.iter_mut().rev() {
        for read in task.reads.iter_mut().rev() {
            if !std::mem::replace(&mut read_later[index(read.tensor)], true) {
                read.last = true;
                task.frees.push(read.tensor);
            }
        }
        for output in &task.outputs {
            if !std::mem::replace(&mut read_later[index(output.id)], true) {
                task.frees.push(output.id);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Derivative, RuleMap, Step};
    use crate::testing::record;
    use crate::{AnyTensor, Network, Probes};
    use burn::nn::Linear;
    use burn::tensor::activation::{gelu, relu};
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
    use burn::tensor::{Device, Tensor};

    /// The ordinary derivative, as a rule.
    #[derive(Debug)]
    struct Same {
        reaches_through: bool,
    }

    /// One that a rectifier's output is enough for.
    #[derive(Debug)]
    struct SameByOutput;

    impl Rule for SameByOutput {
        fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
            step.derivative(operand, gradient)
        }

        fn needs_input(&self) -> bool {
            false
        }
    }

    impl Rule for Same {
        fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
            step.derivative(operand, gradient)
        }

        fn reaches_through(&self) -> bool {
            self.reaches_through
        }
    }

    fn same(kind: OpKind, reaches_through: bool) -> RuleMap {
        RuleMap::new().by_kind(kind, Same { reaches_through })
    }

    /// The outputs, and gradients of the inputs.
    fn of_inputs(graph: &Program) -> Request {
        Request {
            keep: graph.outputs.clone(),
            differentiate: graph.inputs.clone(),
            ..Request::default()
        }
    }

    /// A line for each task: layer, mode, and `i` or `r` for where it runs.
    fn lines(graph: &Program, request: &Request) -> Vec<String> {
        let schedule = Schedule::compile(graph, request).unwrap();
        let line = |task: &Task<'_>| {
            let mode = match &task.mode {
                Mode::Plain => "plain",
                Mode::Tracked => "tracked",
                Mode::Producer { .. } => "producer",
                Mode::Rule {
                    reaches_through: false,
                    ..
                } => "rule",
                Mode::Rule { .. } => "rule through",
                Mode::RectifierRule { .. } => "rectifier rule",
            };
            let at = [(task.at_input, "i"), (task.at_reference, "r")];
            let at: String = at.iter().filter(|at| at.0).map(|at| at.1).collect();
            format!("{} {mode} {at}", task.node.name)
        };
        schedule.tasks.iter().map(line).collect()
    }

    fn last(graph: &Program, name: &str) -> TensorId {
        let node = graph.nodes.iter().rfind(|node| node.name == name).unwrap();
        node.output().unwrap().id
    }

    #[test]
    fn a_tensor_is_freed_where_it_is_read_last() {
        let graph = record([2, 2], |x: Tensor<2>| (x.clone().exp() + x).log());
        let freed = |keep: &[TensorId]| -> Vec<usize> {
            let request = Request {
                keep: keep.to_vec(),
                ..Request::default()
            };
            let schedule = Schedule::compile(&graph, &request).unwrap();
            schedule.tasks.iter().map(|task| task.frees.len()).collect()
        };
        // exp frees nothing (x is read again), add frees both operands, log its operand: its result is kept.
        assert_eq!(freed(&graph.outputs), [0, 2, 1]);
        let exp = last(&graph, "exp");
        assert_eq!(freed(&[graph.outputs[0], exp]), [0, 1, 1]);
    }

    #[test]
    fn a_tensor_that_is_read_twice_at_once_is_read_last_once() {
        let graph = record([2, 2], |x: Tensor<2>| x.clone() * x);
        let request = of_inputs(&graph);
        let schedule = Schedule::compile(&graph, &request).unwrap();
        let last: Vec<bool> = (schedule.tasks[0].reads.iter())
            .map(|read| read.last)
            .collect();
        assert_eq!(last, [false, true]);
        assert_eq!(schedule.tasks[0].frees, graph.inputs);
    }

    #[test]
    fn only_what_follows_a_differentiated_tensor_is_tracked() {
        let graph = record([2, 2], |x: Tensor<2>| {
            let mask = x.clone().greater_elem(0.0).float();
            x.exp().log() * mask
        });
        let mut request = of_inputs(&graph);
        let names = |request: &Request| lines(&graph, request).join(", ");
        // A comparison of a tracked tensor gives one that isn't.
        assert_eq!(
            names(&request),
            "greater_elem tracked i, into_float plain i, exp tracked i, log tracked i, mul tracked i"
        );
        request.differentiate = vec![last(&graph, "log")];
        assert_eq!(
            names(&request),
            "greater_elem plain i, into_float plain i, exp plain i, log plain i, mul tracked i"
        );
    }

    #[test]
    fn what_only_a_replaced_tensor_needs_does_not_run() {
        let graph = record([2, 2], |x: Tensor<2>| x.exp().log().sin());
        let mut request = Request {
            replace: vec![last(&graph, "log")],
            keep: graph.outputs.clone(),
            ..Request::default()
        };
        assert_eq!(lines(&graph, &request), ["sin plain i"]);
        // The reference is computed without replacements.
        request.reference = true;
        let expected = ["exp plain r", "log plain r", "sin plain ir"];
        assert_eq!(lines(&graph, &request), expected);
    }

    #[test]
    fn what_depends_on_no_input_is_computed_once() {
        let graph = record([2, 2], |x: Tensor<2>| x.clone() + x.ones_like().exp());
        let mut request = of_inputs(&graph);
        request.reference = true;
        let lines = lines(&graph, &request);
        assert!(lines.contains(&"add tracked ir".to_string()), "{lines:?}");
        let once = lines.iter().filter(|line| line.ends_with(" plain i"));
        assert_eq!(once.count(), lines.len() - 1, "{lines:?}");
    }

    #[test]
    fn rules_apply_where_gradients_flow() {
        let graph = record([2, 2], |x: Tensor<2>| relu(relu(x).exp()));
        let mut request = of_inputs(&graph);
        request.rules = same(OpKind::Relu, false);
        request.differentiate = vec![last(&graph, "exp")];
        assert_eq!(
            lines(&graph, &request),
            ["relu plain i", "exp plain i", "relu#2 rule i"]
        );
    }

    #[test]
    fn a_strict_map_addresses_every_operation_that_a_gradient_passes() {
        let graph = record([2, 2], |x: Tensor<2>| relu(x.exp().log()));
        let mut request = of_inputs(&graph);
        request.differentiate = vec![last(&graph, "exp")];
        request.rules = same(OpKind::Relu, false).strict();
        match Schedule::compile(&graph, &request) {
            Err(PassError::NoRule { op, layer }) => assert_eq!((&*op, &*layer), ("Log", "log")),
            other => panic!("{other:?}"),
        }
        let log = RuleMap::new().by_name("log", Derivative);
        request.rules = same(OpKind::Relu, false).or_else(log).strict();
        let expected = ["exp plain i", "log tracked i", "relu rule i"];
        assert_eq!(lines(&graph, &request), expected);
    }

    #[test]
    fn gelu_has_a_rule_where_its_derivative_is_approximate() {
        let graph = record([2, 2], gelu);
        let mut request = of_inputs(&graph);
        assert_eq!(lines(&graph, &request), ["gelu tracked i"]);
        request.gelu = Some(Arc::new(Same {
            reaches_through: false,
        }));
        assert_eq!(lines(&graph, &request), ["gelu rule i"]);
    }

    /// A rectified convolution with constant weights.
    fn rectified() -> Program {
        record([1, 1, 3, 3], |x: Tensor<4>| {
            let weight = Tensor::<4>::ones([1, 1, 2, 2], &x.device());
            relu(conv2d(
                x,
                weight,
                None,
                ConvOptions::new([1, 1], [0, 0], [1, 1], 1),
            ))
        })
    }

    #[test]
    fn a_rectifier_is_computed_with_its_convolution_unless_somebody_looks() {
        let graph = rectified();
        let count = |request: &Request| {
            let schedule = Schedule::compile(&graph, request).unwrap();
            let fused = schedule.tasks.iter().find_map(|task| task.fused.as_ref());
            fused.map(|fused| fused.positions.len())
        };
        let mut request = of_inputs(&graph);
        assert_eq!(count(&request), Some(2));
        request.keep.push(last(&graph, "conv2d"));
        assert_eq!(count(&request), Some(1));
        request = of_inputs(&graph);
        request.rules = same(OpKind::Relu, false);
        assert_eq!(count(&request), Some(1));
        request.rules = same(OpKind::Convolution, false);
        assert_eq!(count(&request), Some(1));
        // Rules that leave the convolution alone, and look at nothing but the rectifier's output.
        let output_only = RuleMap::new().by_kind(OpKind::Relu, SameByOutput);
        request.rules = output_only.clone().strict();
        assert!(Schedule::compile(&graph, &request).is_err());
        let derivative = RuleMap::new().by_kind(OpKind::Convolution, Derivative);
        request.rules = output_only.or_else(derivative).strict();
        assert_eq!(count(&request), Some(2));
        request.keep.push(last(&graph, "conv2d"));
        assert_eq!(count(&request), Some(1));
    }

    #[test]
    fn a_rule_reaches_through_a_layer_whose_gradient_nobody_asks_for() {
        let graph = rectified();
        let mut request = of_inputs(&graph);
        request.rules = same(OpKind::Relu, true);
        let modes = |request: &Request| -> Vec<String> {
            let lines = lines(&graph, request).into_iter();
            lines.filter(|line| !line.contains("plain")).collect()
        };
        assert_eq!(
            modes(&request),
            ["conv2d producer i", "relu rule through i"]
        );
        request.differentiate.push(last(&graph, "conv2d"));
        assert_eq!(modes(&request), ["conv2d tracked i", "relu rule i"]);
    }

    #[test]
    fn executor_and_cost_agree_on_what_a_rule_may_reach_through() {
        // The layer's weights are computed from its input: no rule reaches through it, and nothing is kept for one.
        let x = Tensor::<2>::ones([4, 4], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| x.clone().matmul(x.exp()).sin();
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let cost = |reaches_through| {
            let rules = same(OpKind::Relu, reaches_through);
            let probes = Probes::new().with_input_gradients().with_rules(rules);
            net.cost(x.clone(), &probes).unwrap()
        };
        assert_eq!(cost(true), cost(false));
    }
}
