//! What rules see of a layer with a batch normalization after it.

use std::sync::{Arc, Mutex};

use burn::module::{Module, Param, RunningState};
use burn::nn::conv::{
    Conv1d, Conv1dConfig, Conv2d, Conv2dConfig, Conv3d, Conv3dConfig, ConvTranspose1d,
    ConvTranspose1dConfig, ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose3d,
    ConvTranspose3dConfig,
};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

use crate::{AnyTensor, Error, Network, OperandRole, PassError, Probes, Rule, RuleMap, Step};

/// A layer of one channel and one tap, `y = 2 x`, with `3 (y - 4) / 2 + 1` after it: together `3 x - 5`.
#[derive(Module, Debug)]
struct Normalized<L: Module> {
    layer: L,
    norm: BatchNorm,
}

impl<L: Module> Normalized<L> {
    fn new(layer: L) -> Self {
        let device = Device::flex();
        let mut norm = BatchNormConfig::new(1).init(&device);
        norm.gamma = Param::from_data([3.0], &device);
        norm.beta = Param::from_data([1.0], &device);
        norm.running_mean = RunningState::new(Tensor::from_data([4.0], &device));
        norm.running_var = RunningState::new(Tensor::from_data([4.0 - 1e-5], &device));
        Self { layer, norm }
    }
}

/// What a rule saw: the layer, operands and output.
type Seen = Arc<Mutex<Vec<(String, Vec<Vec<f32>>)>>>;

/// The derivative, times ten.
#[derive(Debug)]
struct TimesTen {
    seen: Seen,
    folds: bool,
}

impl Rule for TimesTen {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let operands = (0..step.operand_count()).map(|position| step.operand(position));
        let tensors = operands.chain([step.output()]);
        let values = tensors.map(|tensor| floats(&tensor)).collect();
        self.seen
            .lock()
            .unwrap()
            .push((step.layer().into(), values));
        let constant = |role: &OperandRole| *role == OperandRole::Constant;
        assert!(step.is_tracked(0) && step.roles()[1..].iter().all(constant));
        let ordinary = step.derivative(operand, gradient);
        AnyTensor::from(ordinary.flat() * 10.0).reshape_to(ordinary.shape())
    }

    fn folds_normalization(&self) -> bool {
        self.folds
    }
}

fn floats(tensor: &AnyTensor) -> Vec<f32> {
    tensor.flat().into_data().iter().collect()
}

fn assert_close(actual: &[f32], expected: &[f32]) {
    let tolerance = Tolerance::rel_abs(1e-5, 1e-6);
    let data = |values: &[f32]| TensorData::new(values.to_vec(), [values.len()]);
    data(actual).assert_approx_eq::<f32>(&data(expected), tolerance);
}

/// A rule for the layer alone, with nothing for the normalization.
fn rules(folds: bool) -> (RuleMap, Seen) {
    let seen = Seen::default();
    let rule = TimesTen {
        seen: Arc::clone(&seen),
        folds,
    };
    (RuleMap::new().by_name("layer", rule).strict(), seen)
}

/// Runs a network at `x` and gives the input gradient with the rule and what the rule saw.
fn run<const D: usize>(net: &Network, x: Tensor<D>, probes: Probes) -> (Vec<f32>, Seen) {
    let (map, seen) = rules(true);
    let probes = probes.with_input_gradients().with_rules(map);
    let pass = net.run(x, &probes).unwrap();
    let output: Tensor<D> = pass.output().unwrap();
    let score = output.flatten::<1>(0, D - 1);
    let gradients = pass.backward(score).unwrap();
    (floats(&gradients.input(0).unwrap()), seen)
}

/// A layer at the input 2, where its output is 4 and the normalized one is 1.
macro_rules! seen_as_one {
    ($layer:ty, $init:expr, $rank:literal) => {{
        let device = Device::flex();
        let mut layer: $layer = $init.init(&device);
        layer.weight = Param::from_tensor(layer.weight.val() * 0.0 + 2.0);
        let model = Normalized::new(layer);
        let x = Tensor::<$rank>::full([1; $rank], 2.0, &device);
        let forward = |m: &Normalized<$layer>, x: Tensor<$rank>| -> Tensor<$rank> {
            m.norm.forward(m.layer.forward(x))
        };
        let net = Network::capture(&model, x.clone(), forward).unwrap();
        let (gradient, seen) = run(&net, x, Probes::new());
        assert_close(&gradient, &[30.0]);
        let seen = seen.lock().unwrap();
        let [(layer, values)] = &seen[..] else {
            panic!("the rule is asked once: {seen:?}");
        };
        assert_eq!(layer, "layer");
        assert_close(&values.concat(), &[2.0, 3.0, -5.0, 1.0]);
    }};
}

#[test]
fn a_rule_sees_every_layer_and_its_normalization_as_one() {
    seen_as_one!(Linear, LinearConfig::new(1, 1).with_bias(false), 2);
    seen_as_one!(Conv1d, Conv1dConfig::new(1, 1, 1).with_bias(false), 3);
    seen_as_one!(
        Conv2d,
        Conv2dConfig::new([1, 1], [1, 1]).with_bias(false),
        4
    );
    seen_as_one!(
        Conv3d,
        Conv3dConfig::new([1, 1], [1, 1, 1]).with_bias(false),
        5
    );
    seen_as_one!(
        ConvTranspose1d,
        ConvTranspose1dConfig::new([1, 1], 1).with_bias(false),
        3
    );
    seen_as_one!(
        ConvTranspose2d,
        ConvTranspose2dConfig::new([1, 1], [1, 1]).with_bias(false),
        4
    );
    seen_as_one!(
        ConvTranspose3d,
        ConvTranspose3dConfig::new([1, 1], [1, 1, 1]).with_bias(false),
        5
    );
}

/// `3 x - 5` for two pixels, in two operations, with `rest` after it.
fn net(
    rest: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<4> + Send + Sync + 'static,
) -> (Network, Tensor<4>) {
    let device = Device::flex();
    let mut layer: Conv2d = Conv2dConfig::new([1, 1], [1, 1])
        .with_bias(false)
        .init(&device);
    layer.weight = Param::from_data([[[[2.0]]]], &device);
    let x = Tensor::<4>::from_data([[[[2.0, 1.0]]]], &device);
    let forward = move |m: &Normalized<Conv2d>, x: Tensor<4>| {
        let maps = m.layer.forward(x);
        rest(maps.clone(), m.norm.forward(maps))
    };
    let net = Network::capture(&Normalized::new(layer), x.clone(), forward).unwrap();
    (net, x)
}

#[test]
fn reading_the_layers_own_output_changes_nothing() {
    let (net, x) = net(|_, normalized| normalized);
    for layers in [&["layer"][..], &["norm"], &["layer", "norm"]] {
        let probes = layers
            .iter()
            .fold(Probes::new(), |p, layer| p.with_activation(*layer));
        let (gradient, seen) = run(&net, x.clone(), probes);
        assert_close(&gradient, &[30.0; 2]);
        let seen = seen.lock().unwrap();
        assert_close(&seen[0].1.concat(), &[2.0, 1.0, 3.0, -5.0, 1.0, -2.0]);
    }
    let (map, _) = rules(true);
    let probes = Probes::new()
        .with_activation("layer")
        .with_activation("norm");
    let pass = net.run(x, &probes.with_rules(map)).unwrap();
    assert_close(&floats(&pass.activation("layer").unwrap()), &[4.0, 2.0]);
    assert_close(&floats(&pass.activation("norm").unwrap()), &[1.0, -2.0]);
}

#[test]
fn the_gradient_of_the_layers_own_output_is_that_of_the_normalized_one() {
    let (net, x) = net(|_, normalized| normalized * 7.0);
    let derivative = RuleMap::new().by(|node| node.name() == "mul_scalar", crate::Derivative);
    for with_input in [false, true] {
        let (map, seen) = rules(true);
        let probes = Probes::new().with_activation("layer");
        let mut probes = probes
            .with_layer_gradient("layer")
            .with_rules(map.or_else(derivative.clone()));
        if with_input {
            probes = probes.with_input_gradients();
        }
        let pass = net.run(x.clone(), &probes).unwrap();
        assert_close(&floats(&pass.activation("layer").unwrap()), &[4.0, 2.0]);
        let output: Tensor<4> = pass.output().unwrap();
        let gradients = pass.backward(output.flatten::<1>(0, 3)).unwrap();
        assert_close(&floats(&gradients.layer("layer").unwrap()), &[7.0; 2]);
        if with_input {
            assert_close(&floats(&gradients.input(0).unwrap()), &[210.0; 2]);
        }
        assert_eq!(seen.lock().unwrap().len(), usize::from(with_input));
    }
}

#[test]
fn a_normalization_that_can_not_be_folded_needs_a_rule_of_its_own() {
    let refused = |net: &Network, x: Tensor<4>, map: RuleMap| {
        let probes = Probes::new().with_input_gradients().with_rules(map);
        match net.run(x, &probes) {
            Err(Error::Pass(PassError::NoRule { layer, .. })) => layer,
            other => panic!("{other:?}"),
        }
    };
    // Something else reads the layer too.
    let (twice, x) = net(|maps, normalized| maps + normalized);
    assert_eq!(refused(&twice, x, rules(true).0), "norm");
    // The rule sees the layer alone.
    let (once, x) = net(|_, normalized| normalized);
    assert_eq!(refused(&once, x, rules(false).0), "norm");
}

#[test]
fn a_rectifier_after_the_normalization_stays_on_its_own() {
    let (net, x) = net(|_, normalized| relu(normalized));
    let derivative = RuleMap::new().rectifiers(crate::Derivative);
    let (map, seen) = rules(true);
    let map = map.or_else(derivative);
    let probes = Probes::new().with_input_gradients().with_rules(map);
    let pass = net.run(x, &probes).unwrap();
    let output: Tensor<4> = pass.output().unwrap();
    assert_close(&floats(&AnyTensor::from(output.clone())), &[1.0, 0.0]);
    let gradients = pass.backward(output.flatten::<1>(0, 3)).unwrap();
    assert_close(&floats(&gradients.input(0).unwrap()), &[30.0, 0.0]);
    let seen = seen.lock().unwrap();
    assert_close(seen[0].1.last().unwrap(), &[1.0, -2.0]);
}
