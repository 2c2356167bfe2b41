//! The walk over a graph's operations.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::ir::{ActivationOperationIr, OperationIr, TensorId, TensorIr};
use burn::backend::tensor::{Device, FloatTensor};

use crate::backend::gelu::ExactGelu;
use crate::backend::reroute::Reroute;
use crate::capture::panic_message;
use crate::exec::attach::{at_reference, attach, step};
use crate::exec::fused::FusedOp;
use crate::exec::producers::Producers;
use crate::exec::reference::{ReferenceRun, ReferenceStep};
use crate::exec::slot::Slot;
use crate::exec::{Engine, Frame, Plan, Value, evaluate};
use crate::ir::graph::index;
use crate::ir::node::Node;
use crate::ir::op_name::op_name;
use crate::ir::program::Program;
use crate::network::weights::Weights;
use crate::{AnyTensor, Error, OperandRole, Rule};

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
    /// The kept tensors at the reference, if there is one.
    pub(crate) reference: HashMap<TensorId, AnyTensor>,
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

/// Runs what the plan needs of the graph. `inputs` are in the graph's order.
pub(crate) fn execute<B: Engine>(
    graph: &Program,
    plan: &Plan,
    weights: &Weights,
    inputs: Vec<AnyTensor>,
    device: &Device<B::InnerBackend>,
) -> Result<Execution<B>, Error> {
    let mut interpreter = Interpreter::<B>::new(graph, plan, weights, device);
    interpreter.load(inputs);
    for (position, node) in graph.nodes.iter().enumerate() {
        interpreter.run(position, node)?;
        interpreter.free(node);
    }
    Ok(interpreter.finish())
}

struct Interpreter<'a, B: Engine> {
    graph: &'a Program,
    plan: &'a Plan,
    weights: &'a Weights,
    device: &'a Device<B::InnerBackend>,
    slots: Vec<Option<Slot<B>>>,
    kept: Vec<bool>,
    /// Operations that were computed together with an earlier one.
    done: Vec<bool>,
    /// A flag for each operation.
    needed: Vec<bool>,
    reference: Option<ReferenceRun<B::InnerBackend>>,
    /// Remembered if a rule reaches through them.
    producers: Option<Producers<B>>,
    probes: HashMap<TensorId, Probe<B>>,
}

/// How an operation takes part in the backward pass.
enum Treatment {
    /// With its derivative, or not at all.
    Ordinary,
    /// By a rule.
    Rule(Arc<dyn Rule>, Vec<OperandRole>),
    /// With its derivative, unless the rule of the next operation reaches through it.
    Producer(Vec<OperandRole>),
}

impl<'a, B: Engine> Interpreter<'a, B> {
    fn new(
        graph: &'a Program,
        plan: &'a Plan,
        weights: &'a Weights,
        device: &'a Device<B::InnerBackend>,
    ) -> Self {
        let mut kept = vec![false; graph.tensor_count()];
        for &id in &plan.keep {
            kept[index(id)] = true;
        }
        Self {
            graph,
            plan,
            weights,
            device,
            slots: (0..graph.tensor_count()).map(|_| None).collect(),
            kept,
            done: vec![false; graph.nodes.len()],
            needed: plan.needed(graph),
            reference: plan.reference.as_ref().map(|inputs| {
                let inputs = inputs.iter().cloned().map(B::value).collect();
                ReferenceRun::new(graph, plan, inputs)
            }),
            producers: plan.rules.reach_through().then(Producers::new),
            probes: HashMap::new(),
        }
    }

    fn load(&mut self, inputs: Vec<AnyTensor>) {
        for (&id, &position) in &self.graph.parameters {
            let value = self.weights.parameters()[position].clone();
            self.slots[index(id)] = Some(Slot::Plain(B::value(value)));
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

    fn run(&mut self, position: usize, node: &Node) -> Result<(), Error> {
        let run = AssertUnwindSafe(|| self.compute(position, node));
        catch_unwind(run).map_err(|payload| Error::Execution {
            op: op_name(&node.op),
            layer: node.name.clone(),
            message: panic_message(payload.as_ref()),
        })
    }

    fn compute(&mut self, position: usize, node: &Node) {
        if self.done[position] {
            return;
        }
        if let Some(fused) = FusedOp::at(position, self.graph, self.plan, &self.kept) {
            self.compute_fused(position, &fused);
            return;
        }
        let at_reference = (self.reference.as_ref()).is_some_and(|run| run.needs(position));
        // What depends on no input is computed once, for both runs.
        let differs = node.op.inputs().any(|tensor| self.depends(tensor.id));
        let needed = self.needed[position] || (at_reference && !differs);
        let treatment = if needed {
            self.treatment(node)
        } else {
            Treatment::Ordinary
        };
        let reference = if at_reference && differs {
            self.compute_reference(node, !matches!(treatment, Treatment::Ordinary))
        } else {
            None
        };
        if !needed {
            return;
        }
        let operands = self.operands(node);
        let outputs = match treatment {
            Treatment::Ordinary => self.compute_ordinary(node, operands),
            Treatment::Rule(rule, roles) => {
                self.compute_with_rule(node, operands, reference, &rule, &roles)
            }
            Treatment::Producer(roles) => self.compute_producer(node, operands, reference, &roles),
        };
        for (tensor, slot) in node.op.outputs().zip(outputs) {
            if !self.plan.replaces(tensor.id) {
                self.store(tensor.id, slot);
            }
        }
    }

    /// Computes a layer together with what joins it; it depends on an input.
    fn compute_fused(&mut self, position: usize, fused: &FusedOp<'_>) {
        for &position in &fused.positions {
            self.done[position] = true;
        }
        let layer = &self.graph.nodes[position];
        let output = self.graph.nodes[fused.last()].output();
        let output = output.expect("a layer has an output").id;
        let folded = fused
            .norm
            .map(|norm| self.weights.folded(self.graph, position, norm));
        if (self.reference.as_ref()).is_some_and(|run| run.needs(fused.last())) {
            let operands = self.reference_operands(layer);
            let operands = fused.with_weights(operands, folded.as_ref(), |w| B::value(w.clone()));
            let value = fused.compute(operands, self.device.clone());
            if let Some(run) = &mut self.reference {
                run.store(output, value);
            }
        }
        if self.needed[fused.last()] {
            let operands = self.operands(layer);
            let plain = |w: &AnyTensor| Slot::Plain(B::value(w.clone()));
            let operands = fused.with_weights(operands, folded.as_ref(), plain);
            let slot = fused.compute_slot(operands, self.device);
            self.store(output, slot);
        }
    }

    fn depends(&self, id: TensorId) -> bool {
        self.graph.depends_on_input(id)
    }

    fn treatment(&self, node: &Node) -> Treatment {
        let roles = node.op.inputs().map(|tensor| self.role(tensor.id));
        let roles: Vec<OperandRole> = roles.collect();
        if !roles.contains(&OperandRole::Tracked) {
            return Treatment::Ordinary;
        }
        match self.plan.rules.for_kind(node.kind) {
            Some(rule) if rule.applies(&roles) => Treatment::Rule(rule, roles),
            _ if self.is_producer(node, &roles) => Treatment::Producer(roles),
            _ if self.plan.exact_gelu && is_gelu(node) => {
                Treatment::Rule(Arc::new(ExactGelu), roles)
            }
            _ => Treatment::Ordinary,
        }
    }

    /// Whether a rule may reach through the operation. None may if the gradient of the output is asked for,
    /// since it would pass by, or if something else takes the output's place.
    fn is_producer(&self, node: &Node, roles: &[OperandRole]) -> bool {
        let producers = self.producers.as_ref();
        let is_seen = |output: &TensorIr| {
            self.plan.differentiate.contains(&output.id) || self.plan.replaces(output.id)
        };
        producers.is_some_and(|producers| producers.includes(node, roles))
            && !node.output().is_some_and(is_seen)
    }

    fn role(&self, id: TensorId) -> OperandRole {
        match self.slots[index(id)] {
            Some(Slot::Tracked(_)) => OperandRole::Tracked,
            _ if self.depends(id) => OperandRole::Varying,
            _ => OperandRole::Constant,
        }
    }

    /// The operands in the order in which the operation names them. One that is read for the last time
    /// is moved, so that the backend can reuse its memory.
    fn operands(&mut self, node: &Node) -> Vec<(TensorId, Slot<B>)> {
        let ids = reads(node, &self.kept);
        (ids.into_iter())
            .map(|(id, last)| {
                let slot = &mut self.slots[index(id)];
                let slot = if last { slot.take() } else { slot.clone() };
                (
                    id,
                    slot.expect("operands are computed before they are read"),
                )
            })
            .collect()
    }

    fn compute_reference(
        &mut self,
        node: &Node,
        keep_operands: bool,
    ) -> Option<ReferenceStep<B::InnerBackend>> {
        let operands = self.reference_operands(node);
        let run = self.reference.as_mut()?;
        Some(run.run(node, operands, keep_operands, self.device))
    }

    /// The operands at the reference.
    fn reference_operands(&mut self, node: &Node) -> Vec<(TensorId, Value<B::InnerBackend>)> {
        let operands = reads(node, &self.kept).into_iter().map(|(id, last)| {
            let shared = || self.slots[index(id)].clone().map(Slot::into_plain);
            let run = self.reference.as_mut();
            let value = run.and_then(|run| run.operand(id, last)).or_else(shared);
            (
                id,
                value.expect("operands are computed before they are read"),
            )
        });
        operands.collect()
    }

    fn compute_ordinary(&self, node: &Node, operands: Vec<(TensorId, Slot<B>)>) -> Vec<Slot<B>> {
        if operands
            .iter()
            .all(|(_, slot)| matches!(slot, Slot::Plain(_)))
        {
            let operands = (operands.into_iter())
                .map(|(id, slot)| (id, slot.into_plain()))
                .collect();
            let outputs = evaluate(&node.op, &mut Frame::new(operands, self.device.clone()));
            return outputs.into_iter().map(Slot::Plain).collect();
        }
        let operands = operands
            .into_iter()
            .map(|(id, slot)| (id, slot.into_autodiff()))
            .collect();
        let outputs = evaluate::<B>(&node.op, &mut Frame::new(operands, self.device.clone()));
        outputs.into_iter().map(Slot::from_autodiff).collect()
    }

    /// Computes the outputs without a tape and attaches the rule as the only way back. Outputs that
    /// aren't float, such as the indices of a maximum, have no way back.
    fn compute_with_rule(
        &self,
        node: &Node,
        mut operands: Vec<(TensorId, Slot<B>)>,
        reference: Option<ReferenceStep<B::InnerBackend>>,
        rule: &Arc<dyn Rule>,
        roles: &[OperandRole],
    ) -> Vec<Slot<B>> {
        let values = operands
            .iter()
            .map(|(id, slot)| (*id, slot.clone().into_plain()))
            .collect::<Vec<_>>();
        let mut frame = Frame::new(values.clone(), self.device.clone());
        let outputs = evaluate(&node.op, &mut frame);
        let producers = self.producers.as_ref().filter(|_| rule.reaches_through());
        let producer = producers.and_then(|producers| producers.before(node, roles));
        if let Some(producer) = producer {
            operands[0].1 = Slot::Tracked(producer.operand.clone());
        }
        let attach = |(position, output): (usize, Value<B::InnerBackend>)| {
            let Value::Float(output) = output else {
                return Slot::Plain(output);
            };
            let mut step = step::<B>(node, values.clone(), output.clone(), roles);
            if let Some(reference) = &reference {
                at_reference::<B>(&mut step, reference, position);
            }
            step.producer = producer.map(|producer| Arc::clone(&producer.step));
            attach(step, rule, &operands, output)
        };
        outputs.into_iter().enumerate().map(attach).collect()
    }

    /// Computes a layer as usual, and remembers it for a rule that reaches through it.
    fn compute_producer(
        &mut self,
        node: &Node,
        operands: Vec<(TensorId, Slot<B>)>,
        reference: Option<ReferenceStep<B::InnerBackend>>,
        roles: &[OperandRole],
    ) -> Vec<Slot<B>> {
        let outputs = self.compute_ordinary(node, operands.clone());
        let (Some(producers), [Slot::Tracked(output)]) = (&mut self.producers, &outputs[..]) else {
            return outputs;
        };
        let values = operands.iter();
        let values = values.map(|(id, slot)| (*id, slot.clone().into_plain()));
        let mut step = step::<B>(node, values.collect(), B::inner(output.clone()), roles);
        if let Some(reference) = &reference {
            at_reference::<B>(&mut step, reference, 0);
        }
        producers.remember(node, step, &operands[0].1);
        outputs
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
                if let Some(reference) = &mut self.reference {
                    reference.free(id);
                }
                if let Some(producers) = &mut self.producers {
                    producers.free(id);
                }
            }
        }
    }

    fn finish(mut self) -> Execution<B> {
        let kept: HashMap<TensorId, Slot<B>> = (self.plan.keep.iter())
            .filter_map(|&id| Some((id, self.slots[index(id)].take()?)))
            .collect();
        let reference = self.reference.map(|run| run.finish(&self.plan.keep));
        let reference = reference.map(|mut values| {
            let value = |(&id, slot): (&TensorId, &Slot<B>)| {
                let shared = || slot.clone().into_plain();
                (id, B::any(values.remove(&id).unwrap_or_else(shared)))
            };
            kept.iter().map(value).collect()
        });
        Execution {
            kept,
            reference: reference.unwrap_or_default(),
            gradients: GradientProbes(self.probes),
        }
    }
}

/// The tensors that an operation reads, and whether each is read for the last time.
fn reads(node: &Node, kept: &[bool]) -> Vec<(TensorId, bool)> {
    let ids: Vec<TensorId> = node.op.inputs().map(|tensor| tensor.id).collect();
    (ids.iter().enumerate())
        .map(|(position, &id)| {
            let read_again = kept[index(id)] || ids[position + 1..].contains(&id);
            (id, node.frees.contains(&id) && !read_again)
        })
        .collect()
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
    use crate::analysis::fusion;
    use crate::build;
    use crate::capture::{Captured, Forward, parameters_of};
    use crate::network::layer;
    use crate::{DeconvnetRectifier, GuidedRectifier, OpKind, Rules};
    use burn::backend::Dispatch;
    use burn::backend::{Autodiff, Flex};
    use burn::module::{Module, Param};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::module::{conv2d, max_pool2d_with_indices};
    use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
    use burn::tensor::{Device as AnyDevice, Tensor};

    #[derive(Module, Debug)]
    struct Net {
        kernel: Param<Tensor<4>>,
        head: Linear,
    }

    impl Net {
        /// `relu([x0 + 2 x1, x1 + 2 x2, x2 + 2 x3]) · [5, -1, 7] + 2`.
        fn new(device: &AnyDevice) -> Self {
            Self {
                kernel: Param::from_data([[[[1.0, 2.0]]]], device),
                head: Linear {
                    weight: Param::from_data([[5.0], [-1.0], [7.0]], device),
                    bias: Some(Param::from_data([2.0], device)),
                },
            }
        }

        fn forward(&self, x: Tensor<4>) -> Tensor<2> {
            let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
            let maps = relu(conv2d(x, self.kernel.val(), None, options));
            self.head.forward(maps.flatten::<2>(1, 3))
        }
    }

    /// What one run gives: the output, and the gradients of the input and of the rectifier's output.
    #[derive(Debug, PartialEq)]
    struct Run {
        output: Vec<f32>,
        input: Vec<f32>,
        tap: Vec<f32>,
    }

    /// Runs the network on backend `B`, at `[1, 2, 3, -4]`, where the rectifier passes `[5, 8]` and
    /// stops `-5`. At the reference every sign is the other.
    fn run<B: Engine>(at: &AnyDevice, device: &Device<B::InnerBackend>, rules: Rules) -> Run {
        let x = Tensor::<4>::from_data([[[[1.0, 2.0, 3.0, -4.0]]]], at);
        let model = Net::new(at);
        let captured = Captured::<_, _, Tensor<4>, Tensor<2>>::new(model.valid(), Net::forward);
        let recording = captured.record(&[x.clone().into()], at).unwrap();
        let graph = Program::freeze(build::graph(recording).unwrap(), fusion::find);
        let parameters = parameters_of(&model).into_iter().map(|p| p.value);
        let weights = Weights::new(parameters.collect());
        let (input, output) = (graph.inputs[0], graph.outputs[0]);
        let tap = layer::find(&graph, "relu").unwrap().1.id;
        let plan = Plan {
            keep: vec![output],
            differentiate: vec![input, tap],
            rules,
            reference: Some(vec![(-x.clone()).into()]),
            ..Plan::default()
        };
        let execution = execute::<B>(&graph, &plan, &weights, vec![x.into()], device).unwrap();
        let kept = &execution.kept[&output];
        let Slot::Tracked(score) = kept.clone() else {
            panic!("the output belongs to the backward pass");
        };
        let gradients = B::backward(B::float_sum(score));
        let gradient = |id| execution.gradients.gradient(id, &gradients).unwrap();
        Run {
            output: values::<2>(&kept.value()),
            input: values::<4>(&gradient(input)),
            tap: values::<4>(&gradient(tap)),
        }
    }

    fn values<const D: usize>(tensor: &AnyTensor) -> Vec<f32> {
        let tensor = tensor.to_tensor::<D, _>().unwrap();
        Tensor::<D>::into_data(tensor).try_to_vec().unwrap()
    }

    fn check_on<B: Engine>(at: &AnyDevice, device: &Device<B::InnerBackend>) {
        // relu([5, 8, -5]) · [5, -1, 7] + 2. Behind the rectifier the gradient is the head's weights.
        let expected = |input: [f32; 4]| Run {
            output: vec![19.0],
            input: input.to_vec(),
            tap: vec![5.0, -1.0, 7.0],
        };
        // [5, -1, 0] passes the rectifier: 5 · 1, 5 · 2 - 1 · 1, -1 · 2, 0.
        let plain = run::<B>(at, device, Rules::new());
        assert_eq!(plain, expected([5.0, 9.0, -2.0, 0.0]));
        // [5, 0, 0]
        let guided = Rules::new().with_rectifier_rule(GuidedRectifier);
        let guided = run::<B>(at, device, guided);
        assert_eq!(guided, expected([5.0, 10.0, 0.0, 0.0]));
        // [5, 0, 7]
        let deconvnet = Rules::new().with_rectifier_rule(DeconvnetRectifier);
        let deconvnet = run::<B>(at, device, deconvnet);
        assert_eq!(deconvnet, expected([5.0, 10.0, 7.0, 14.0]));
        // Half of every difference passes: [5, -1, 7] / 2.
        let deep_lift = run::<B>(at, device, Rules::deep_lift(1e-6));
        assert_eq!(deep_lift, expected([2.5, 4.5, 2.5, 7.0]));
    }

    #[test]
    fn it_runs_on_autodiff_over_flex() {
        check_on::<Autodiff<Flex>>(&AnyDevice::flex(), &Device::<Flex>::default());
    }

    #[test]
    #[cfg(feature = "ndarray")]
    #[allow(
        deprecated,
        reason = "Burn deprecates NdArray, but runs it, and so do we"
    )]
    fn it_runs_on_autodiff_over_ndarray() {
        type NdArray = burn::backend::NdArray;
        check_on::<Autodiff<NdArray>>(&AnyDevice::ndarray(), &Device::<NdArray>::default());
    }

    #[test]
    fn it_runs_on_the_run_time_backend() {
        let device = AnyDevice::flex();
        check_on::<Dispatch>(&device, device.as_dispatch());
    }

    #[test]
    fn a_rule_leaves_integer_outputs_alone() {
        let device = AnyDevice::flex();
        let x = Tensor::<4>::from_data([[[[1.0, 3.0], [4.0, 2.0]]]], &device);
        let graph = crate::testing::record([1, 1, 2, 2], |x: Tensor<4>| {
            let (maxima, places) = max_pool2d_with_indices(x, MaxPoolOptions::new([2, 2]));
            maxima + places.float()
        });
        let plan = Plan {
            keep: graph.outputs.clone(),
            differentiate: graph.inputs.clone(),
            rules: Rules::new().with_rule(OpKind::MaxPool, GuidedRectifier),
            ..Plan::default()
        };
        let execution = execute::<Dispatch>(
            &graph,
            &plan,
            &Weights::default(),
            vec![x.into()],
            device.as_dispatch(),
        )
        .unwrap();
        // The maximum 4 is at place 2.
        let sum = values::<4>(&execution.kept[&graph.outputs[0]].value());
        assert_eq!(sum, [6.0]);
    }
}
