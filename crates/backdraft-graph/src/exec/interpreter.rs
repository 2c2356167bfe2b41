//! Runs the tasks of a schedule with tensors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::ir::{ModuleOperationIr, OperationIr, TensorId};
use burn::backend::tensor::{Device, FloatTensor};

use crate::backend::reroute::Reroute;
use crate::catch::catch;
use crate::exec::attach::{at_reference, attach, attach_to_convolution, step};
use crate::exec::producers::{Producer, Producers};
use crate::exec::reference::{ReferenceRun, ReferenceStep};
use crate::exec::slot::Slot;
use crate::exec::{Engine, Given, Value};
use crate::ir::graph::index;
use crate::ir::op_name::op_name;
use crate::network::weights::Weights;
use crate::schedule::{Mode, Read, Schedule, Task};
use crate::{AnyTensor, Error, PassError, Rule};

/// Where the gradient of an activation in the middle of the backward pass arrives.
type Tap = Arc<Mutex<Option<AnyTensor>>>;

/// A tensor whose gradient can be asked for after the backward pass.
#[derive(Clone, Debug)]
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

/// Runs a schedule.
pub(crate) fn execute<B: Engine>(
    schedule: &Schedule<'_>,
    given: Given,
    weights: &Weights,
    device: &Device<B::InnerBackend>,
) -> Result<Execution<B>, Error> {
    let mut interpreter = Interpreter::<B>::new(schedule, weights, device);
    interpreter.load(given);
    for task in &schedule.tasks {
        interpreter.run(task)?;
        interpreter.free(task);
    }
    Ok(interpreter.finish())
}

struct Interpreter<'a, B: Engine> {
    schedule: &'a Schedule<'a>,
    weights: &'a Weights,
    device: &'a Device<B::InnerBackend>,
    slots: Vec<Option<Slot<B>>>,
    reference: Option<ReferenceRun<B::InnerBackend>>,
    producers: Producers<B>,
    probes: HashMap<TensorId, Probe<B>>,
}

impl<'a, B: Engine> Interpreter<'a, B> {
    fn new(
        schedule: &'a Schedule<'a>,
        weights: &'a Weights,
        device: &'a Device<B::InnerBackend>,
    ) -> Self {
        let tensors = 0..schedule.graph.tensor_count();
        Self {
            schedule,
            weights,
            device,
            slots: tensors.map(|_| None).collect(),
            reference: None,
            producers: Producers::new(),
            probes: HashMap::new(),
        }
    }

    fn load(&mut self, given: Given) {
        let graph = self.schedule.graph;
        for (&id, &position) in &graph.parameters {
            let value = self.weights.parameters()[position].clone();
            self.slots[index(id)] = Some(Slot::Plain(B::value(value)));
        }
        for (&id, value) in &graph.constants {
            self.slots[index(id)] = Some(Slot::Plain(B::value(value.clone())));
        }
        let inputs = graph.inputs.iter().copied().zip(given.inputs);
        for (id, value) in inputs.chain(given.replacements) {
            self.store(id, Slot::Plain(B::value(value)));
        }
        self.reference = given
            .reference
            .map(|inputs| ReferenceRun::new(graph, inputs.into_iter().map(B::value)));
    }

    fn run(&mut self, task: &Task<'_>) -> Result<(), PassError> {
        catch(|| self.compute(task)).map_err(|panic| PassError::Execution {
            op: op_name(&task.node.op),
            layer: task.node.name.clone(),
            message: panic.message,
        })
    }

    fn compute(&mut self, task: &Task<'_>) {
        let reference = if task.at_reference {
            self.compute_reference(task)
        } else {
            None
        };
        if !task.at_input {
            return;
        }
        let operands = self.operands(task);
        let outputs = match &task.mode {
            Mode::Plain => self.compute_plain(task, operands),
            Mode::Tracked => self.compute_tracked(task, operands),
            Mode::Rule {
                rule,
                reaches_through,
            } => {
                let producer = reaches_through.then(|| task.reads[0].tensor);
                let producer = producer.and_then(|tensor| self.producers.of(tensor));
                self.compute_with_rule(task, operands, reference, rule, producer)
            }
            Mode::RectifierRule { rule } => self.compute_with_rectifier_rule(task, operands, rule),
            Mode::Producer { with_layer } => {
                let layer = with_layer.then(|| task.reads[0].tensor);
                self.compute_producer(task, operands, reference, layer)
            }
        };
        for (tensor, slot) in task.outputs.iter().zip(outputs) {
            if !self.schedule.replaces(tensor.id) {
                self.store(tensor.id, slot);
            }
        }
    }

    /// The operands in the order in which what is computed names them. One that is read for the last time
    /// is moved, so that the backend can reuse its memory.
    fn operands(&mut self, task: &Task<'_>) -> Vec<(TensorId, Slot<B>)> {
        let operand = |read: &Read| {
            let slot = &mut self.slots[index(read.tensor)];
            let slot = if read.last { slot.take() } else { slot.clone() };
            (read.tensor, slot.expect(COMPUTED))
        };
        let operands = task.reads.iter().map(operand).collect();
        self.with_weights(task, operands, Slot::Plain)
    }

    /// The operands, with the weights of a folded layer in place of its own.
    fn with_weights<T>(
        &self,
        task: &Task<'_>,
        operands: Vec<(TensorId, T)>,
        operand: impl Fn(Value<B::InnerBackend>) -> T,
    ) -> Vec<(TensorId, T)> {
        let Some((fused, norm)) = task.fused.as_ref().and_then(|f| Some((f, f.norm?))) else {
            return operands;
        };
        let folded = (self.weights).folded(self.schedule.graph, task.position, norm);
        fused.with_weights(operands, Some(&folded), |weight| {
            operand(B::value(weight.clone()))
        })
    }

    fn compute_reference(&mut self, task: &Task<'_>) -> Option<ReferenceStep<B::InnerBackend>> {
        let operands = self.reference_operands(task);
        let run = self.reference.as_mut()?;
        Some(run.run(task, operands, self.device))
    }

    /// The operands at the reference.
    fn reference_operands(&mut self, task: &Task<'_>) -> Vec<(TensorId, Value<B::InnerBackend>)> {
        let operand = |&Read { tensor, last }: &Read| {
            let shared = || self.slots[index(tensor)].clone().map(Slot::into_plain);
            let run = self.reference.as_mut();
            let value = run
                .and_then(|run| run.operand(tensor, last))
                .or_else(shared);
            (tensor, value.expect(COMPUTED))
        };
        let operands = task.reads.iter().map(operand).collect();
        self.with_weights(task, operands, |weight| weight)
    }

    fn compute_plain(&self, task: &Task<'_>, operands: Vec<(TensorId, Slot<B>)>) -> Vec<Slot<B>> {
        let operands = operands.into_iter();
        let operands = operands.map(|(id, slot)| (id, slot.into_plain()));
        let outputs = task.evaluate(operands.collect(), self.device.clone());
        outputs.into_iter().map(Slot::Plain).collect()
    }

    fn compute_tracked(&self, task: &Task<'_>, operands: Vec<(TensorId, Slot<B>)>) -> Vec<Slot<B>> {
        let operands = operands.into_iter();
        let operands = operands.map(|(id, slot)| (id, slot.into_autodiff()));
        let outputs = task.evaluate::<B>(operands.collect(), self.device.clone());
        outputs.into_iter().map(Slot::from_autodiff).collect()
    }

    /// Computes the outputs without a tape and attaches the rule as all that reaches the operands. Outputs that
    /// aren't float, such as the indices of a maximum, have no gradient.
    fn compute_with_rule(
        &self,
        task: &Task<'_>,
        mut operands: Vec<(TensorId, Slot<B>)>,
        reference: Option<ReferenceStep<B::InnerBackend>>,
        rule: &Arc<dyn Rule>,
        producer: Option<&Producer<B>>,
    ) -> Vec<Slot<B>> {
        let values = operands
            .iter()
            .map(|(id, slot)| (*id, slot.clone().into_plain()))
            .collect::<Vec<_>>();
        let outputs = task.evaluate(values.clone(), self.device.clone());
        if let Some(producer) = producer {
            operands[0].1 = Slot::Tracked(producer.operand.clone());
        }
        let attach = |(position, output): (usize, Value<B::InnerBackend>)| {
            let Value::Float(output) = output else {
                return Slot::Plain(output);
            };
            let mut step = step::<B>(task, values.clone(), output.clone());
            if let Some(reference) = &reference {
                at_reference::<B>(&mut step, reference, position);
            }
            step.producer = producer.map(|producer| Arc::clone(&producer.step));
            attach(step, rule, &operands, output)
        };
        outputs.into_iter().enumerate().map(attach).collect()
    }

    /// Computes a convolution and its rectifier at once, the convolution with its derivative and the rectifier by a rule.
    fn compute_with_rectifier_rule(
        &self,
        task: &Task<'_>,
        operands: Vec<(TensorId, Slot<B>)>,
        rule: &Arc<dyn Rule>,
    ) -> Vec<Slot<B>> {
        let OperationIr::Module(ModuleOperationIr::Conv2d(op)) = task.op() else {
            unreachable!("rectifiers are computed with convolutions of images");
        };
        let mut layer = operands.iter().map(|(_, slot)| slot.clone());
        let layer = [(); 2].map(|()| {
            layer
                .next()
                .expect("a convolution has an image and a weight")
        });
        let rectifier = &self.schedule.graph.nodes[task.last()];
        let outputs = self.compute_plain(task, operands).into_iter();
        outputs
            .map(|output| match output {
                Slot::Plain(Value::Float(output)) => {
                    attach_to_convolution(rectifier, rule, op, layer.clone(), output)
                }
                output => output,
            })
            .collect()
    }

    /// Computes a layer as usual, and remembers it for a rule that reaches through it.
    fn compute_producer(
        &mut self,
        task: &Task<'_>,
        operands: Vec<(TensorId, Slot<B>)>,
        reference: Option<ReferenceStep<B::InnerBackend>>,
        layer: Option<TensorId>,
    ) -> Vec<Slot<B>> {
        let outputs = self.compute_tracked(task, operands.clone());
        let [Slot::Tracked(output)] = &outputs[..] else {
            return outputs;
        };
        let values = operands.iter();
        let values = values.map(|(id, slot)| (*id, slot.clone().into_plain()));
        let mut step = step::<B>(task, values.collect(), B::inner(output.clone()));
        if let Some(reference) = &reference {
            at_reference::<B>(&mut step, reference, 0);
        }
        let output = task.outputs[0].id;
        self.producers.remember(output, step, &operands[0].1, layer);
        outputs
    }

    /// Stores a tensor, with a probe where its gradient is asked for.
    fn store(&mut self, id: TensorId, slot: Slot<B>) {
        let slot = if self.schedule.differentiates(id) {
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

    fn free(&mut self, task: &Task<'_>) {
        for &id in &task.frees {
            self.slots[index(id)] = None;
            if let Some(reference) = &mut self.reference {
                reference.free(id);
            }
            self.producers.free(id);
        }
    }

    fn finish(mut self) -> Execution<B> {
        let keep = &self.schedule.request.keep;
        let kept: HashMap<TensorId, Slot<B>> = (keep.iter())
            .filter_map(|&id| Some((id, self.slots[index(id)].take()?)))
            .collect();
        let reference = self.reference.map(|run| run.finish(keep));
        let reference = reference.map(|mut values| {
            let value = |(&id, slot): (&TensorId, &Slot<B>)| {
                let shared = || slot.clone().into_plain();
                (id, B::any(values.remove(&id).unwrap_or_else(shared)))
            };
            kept.iter().map(value).collect()
        });
        for (own, normalized) in &self.schedule.same_gradient {
            if let Some(probe) = self.probes.get(normalized).cloned() {
                self.probes.insert(*own, probe);
            }
        }
        Execution {
            kept,
            reference: reference.unwrap_or_default(),
            gradients: GradientProbes(self.probes),
        }
    }
}

const COMPUTED: &str = "operands are computed before they are read";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fusion;
    use crate::build;
    use crate::capture::{Captured, Forward, parameters_of};
    use crate::ir::program::Program;
    use crate::network::layer;
    use crate::schedule::Request;
    use crate::testing::{Deconvnet, Guided, Rescale};
    use crate::{OpKind, RuleMap};
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
    fn run<B: Engine>(at: &AnyDevice, device: &Device<B::InnerBackend>, rules: RuleMap) -> Run {
        let x = Tensor::<4>::from_data([[[[1.0, 2.0, 3.0, -4.0]]]], at);
        let model = Net::new(at);
        let captured =
            Captured::<_, _, Tensor<4>, Tensor<2>>::of_model(model.valid(), Net::forward);
        let recording = captured.record(&[x.clone().into()], at).unwrap();
        let graph = Program::freeze(build::graph(recording).unwrap(), fusion::find);
        let parameters = parameters_of(&model).into_iter().map(|p| p.value);
        let weights = Weights::new(parameters.collect());
        let (input, output) = (graph.inputs[0], graph.outputs[0]);
        let tap = layer::find(&graph, "relu").unwrap().1.id;
        let request = Request {
            keep: vec![output],
            differentiate: vec![input, tap],
            rules,
            reference: true,
            ..Request::default()
        };
        let given = Given {
            reference: Some(vec![(-x.clone()).into()]),
            inputs: vec![x.into()],
            ..Given::default()
        };
        let schedule = Schedule::compile(&graph, &request).unwrap();
        let execution = execute::<B>(&schedule, given, &weights, device).unwrap();
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
        let plain = run::<B>(at, device, RuleMap::new());
        assert_eq!(plain, expected([5.0, 9.0, -2.0, 0.0]));
        // [5, 0, 0]
        let guided = RuleMap::new().rectifiers(Guided);
        let guided = run::<B>(at, device, guided);
        assert_eq!(guided, expected([5.0, 10.0, 0.0, 0.0]));
        // [5, 0, 7]
        let deconvnet = RuleMap::new().rectifiers(Deconvnet);
        let deconvnet = run::<B>(at, device, deconvnet);
        assert_eq!(deconvnet, expected([5.0, 10.0, 7.0, 14.0]));
        // Half of every difference passes: [5, -1, 7] / 2.
        let rescale = run::<B>(at, device, RuleMap::new().rectifiers(Rescale));
        assert_eq!(rescale, expected([2.5, 4.5, 2.5, 7.0]));
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
        let request = Request {
            keep: graph.outputs.clone(),
            differentiate: graph.inputs.clone(),
            rules: RuleMap::new().by_kind(OpKind::MaxPool, Guided),
            ..Request::default()
        };
        let given = Given {
            inputs: vec![x.into()],
            ..Given::default()
        };
        let schedule = Schedule::compile(&graph, &request).unwrap();
        let weights = Weights::default();
        let execution = execute::<Dispatch>(&schedule, given, &weights, device.as_dispatch());
        let execution = execution.unwrap();
        // The maximum 4 is at place 2.
        let sum = values::<4>(&execution.kept[&graph.outputs[0]].value());
        assert_eq!(sum, [6.0]);
    }
}
