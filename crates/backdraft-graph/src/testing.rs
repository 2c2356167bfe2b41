//! Graphs for unit tests.

use burn::nn::Linear;
use burn::tensor::{Device, Tensor};

use crate::capture::{Captured, Forward};
use crate::ir::graph::Graph;

/// The graph of a function of one float tensor, without weights.
pub(crate) fn record<const D: usize>(
    shape: [usize; D],
    forward: impl Fn(Tensor<D>) -> Tensor<D> + Send + Sync + 'static,
) -> Graph {
    let device = Device::flex();
    let model: Vec<Linear> = Vec::new();
    let forward = move |_: &Vec<Linear>, x: Tensor<D>| forward(x);
    let captured = Captured::<_, _, Tensor<D>, Tensor<D>>::new(model, forward);
    let example = Tensor::<D>::zeros(shape, &device).into();
    Graph::new(captured.record(&[example], &device).unwrap()).unwrap()
}
