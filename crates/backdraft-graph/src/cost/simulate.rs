//! A run and its backward pass, without values.

use burn::backend::ir::{TensorId, TensorIr};

use crate::OperandRole;
use crate::backend::convolution::Activation;
use crate::cost::buffers::{Buffer, BufferTracker};
use crate::cost::cost::{Cost, bytes};
use crate::cost::{flops, scratch, tape};
use crate::ir::graph::index;
use crate::ir::semantics::row::Placement;
use crate::schedule::{FusedOp, Mode, Read, Schedule, Task};

/// What a run of the schedule and its backward pass take.
pub(crate) fn simulate(schedule: &Schedule<'_>) -> Cost {
    let mut simulation = Simulation::new(schedule);
    simulation.load();
    for task in &schedule.tasks {
        simulation.run(task);
        simulation.free(task);
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
    /// A view of its buffer in another order.
    strided: bool,
}

impl Slot {
    /// Of a value in its own order.
    fn new(buffer: Buffer) -> Self {
        Self {
            buffer,
            strided: false,
        }
    }
}

/// What is left of a task for the backward pass.
struct Record<'a> {
    task: &'a Task<'a>,
    kept: Vec<Buffer>,
}

struct Simulation<'a> {
    schedule: &'a Schedule<'a>,
    slots: Vec<Option<Slot>>,
    references: Vec<Option<Slot>>,
    tape: Vec<Record<'a>>,
    buffers: BufferTracker,
    cost: Cost,
}

impl<'a> Simulation<'a> {
    fn new(schedule: &'a Schedule<'a>) -> Self {
        let tensors = schedule.graph.tensor_count();
        Self {
            schedule,
            slots: vec![None; tensors],
            references: vec![None; tensors],
            tape: Vec::new(),
            buffers: BufferTracker::default(),
            cost: Cost::default(),
        }
    }

    /// Weights, inputs and replacements belong to others.
    fn load(&mut self) {
        let Schedule { graph, request, .. } = self.schedule;
        let weights = graph.parameters.keys().chain(graph.constants.keys());
        let values = weights.chain(&graph.inputs).chain(&request.replace);
        for &id in values {
            self.slots[index(id)] = Some(Slot::new(self.buffers.foreign()));
        }
        for &id in graph.inputs.iter().filter(|_| request.reference) {
            self.references[index(id)] = Some(Slot::new(self.buffers.foreign()));
        }
    }

    fn run(&mut self, task: &'a Task<'a>) {
        if let Some(fused) = &task.fused {
            self.run_fused(task, fused);
            return;
        }
        let mut kept = Vec::new();
        if task.at_reference {
            kept = self.compute(task, At::Reference, &[]);
        }
        if !task.at_input {
            return;
        }
        let tape = match task.mode {
            Mode::Tracked | Mode::Producer { .. } => tape::kept(task.node, &task.roles),
            Mode::Plain | Mode::Rule { .. } | Mode::RectifierRule { .. } => tape::Kept::default(),
        };
        kept.extend(self.compute(task, At::Input, &tape.operands));
        if tape.hidden > 0 {
            kept.push(self.buffers.allocate(tape.hidden));
        }
        if task.is_tracked() {
            self.tape.push(Record { task, kept });
        }
    }

    /// A layer together with what follows it: on the tape its output alone is kept, if an activation follows. A rule
    /// is shown operands and output.
    fn run_fused(&mut self, task: &'a Task<'a>, fused: &FusedOp<'_>) {
        let output = task.outputs[0];
        let nodes = fused.positions.iter();
        let nodes = nodes.map(|&position| &self.schedule.graph.nodes[position]);
        let flops: u64 = nodes.map(flops::forward).sum();
        let scratch = if scratch::is_kept_by_threads(task.node) {
            0
        } else {
            scratch::forward(task.node, false)
        };
        let mut kept = Vec::new();
        let runs = [
            (task.at_reference, At::Reference),
            (task.at_input, At::Input),
        ];
        for (_, at) in runs.into_iter().filter(|(runs, _)| *runs) {
            self.cost.forward_flops += flops;
            self.buffers.burst(scratch);
            let buffer = self.buffers.allocate(bytes(output));
            if task.mode.shows_values_to_rules() {
                let x = self.slot(task.reads[0].tensor, at).buffer;
                kept.extend([x, buffer].map(|buffer| self.buffers.share(buffer)));
            } else if at == At::Input
                && task.is_tracked()
                && fused.activation != Activation::Identity
            {
                kept.push(self.buffers.share(buffer));
            }
            let slots = match at {
                At::Reference => &mut self.references,
                At::Input => &mut self.slots,
            };
            slots[index(output.id)] = Some(Slot::new(buffer));
        }
        if task.is_tracked() {
            self.tape.push(Record { task, kept });
        }
    }

    /// Gives the buffers that are kept: all of them for a rule, or those of some operands.
    fn compute(&mut self, task: &Task<'_>, at: At, operands: &[usize]) -> Vec<Buffer> {
        let whole = task.mode.shows_values_to_rules();
        let slots: Vec<Slot> = (task.reads.iter())
            .map(|read| self.slot(read.tensor, at))
            .collect();
        let stays = |position: usize| whole || operands.contains(&position);
        let mut kept: Vec<Buffer> = (slots.iter().enumerate())
            .filter(|(position, _)| stays(*position))
            .map(|(_, slot)| self.buffers.share(slot.buffer))
            .collect();
        self.cost.forward_flops += flops::forward(task.node);
        for output in &task.outputs {
            let slot = self.place(task, output, &slots, at);
            if whole {
                kept.push(self.buffers.share(slot.buffer));
            }
            if at == At::Reference {
                self.references[index(output.id)] = Some(slot);
            } else if self.schedule.replaces(output.id) {
                self.buffers.release(slot.buffer);
            } else {
                self.slots[index(output.id)] = Some(slot);
            }
        }
        let tracked = at == At::Input && task.is_tracked();
        self.buffers.burst(scratch::forward(task.node, tracked));
        kept
    }

    /// Where an output is put.
    fn place(&mut self, task: &Task<'_>, output: &TensorIr, slots: &[Slot], at: At) -> Slot {
        let size = bytes(output);
        let placement = task.node.semantics().output;
        let reorders = placement == Placement::StridedView;
        match (placement, slots.first()) {
            (Placement::View | Placement::StridedView, Some(first))
                if reorders || !first.strided =>
            {
                Slot {
                    buffer: self.buffers.share(first.buffer),
                    strided: reorders || first.strided,
                }
            }
            (Placement::Reuse, _) => {
                let is_own =
                    |read: &Read| at == At::Input || self.references[index(read.tensor)].is_some();
                let mut operands = task.reads.iter().zip(slots);
                let reused = operands.find(|(read, slot)| {
                    read.last && is_own(read) && self.buffers.can_become(slot.buffer, size)
                });
                Slot::new(match reused {
                    Some((_, slot)) => self.buffers.share(slot.buffer),
                    None => self.buffers.allocate(size),
                })
            }
            _ => Slot::new(self.buffers.allocate(size)),
        }
    }

    fn slot(&self, id: TensorId, at: At) -> Slot {
        let at_reference = self.references[index(id)].filter(|_| at == At::Reference);
        let slot = at_reference.or(self.slots[index(id)]);
        slot.expect("operands are computed before they are read")
    }

    fn free(&mut self, task: &Task<'_>) {
        for &id in &task.frees {
            let slots = [
                self.slots[index(id)].take(),
                self.references[index(id)].take(),
            ];
            for slot in slots.into_iter().flatten() {
                self.buffers.release(slot.buffer);
            }
        }
    }

    /// The tasks in reverse, from gradients of all outputs.
    fn backward(&mut self) {
        let graph = self.schedule.graph;
        let mut gradients: Vec<Option<Buffer>> = vec![None; graph.tensor_count()];
        let outputs = graph.outputs.iter().copied();
        let outputs: Vec<TensorId> = outputs.filter(|&id| self.schedule.tracks(id)).collect();
        let computed = graph.nodes.iter().flat_map(|node| node.op.outputs());
        for output in computed.filter(|tensor| outputs.contains(&tensor.id)) {
            gradients[index(output.id)] = Some(self.buffers.allocate(bytes(output)));
        }
        while let Some(record) = self.tape.pop() {
            self.step_back(&record, &mut gradients);
            for buffer in record.kept {
                self.buffers.release(buffer);
            }
        }
    }

    fn step_back(&mut self, record: &Record<'a>, gradients: &mut [Option<Buffer>]) {
        let task = record.task;
        let arrived = |&output: &&'a TensorIr| Some((output, gradients[index(output.id)].take()?));
        let Some((output, arrived)) = task.outputs.iter().find_map(arrived) else {
            return;
        };
        if self.schedule.differentiates(output.id) {
            gradients[index(output.id)] = Some(self.buffers.share(arrived));
        }
        let tracked: Vec<&TensorIr> = (task.node.op.inputs().zip(&task.roles))
            .filter(|(_, role)| **role == OperandRole::Tracked)
            .map(|(operand, _)| operand)
            .collect();
        self.cost.backward_flops += flops::backward(task.node, tracked.len());
        for operand in tracked {
            let gradient = self.place_gradient(record, operand, output, arrived);
            self.buffers.burst(self.backward_scratch(task));
            let sum = &mut gradients[index(operand.id)];
            *sum = Some(match sum.take() {
                Some(before) => add(&mut self.buffers, before, gradient, bytes(operand)),
                None => gradient,
            });
        }
        self.buffers.release(arrived);
    }

    fn backward_scratch(&self, task: &Task<'_>) -> u64 {
        let layer = match task.fused {
            Some(_) if scratch::is_kept_by_threads(task.node) => 0,
            _ => scratch::backward(task.node),
        };
        match (&task.mode, &task.fused) {
            // The rule is done when the layer begins.
            (Mode::RectifierRule { .. }, Some(fused)) => {
                scratch::rule(&self.schedule.graph.nodes[fused.last()]).max(layer)
            }
            (Mode::Rule { .. } | Mode::RectifierRule { .. }, _) => scratch::rule(task.node),
            _ => layer,
        }
    }

    fn place_gradient(
        &mut self,
        record: &Record<'_>,
        operand: &TensorIr,
        output: &TensorIr,
        arrived: Buffer,
    ) -> Buffer {
        let size = bytes(operand);
        let placement = match record.task.mode {
            Mode::Rule { .. } | Mode::RectifierRule { .. } => Placement::New,
            _ => record.task.node.semantics().gradient,
        };
        let reused = match placement {
            Placement::View if bytes(output) == size => Some(arrived),
            Placement::Reuse => {
                let mut candidates = record.kept.iter().copied().chain([arrived]);
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
    use crate::testing::{Guided, Rescale};
    use crate::{Cost, Network, OpKind, Probes, RuleMap};
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
        let guided = of_input().with_rules(RuleMap::new().rectifiers(Guided));
        let plain = cost(&of_input(), forward);
        assert!(cost(&guided, forward).peak_bytes() > plain.peak_bytes());
        let reference = Tensor::<2>::ones([1, 100], &Device::flex());
        let rules = RuleMap::new().by_kind(OpKind::Elementwise, Rescale);
        let rescale = of_input().with_rules(rules.rectifiers(Rescale));
        let rescale = cost(&rescale.with_reference(reference), forward);
        assert!(rescale.peak_bytes() >= plain.peak_bytes() + 2 * SIZE);
        assert_eq!(rescale.forward_flops(), 2 * plain.forward_flops());
    }
}
