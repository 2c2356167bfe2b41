//! Rules at a few operations, for tests.

use backdraft_graph::{AnyTensor, Network, OpKind, Probes, Rule, RuleMap};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

/// The relevance of a function's inputs, given that of its output, by one rule for all that it computes; moves and masks keep
/// their derivative.
pub(super) fn relevance<const N: usize, const I: usize, const O: usize>(
    inputs: [[[f32; I]; 1]; N],
    of_output: [[f32; O]; 1],
    forward: impl Fn([Tensor<2>; N]) -> Tensor<2> + Send + Sync + 'static,
    rule: impl Rule + 'static,
) -> Vec<Vec<f32>> {
    let forward = move |_: &Vec<Linear>, inputs: [Tensor<2>; N]| forward(inputs);
    relevance_in(&Vec::new(), inputs, of_output, forward, rule)
}

/// The same for a model.
pub(super) fn relevance_in<M: Module + 'static, const N: usize, const I: usize, const O: usize>(
    model: &M,
    inputs: [[[f32; I]; 1]; N],
    of_output: [[f32; O]; 1],
    forward: impl Fn(&M, [Tensor<2>; N]) -> Tensor<2> + Send + Sync + 'static,
    rule: impl Rule + 'static,
) -> Vec<Vec<f32>> {
    let device = Device::flex();
    let inputs = inputs.map(|input| AnyTensor::from(Tensor::<2>::from_data(input, &device)));
    let forward = move |m: &M, inputs: Vec<AnyTensor>| {
        let inputs = inputs.iter().map(|input| input.to_tensor().unwrap());
        forward(m, inputs.collect::<Vec<_>>().try_into().unwrap())
    };
    let net = Network::capture(model, inputs.to_vec(), forward).unwrap();
    let rules = RuleMap::new().by(
        |node| !matches!(node.kind(), OpKind::Shape | OpKind::Elementwise),
        rule,
    );
    let probes = Probes::new().with_input_gradients().with_rules(rules);
    let pass = net.run(inputs.to_vec(), &probes).unwrap();
    let of_output = Tensor::<2>::from_data(of_output, &device);
    let output: Tensor<2> = pass.output().unwrap();
    let relevance = pass.backward((output * of_output).sum()).unwrap();
    let inputs = (0..N).map(|input| relevance.input(input).unwrap().flat().into_data());
    inputs.map(|data| data.try_to_vec().unwrap()).collect()
}

pub(super) fn assert_close(actual: &[f32], expected: &[f32]) {
    let data = |values: &[f32]| TensorData::new(values.to_vec(), [values.len()]);
    data(actual).assert_approx_eq::<f32>(&data(expected), Tolerance::rel_abs(1e-5, 1e-6));
}
