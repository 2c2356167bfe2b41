//! Compiles a graph and a request into tasks.

use burn::backend::ir::TensorId;

use crate::PassError;
use crate::ir::graph::index;
use crate::ir::program::Program;
use crate::schedule::compiler::{Compiler, Marks};
use crate::schedule::request::Request;
use crate::schedule::task::Task;

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rules::{Derivative, Rule, RuleMap, Step};
    use crate::schedule::task::Mode;
    use crate::testing::record;
    use crate::{AnyTensor, Network, OpKind, Probes};
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
        // No gradient passes a comparison.
        let graph = record([2, 2], |x: Tensor<2>| {
            let mask = x.clone().greater_elem(0.0);
            relu(x).mask_fill(mask, 0.0)
        });
        let fill = RuleMap::new().by_name("mask_fill", Derivative);
        let mut request = of_inputs(&graph);
        request.rules = same(OpKind::Relu, false).or_else(fill).strict();
        assert!(Schedule::compile(&graph, &request).is_ok());
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
