//! A run and its backward pass, without values.

use burn::backend::ir::{TensorId, TensorIr};

use crate::backend::convolution::Activation;
use crate::backend::gelu::ExactGelu;
use crate::cost::buffers::{Buffer, BufferTracker};
use crate::cost::cost::{Cost, bytes};
use crate::cost::{flops, scratch, tape};
use crate::exec::{FusedOp, Plan};
use crate::ir::graph::index;
use crate::ir::node::Node;
use crate::ir::program::Program;
use crate::ir::semantics::row::Placement;
use crate::{OpKind, OperandRole, Rule};

/// What a run of the plan and its backward pass take.
pub(crate) fn simulate(graph: &Program, plan: &Plan) -> Cost {
    let mut simulation = Simulation::new(graph, plan);
    simulation.load();
    for (position, node) in graph.nodes.iter().enumerate() {
        simulation.run(position, node);
        simulation.free(node);
    }
    simulation.backward();
    Cost {
        peak_bytes: simulation.buffers.peak(),
        ..simulation.cost
    }
}

/// A tensor during a run.
#[derive(Clone, Copy, Debug)]
struct Slot {
    buffer: Buffer,
    /// Part of the backward pass.
    tracked: bool,
    /// A view of its buffer in another order.
    strided: bool,
}

impl Slot {
    /// Of a value outside the backward pass, in its own order.
    fn new(buffer: Buffer) -> Self {
        Self {
            buffer,
            tracked: false,
            strided: false,
        }
    }
}

/// What is left of an operation for the backward pass.
struct Step<'a> {
    node: &'a Node,
    outputs: Vec<&'a TensorIr>,
    /// By a rule, not by its derivative.
    by_rule: bool,
    /// Computed together with what follows it.
    fused: bool,
    /// The operands to which gradients flow.
    tracked: Vec<TensorId>,
    kept: Vec<Buffer>,
}

struct Simulation<'a> {
    graph: &'a Program,
    plan: &'a Plan,
    /// A flag for each tensor that stays to the end.
    kept: Vec<bool>,
    /// A flag for each operation.
    needed: Vec<bool>,
    needed_at_reference: Vec<bool>,
    /// Operations that were counted together with an earlier one.
    done: Vec<bool>,
    slots: Vec<Option<Slot>>,
    references: Vec<Option<Slot>>,
    tape: Vec<Step<'a>>,
    buffers: BufferTracker,
    cost: Cost,
}

impl<'a> Simulation<'a> {
    fn new(graph: &'a Program, plan: &'a Plan) -> Self {
        let mut kept = vec![false; graph.tensor_count()];
        for &id in &plan.keep {
            kept[index(id)] = true;
        }
        Self {
            graph,
            plan,
            kept,
            needed: plan.needed(graph),
            needed_at_reference: match plan.reference {
                Some(_) => graph.needed(&plan.keep, |_| false).nodes,
                None => Vec::new(),
            },
            done: vec![false; graph.nodes.len()],
            slots: vec![None; graph.tensor_count()],
            references: vec![None; graph.tensor_count()],
            tape: Vec::new(),
            buffers: BufferTracker::default(),
            cost: Cost::default(),
        }
    }

    /// Weights, inputs and replacements belong to others.
    fn load(&mut self) {
        let weights = self
            .graph
            .parameters
            .keys()
            .chain(self.graph.constants.keys());
        let replaced = self.plan.replace.iter().map(|(id, _)| id);
        let inputs = &self.graph.inputs;
        for &id in weights.chain(inputs).chain(replaced) {
            let buffer = self.buffers.foreign();
            self.store(id, buffer, false, false);
        }
        if self.plan.reference.is_some() {
            for &id in inputs {
                let buffer = self.buffers.foreign();
                self.references[index(id)] = Some(Slot::new(buffer));
            }
        }
    }

    fn run(&mut self, position: usize, node: &'a Node) {
        if self.done[position] {
            return;
        }
        if let Some(fused) = FusedOp::at(position, self.graph, self.plan, &self.kept) {
            self.run_fused(node, &fused);
            return;
        }
        let at_reference = self.needed_at_reference.get(position) == Some(&true);
        let differs = node
            .op
            .inputs()
            .any(|tensor| self.graph.depends_on_input(tensor.id));
        let needed = self.needed[position] || (at_reference && !differs);
        let roles: Vec<OperandRole> = node
            .op
            .inputs()
            .map(|tensor| self.role(tensor.id))
            .collect();
        let tracked = needed && roles.contains(&OperandRole::Tracked);
        let by_rule = tracked && self.has_rule(node, &roles);
        let whole = by_rule || (tracked && self.is_producer(node));
        let mut kept = Vec::new();
        if at_reference && differs {
            kept = self.compute(node, At::Reference, false, whole, &[]);
        }
        if !needed {
            return;
        }
        let operands = if tracked && !by_rule {
            tape::kept(node, &roles)
        } else {
            tape::Kept::default()
        };
        kept.extend(self.compute(node, At::Input, tracked, whole, &operands.operands));
        if operands.hidden > 0 {
            kept.push(self.buffers.allocate(operands.hidden));
        }
        if tracked {
            let tracked = node.op.inputs().zip(&roles);
            let tracked = tracked.filter(|(_, role)| **role == OperandRole::Tracked);
            let tracked = tracked.map(|(tensor, _)| tensor.id).collect();
            let outputs = node.op.outputs().collect();
            self.tape.push(Step {
                node,
                outputs,
                by_rule,
                fused: false,
                tracked,
                kept,
            });
        }
    }

    /// A layer together with what joins it: on the tape its output alone is kept, if an activation follows.
    fn run_fused(&mut self, node: &'a Node, fused: &FusedOp<'_>) {
        for &position in &fused.positions {
            self.done[position] = true;
        }
        let output = self.graph.nodes[fused.last()].output();
        let output = output.expect("a layer has an output");
        let x = node.op.inputs().next().expect("a layer has an operand");
        let steps = fused
            .positions
            .iter()
            .map(|&position| &self.graph.nodes[position]);
        let flops: u64 = steps.map(flops::forward).sum();
        let scratch = if scratch::is_kept_by_threads(node) {
            0
        } else {
            scratch::forward(node, false)
        };
        let at_reference = self.needed_at_reference.get(fused.last()) == Some(&true);
        if at_reference {
            self.cost.forward_flops += flops;
            self.buffers.burst(scratch);
            let buffer = self.buffers.allocate(bytes(output));
            self.references[index(output.id)] = Some(Slot::new(buffer));
        }
        if !self.needed[fused.last()] {
            return;
        }
        let tracked = self.role(x.id) == OperandRole::Tracked;
        self.cost.forward_flops += flops;
        self.buffers.burst(scratch);
        let buffer = self.buffers.allocate(bytes(output));
        if tracked {
            let keeps = fused.activation != Activation::Identity;
            let kept = keeps.then(|| self.buffers.share(buffer));
            self.tape.push(Step {
                node,
                outputs: vec![output],
                by_rule: false,
                fused: true,
                tracked: vec![x.id],
                kept: kept.into_iter().collect(),
            });
        }
        self.store(output.id, buffer, tracked, false);
    }

    /// Gives the buffers that are kept: those of the `whole` operation, or of some operands.
    fn compute(
        &mut self,
        node: &Node,
        at: At,
        tracked: bool,
        whole: bool,
        operands: &[usize],
    ) -> Vec<Buffer> {
        let ids: Vec<TensorId> = node.op.inputs().map(|tensor| tensor.id).collect();
        let slots: Vec<Slot> = ids.iter().map(|&id| self.slot(id, at)).collect();
        let stays = |position: usize| whole || operands.contains(&position);
        let mut kept: Vec<Buffer> = (slots.iter().enumerate())
            .filter(|(position, _)| stays(*position))
            .map(|(_, slot)| self.buffers.share(slot.buffer))
            .collect();
        self.cost.forward_flops += flops::forward(node);
        for output in node.op.outputs() {
            let (buffer, strided) = self.place(node, output, &ids, &slots, at);
            if whole {
                kept.push(self.buffers.share(buffer));
            }
            if at == At::Reference {
                self.references[index(output.id)] = Some(Slot {
                    buffer,
                    tracked: false,
                    strided,
                });
            } else if self.plan.replaces(output.id) {
                self.buffers.release(buffer);
            } else {
                self.store(
                    output.id,
                    buffer,
                    tracked && output.dtype.is_float(),
                    strided,
                );
            }
        }
        self.buffers.burst(scratch::forward(node, tracked));
        kept
    }

    /// The buffer of an output, and whether it is a view in another order.
    fn place(
        &mut self,
        node: &Node,
        output: &TensorIr,
        ids: &[TensorId],
        slots: &[Slot],
        at: At,
    ) -> (Buffer, bool) {
        let size = bytes(output);
        let placement = node.semantics().output;
        let reorders = placement == Placement::StridedView;
        match (placement, slots.first()) {
            (Placement::View | Placement::StridedView, Some(first))
                if reorders || !first.strided =>
            {
                (self.buffers.share(first.buffer), reorders || first.strided)
            }
            (Placement::Reuse, _) => {
                let dies = |id: TensorId| node.frees.contains(&id) && !self.kept[index(id)];
                let dies = |id: TensorId| {
                    dies(id) && (at == At::Input || self.references[index(id)].is_some())
                };
                let mut operands = ids.iter().zip(slots);
                let reused = operands
                    .find(|(id, slot)| dies(**id) && self.buffers.can_become(slot.buffer, size));
                match reused {
                    Some((_, slot)) => (self.buffers.share(slot.buffer), false),
                    None => (self.buffers.allocate(size), false),
                }
            }
            _ => (self.buffers.allocate(size), false),
        }
    }

    fn slot(&self, id: TensorId, at: At) -> Slot {
        let at_reference = self.references[index(id)].filter(|_| at == At::Reference);
        let slot = at_reference.or(self.slots[index(id)]);
        slot.expect("operands are computed before they are read")
    }

    fn store(&mut self, id: TensorId, buffer: Buffer, tracked: bool, strided: bool) {
        let tracked = tracked || self.plan.differentiate.contains(&id);
        self.slots[index(id)] = Some(Slot {
            buffer,
            tracked,
            strided,
        });
    }

    fn role(&self, id: TensorId) -> OperandRole {
        match self.slots[index(id)] {
            Some(Slot { tracked: true, .. }) => OperandRole::Tracked,
            _ if self.graph.depends_on_input(id) => OperandRole::Varying,
            _ => OperandRole::Constant,
        }
    }

    fn has_rule(&self, node: &Node, roles: &[OperandRole]) -> bool {
        let rule = self.plan.rules.for_kind(node.kind);
        rule.is_some_and(|rule| rule.applies(roles))
            || (self.plan.exact_gelu && node.label() == "Gelu" && ExactGelu.applies(roles))
    }

    /// Whether a rule may ask for the operation behind its own.
    fn is_producer(&self, node: &Node) -> bool {
        let kinds = [
            OpKind::Linear,
            OpKind::Convolution,
            OpKind::TransposedConvolution,
            OpKind::BatchNorm,
        ];
        self.plan.rules.reach_through() && kinds.contains(&node.kind)
    }

    fn free(&mut self, node: &Node) {
        for &id in &node.frees {
            if !self.kept[index(id)] {
                let slots = [
                    self.slots[index(id)].take(),
                    self.references[index(id)].take(),
                ];
                for slot in slots.into_iter().flatten() {
                    self.buffers.release(slot.buffer);
                }
            }
        }
    }

    /// The steps in reverse, from gradients of all outputs.
    fn backward(&mut self) {
        let mut gradients: Vec<Option<Buffer>> = vec![None; self.graph.tensor_count()];
        let tracked = |id: &TensorId| self.slots[index(*id)].is_some_and(|slot| slot.tracked);
        let outputs: Vec<TensorId> = self.graph.outputs.iter().copied().filter(tracked).collect();
        let computed = self.graph.nodes.iter().flat_map(|node| node.op.outputs());
        for output in computed.filter(|tensor| outputs.contains(&tensor.id)) {
            gradients[index(output.id)] = Some(self.buffers.allocate(bytes(output)));
        }
        while let Some(step) = self.tape.pop() {
            self.step_back(&step, &mut gradients);
            for buffer in step.kept {
                self.buffers.release(buffer);
            }
        }
    }

    fn step_back(&mut self, step: &Step<'a>, gradients: &mut [Option<Buffer>]) {
        let arrived = |&output: &&'a TensorIr| Some((output, gradients[index(output.id)].take()?));
        let Some((output, arrived)) = step.outputs.iter().find_map(arrived) else {
            return;
        };
        if self.plan.differentiate.contains(&output.id) {
            gradients[index(output.id)] = Some(self.buffers.share(arrived));
        }
        self.cost.backward_flops += flops::backward(step.node, step.tracked.len());
        for &operand in &step.tracked {
            let mut inputs = step.node.op.inputs();
            let operand = inputs
                .find(|tensor| tensor.id == operand)
                .expect("it is an operand");
            let gradient = self.place_gradient(step, operand, output, arrived);
            let need = match step {
                step if step.by_rule => scratch::rule(step.node),
                step if step.fused && scratch::is_kept_by_threads(step.node) => 0,
                step => scratch::backward(step.node),
            };
            self.buffers.burst(need);
            let sum = &mut gradients[index(operand.id)];
            *sum = Some(match sum.take() {
                Some(before) => add(&mut self.buffers, before, gradient, bytes(operand)),
                None => gradient,
            });
        }
        self.buffers.release(arrived);
    }

    fn place_gradient(
        &mut self,
        step: &Step<'_>,
        operand: &TensorIr,
        output: &TensorIr,
        arrived: Buffer,
    ) -> Buffer {
        let size = bytes(operand);
        let placement = if step.by_rule {
            Placement::New
        } else {
            step.node.semantics().gradient
        };
        let reused = match placement {
            Placement::View if bytes(output) == size => Some(arrived),
            Placement::Reuse => {
                let mut candidates = step.kept.iter().copied().chain([arrived]);
                candidates.find(|&buffer| self.buffers.can_become(buffer, size))
            }
            _ => None,
        };
        match reused {
            Some(buffer) => self.buffers.share(buffer),
            None => self.buffers.allocate(size),
        }
    }
}

/// Where an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Input,
    Reference,
}

/// The sum of two gradients; it overwrites one of them, if nothing else needs it.
fn add(buffers: &mut BufferTracker, before: Buffer, gradient: Buffer, size: u64) -> Buffer {
    let reused = [gradient, before]
        .into_iter()
        .find(|&buffer| buffers.can_become(buffer, size));
    let sum = match reused {
        Some(buffer) => buffers.share(buffer),
        None => buffers.allocate(size),
    };
    buffers.release(before);
    buffers.release(gradient);
    sum
}

#[cfg(test)]
mod tests {
    use crate::{Cost, GuidedRectifier, Network, Probes, Rules};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    /// Bytes of a tensor of a hundred floats.
    const SIZE: u64 = 400;

    fn cost(probes: &Probes, forward: fn(Tensor<2>) -> Tensor<2>) -> Cost {
        let x = Tensor::<2>::zeros([1, 100], &Device::flex());
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        net.cost(x, probes).unwrap()
    }

    fn tensors(probes: &Probes, forward: fn(Tensor<2>) -> Tensor<2>) -> u64 {
        let peak = cost(probes, forward).peak_bytes();
        assert_eq!(peak % SIZE, 0, "{peak}");
        peak / SIZE
    }

    fn of_input() -> Probes {
        Probes::new().with_input_gradients()
    }

    #[test]
    fn without_tape_only_what_is_still_read_is_alive() {
        // Every result overwrites the one before.
        assert_eq!(tensors(&Probes::new(), |x| (x.exp() + 1.0).exp()), 1);
        // Both branches, and their sum in the place of one.
        assert_eq!(tensors(&Probes::new(), |x| x.clone().exp() + x.cos()), 2);
        // Nothing is computed, and nothing copied.
        assert_eq!(tensors(&Probes::new(), |x| x.reshape([10, 10])), 0);
    }

    #[test]
    fn the_tape_keeps_what_derivatives_need() {
        // The output and its gradient, which becomes that of the input.
        assert_eq!(tensors(&of_input(), |x| x.exp() + 1.0), 2);
        // The first exponential is kept for the second one.
        assert_eq!(tensors(&of_input(), |x| x.exp().exp()), 3);
        // Sums keep nothing.
        assert_eq!(tensors(&of_input(), |x| (x.exp() + 1.0) + 2.0), 2);
    }

    #[test]
    fn an_activation_that_is_read_stays_to_the_end() {
        let probes = Probes::new().with_activation("exp");
        assert_eq!(tensors(&probes, |x| x.exp() + 1.0), 2);
    }

    #[test]
    fn below_a_layer_that_is_differentiated_there_is_no_tape() {
        let at_end = Probes::new().with_layer_gradient("exp#3");
        let whole = cost(&of_input(), |x| x.exp().exp().exp());
        let head = cost(&at_end, |x| x.exp().exp().exp());
        assert_eq!(head.forward_flops(), whole.forward_flops());
        assert_eq!((head.backward_flops(), whole.backward_flops()), (0, 300));
        assert!(head.peak_bytes() < whole.peak_bytes());
    }

    #[test]
    fn a_rule_keeps_operands_and_output_of_both_runs() {
        let forward = |x: Tensor<2>| relu(x.exp()).sum_dim(1);
        let guided = of_input().with_rules(Rules::new().with_rectifier_rule(GuidedRectifier));
        let plain = cost(&of_input(), forward);
        assert!(cost(&guided, forward).peak_bytes() > plain.peak_bytes());
        let reference = Tensor::<2>::ones([1, 100], &Device::flex());
        let deep_lift = of_input().with_rules(Rules::deep_lift(1e-6));
        let deep_lift = cost(&deep_lift.with_reference(reference), forward);
        assert!(deep_lift.peak_bytes() >= plain.peak_bytes() + 2 * SIZE);
        assert_eq!(deep_lift.forward_flops(), 2 * plain.forward_flops());
    }
}
