//! What a layer computes together with what follows it.

use burn::backend::ir::TensorId;

use crate::backend::convolution::Convolution;
use crate::backend::max_pool::MaxPooling;
use crate::exec::{Frame, Value, compute_alone, linear};
use crate::network::weights::Folded;
use crate::schedule::{FusedOp, Task};

impl FusedOp<'_> {
    /// The operands, with the weights of the folded layer in place of its own.
    pub(crate) fn with_weights<T>(
        &self,
        operands: Vec<(TensorId, T)>,
        folded: Option<&Folded>,
        slot: impl Fn(&crate::AnyTensor) -> T,
    ) -> Vec<(TensorId, T)> {
        let Some(folded) = folded else {
            return operands;
        };
        let weights = [slot(&folded.weight), slot(&folded.bias)];
        let ids = self.op.inputs().skip(1).map(|tensor| tensor.id);
        (operands.into_iter().take(1))
            .chain(ids.zip(weights))
            .collect()
    }

    pub(crate) fn compute<B: Convolution + MaxPooling>(
        &self,
        operands: Vec<(TensorId, Value<B>)>,
        device: B::Device,
    ) -> Value<B> {
        let mut frame = Frame::new(operands, device);
        linear::compute(self.op, self.activation, &mut frame).swap_remove(0)
    }
}

impl Task<'_> {
    /// Computes what the task says, in the order of its outputs.
    pub(super) fn evaluate<B: Convolution + MaxPooling>(
        &self,
        operands: Vec<(TensorId, Value<B>)>,
        device: B::Device,
    ) -> Vec<Value<B>> {
        if let Some(fused) = &self.fused {
            return vec![fused.compute(operands, device)];
        }
        compute_alone(&self.node.op, &mut Frame::new(operands, device))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Deconvnet, Guided};
    use crate::transform::rewrite::testing::{Model, capture, images};
    use crate::{AnyTensor, Network, Probes, RuleMap};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
    use burn::tensor::{Device, Tensor, TensorData, Tolerance};

    /// A rectifier after a normalized convolution.
    fn net() -> Network {
        capture(|m: &Model, x: Tensor<4>| {
            let maps = relu(m.norm.forward(m.conv.forward(x)));
            m.head.forward(maps.mean_dims(&[2, 3]).flatten(1, 3))
        })
    }

    /// The output and the input gradient of a run.
    fn run(net: &Network, batch: usize, probes: Probes) -> [TensorData; 2] {
        let pass = net
            .run(images(batch), &probes.with_input_gradients())
            .unwrap();
        let output: Tensor<2> = pass.output().unwrap();
        let score = output.clone().slice([0..batch, 1..2]).reshape([batch]);
        let gradient = pass.backward(score).unwrap().input(0).unwrap();
        let gradient = gradient.flat();
        [output.into_data(), gradient.into_data()]
    }

    fn assert_close(actual: [TensorData; 2], expected: &[TensorData; 2]) {
        for (actual, expected) in actual.iter().zip(expected) {
            actual.assert_approx_eq::<f32>(expected, Tolerance::rel_abs(1e-5, 1e-6));
        }
    }

    #[test]
    fn one_step_gives_what_several_give() {
        let net = net();
        for batch in [1, 3] {
            let together = run(&net, batch, Probes::new());
            // Values in between that are asked for are computed.
            for sites in [&["conv"][..], &["norm"], &["conv", "norm"], &["relu"]] {
                let probes = Probes::new();
                let probes = sites
                    .iter()
                    .fold(probes, |p, site| p.with_activation(*site));
                assert_close(run(&net, batch, probes), &together);
                let probes = Probes::new();
                let probes = sites
                    .iter()
                    .fold(probes, |p, site| p.with_layer_gradient(*site));
                assert_close(run(&net, batch, probes), &together);
            }
        }
    }

    #[test]
    fn a_site_in_between_has_its_own_value() {
        let net = net();
        let values = |layers: &[&str], layer: &str| {
            let probes = Probes::new();
            let probes = layers
                .iter()
                .fold(probes, |p, layer| p.with_activation(*layer));
            let pass = net.run(images(1), &probes).unwrap();
            pass.activation(layer).unwrap().flat()
        };
        let norm = values(&["norm"], "norm");
        assert!(
            norm.clone().min().into_scalar::<f32>() < 0.0,
            "nothing to rectify"
        );
        let all = ["conv", "norm", "relu"];
        let tolerance = Tolerance::rel_abs(1e-5, 1e-6);
        let one_by_one = values(&all, "norm").into_data();
        norm.clone()
            .into_data()
            .assert_approx_eq::<f32>(&one_by_one, tolerance);
        let rectified = values(&["relu"], "relu").into_data();
        rectified.assert_approx_eq::<f32>(&relu(norm).into_data(), tolerance);
    }

    #[test]
    fn a_value_in_between_can_be_replaced() {
        let net = net();
        let probes = Probes::new().with_activation("norm");
        let pass = net.run(images(1), &probes).unwrap();
        let norm = pass.activation("norm").unwrap();
        let twice = AnyTensor::from(norm.flat() * 2.0).reshape_to(norm.shape());
        let probes = Probes::new().with_replacement("norm", twice.clone());
        let probes = probes.with_activation("relu");
        let pass = net.run(images(1), &probes).unwrap();
        let rectified = pass.activation("relu").unwrap().flat();
        let expected = relu(twice.flat());
        rectified.into_data().assert_eq(&expected.into_data(), true);
    }

    #[test]
    fn a_rule_for_rectifiers_is_not_passed_over() {
        let net = net();
        let rules = || RuleMap::new().rectifiers(Guided);
        let together = run(&net, 2, Probes::new().with_rules(rules()));
        let probes = Probes::new().with_activation("conv").with_rules(rules());
        assert_close(run(&net, 2, probes), &together);
        let plain = run(&net, 2, Probes::new());
        assert_ne!(plain[1], together[1], "guided is the same as plain");
    }

    #[test]
    fn a_rule_may_know_a_rectifier_by_its_output() {
        let device = Device::flex();
        let x = Tensor::<4>::from_data([[[[-1.0, 1.0, 4.0]]]], &device);
        let relu6 = |_: &Vec<Linear>, x: Tensor<4>| {
            let weight = Tensor::<4>::full([1, 1, 1, 1], 2.0, &x.device());
            let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
            let weights = Tensor::<4>::from_data([[[[-3.0, 5.0, 7.0]]]], &x.device());
            conv2d(x, weight, None, options).clamp(0.0, 6.0) * weights
        };
        let net = Network::capture(&Vec::new(), x.clone(), relu6).unwrap();
        let gradient = |rules: RuleMap, probes: Probes| -> Vec<f32> {
            let probes = probes.with_input_gradients().with_rules(rules);
            let pass = net.run(x.clone(), &probes).unwrap();
            let score = pass.output::<4>().unwrap().flatten::<1>(0, 3);
            let gradient = pass.backward(score).unwrap().input(0).unwrap();
            gradient.flat().into_data().try_to_vec().unwrap()
        };
        // The outputs are -2, 2 and 8 before the clamp.
        let together = || Probes::new();
        let one_by_one = || Probes::new().with_activation("conv2d");
        for probes in [together, one_by_one] {
            let guided = RuleMap::new().rectifiers(Guided);
            assert_eq!(gradient(guided, probes()), [0.0, 10.0, 0.0]);
            let deconvnet = RuleMap::new().rectifiers(Deconvnet);
            assert_eq!(gradient(deconvnet, probes()), [0.0, 10.0, 14.0]);
        }
    }
}
