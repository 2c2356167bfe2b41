//! Graphs for unit tests.

use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

use crate::analysis::fusion;
use crate::build;
use crate::capture::{Captured, Forward};
use crate::ir::program::Program;

/// The program of a function of one float tensor, without weights.
pub(crate) fn record<const D: usize>(
    shape: [usize; D],
    forward: impl Fn(Tensor<D>) -> Tensor<D> + Send + Sync + 'static,
) -> Program {
    let device = Device::flex();
    let model: Vec<Linear> = Vec::new();
    let forward = move |_: &Vec<Linear>, x: Tensor<D>| forward(x);
    let captured = Captured::<_, _, Tensor<D>, Tensor<D>>::new(model, forward);
    let example = Tensor::<D>::zeros(shape, &device).into();
    let graph = build::graph(captured.record(&[example], &device).unwrap()).unwrap();
    Program::freeze(graph, fusion::find)
}
