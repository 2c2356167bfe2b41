//! The walk over a graph's operations.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::ir::TensorId;
use burn::backend::tensor::{Device, FloatTensor};

use super::slot::Slot;
use super::{Engine, Frame, Plan, Value, evaluate};
use crate::capture::panic_message;
use crate::graph::{Graph, Node, index};
use crate::op_name::op_name;
use crate::rules::{Reroute, Step};
use crate::{AnyTensor, Error};

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
        let run = AssertUnwindSafe(|| {
            let outputs = self.compute(node, operands);
            for (tensor, slot) in node.op.outputs().zip(outputs) {
                if !self.plan.replaces(tensor.id) {
                    self.store(tensor.id, slot);
                }
            }
        });
        catch_unwind(run).map_err(|payload| Error::Execution {
            op: op_name(&node.op),
            layer: node.name.clone(),
            message: panic_message(payload.as_ref()),
        })
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
                .map(|(id, slot)| (id, slot.into_plain()))
                .collect();
            let outputs = evaluate(&node.op, &mut Frame::new(operands, self.device.clone()));
            return outputs.into_iter().map(Slot::Plain).collect();
        }
        if let Some(rule) = self.plan.rules.for_kind(node.kind) {
            return self.compute_with_rule(node, operands, &rule);
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
        operands: Vec<(TensorId, Slot<B>)>,
        rule: &Arc<dyn crate::Rule>,
    ) -> Vec<Slot<B>> {
        let values: Vec<_> = operands
            .iter()
            .map(|(id, slot)| (*id, slot.clone().into_plain()))
            .collect();
        let mut frame = Frame::new(values.clone(), self.device.clone());
        let outputs = evaluate(&node.op, &mut frame);
        let attach = |output| match output {
            Value::Float(output) => attach(node, rule, &operands, values.clone(), output),
            integers => Slot::Plain(integers),
        };
        outputs.into_iter().map(attach).collect()
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

/// The output of an operation, whose gradient flows back to the operands by a rule.
fn attach<B: Engine>(
    node: &Node,
    rule: &Arc<dyn crate::Rule>,
    operands: &[(TensorId, Slot<B>)],
    values: Vec<(TensorId, Value<B::InnerBackend>)>,
    output: FloatTensor<B::InnerBackend>,
) -> Slot<B> {
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
    for (position, (_, slot)) in operands.iter().enumerate() {
        if let Slot::Tracked(operand) = slot {
            let (rule, step) = (Arc::clone(rule), Arc::clone(&step));
            let reroute = Reroute::new(move |gradient| rule.gradient(&step, position, gradient));
            result = B::reroute(operand.clone(), result, reroute);
        }
    }
    Slot::Tracked(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Captured, Forward, parameters_of};
    use crate::{DeconvnetRectifier, GuidedRectifier, OpKind, Rules, layer};
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
    /// stops `-5`.
    fn run<B: Engine>(at: &AnyDevice, device: &Device<B::InnerBackend>, rules: Rules) -> Run {
        let x = Tensor::<4>::from_data([[[[1.0, 2.0, 3.0, -4.0]]]], at);
        let model = Net::new(at);
        let captured = Captured::<_, _, Tensor<4>, Tensor<2>>::new(model.valid(), Net::forward);
        let recording = captured.record(&[x.clone().into()], at).unwrap();
        let graph = Graph::new(recording).unwrap();
        let parameters: Vec<_> = parameters_of(&model).into_iter().map(|p| p.value).collect();
        let (input, output) = (graph.inputs[0], graph.outputs[0]);
        let tap = layer::find(&graph, "relu").unwrap().1.id;
        let plan = Plan {
            keep: vec![output],
            differentiate: vec![input, tap],
            rules,
            ..Plan::default()
        };
        let execution = execute::<B>(&graph, &plan, &parameters, vec![x.into()], device).unwrap();
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
        type NdArray = burn_ndarray::NdArray;
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
        let execution =
            execute::<Dispatch>(&graph, &plan, &[], vec![x.into()], device.as_dispatch()).unwrap();
        // The maximum 4 is at place 2.
        let sum = values::<4>(&execution.kept[&graph.outputs[0]].value());
        assert_eq!(sum, [6.0]);
    }
}
