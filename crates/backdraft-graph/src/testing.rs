//! Graphs and rules for unit tests.

use burn::backend::Dispatch;
use burn::backend::ops::ActivationOps;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

use crate::analysis::fusion;
use crate::build;
use crate::capture::{Captured, Forward};
use crate::ir::program::Program;
use crate::{AnyTensor, Rule, Step};

/// The program of a function of one float tensor, without weights.
pub(crate) fn record<const D: usize>(
    shape: [usize; D],
    forward: impl Fn(Tensor<D>) -> Tensor<D> + Send + Sync + 'static,
) -> Program {
    let device = Device::flex();
    let model: Vec<Linear> = Vec::new();
    let forward = move |_: &Vec<Linear>, x: Tensor<D>| forward(x);
    let captured = Captured::<_, _, Tensor<D>, Tensor<D>>::of_model(model, forward);
    let example = Tensor::<D>::zeros(shape, &device).into();
    let graph = build::graph(captured.record(&[example], &device).unwrap()).unwrap();
    Program::freeze(graph, fusion::find)
}

/// Only the positive part of the gradient, where the rectifier passed its input.
#[derive(Debug)]
pub(crate) struct Guided;

impl Rule for Guided {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        positive_part(step.derivative(operand, gradient))
    }

    fn needs_input(&self) -> bool {
        false
    }
}

/// Only the positive part of the gradient, whatever the rectifier's input was.
#[derive(Debug)]
pub(crate) struct Deconvnet;

impl Rule for Deconvnet {
    fn gradient(&self, _step: &Step, _operand: usize, gradient: AnyTensor) -> AnyTensor {
        positive_part(gradient)
    }

    fn needs_input(&self) -> bool {
        false
    }
}

fn positive_part(gradient: AnyTensor) -> AnyTensor {
    AnyTensor::from_dispatch(Dispatch::relu(gradient.into_dispatch()))
}

/// The output's change over the operand's, both from the reference, in place of the derivative. The operand must
/// change.
#[derive(Debug)]
pub(crate) struct Rescale;

impl Rule for Rescale {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let change = |actual: AnyTensor, reference: Option<AnyTensor>| {
            actual.flat() - reference.expect("the run has a reference").flat()
        };
        let output = change(step.output(), step.reference_output());
        let operand = change(step.operand(operand), step.reference(operand));
        AnyTensor::from(gradient.flat() * output / operand).reshape_to(gradient.shape())
    }

    fn needs_reference(&self) -> bool {
        true
    }
}
