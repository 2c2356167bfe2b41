//! Single rules, each at one operation of a transformer's first block.

use backdraft::AnyTensor;
use backdraft::graph::{Network, OpKind, Probes, Rule, RuleMap};
use backdraft::lrp::rules::{Halves, LayerNorm, Product, Softmax, epsilon, norm};
use backdraft_tests::SecondCase;
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

use super::lxt::AddsAlways;
use super::network::Second;
use crate::compare::values as all;

const STABILIZER: f64 = 1e-6;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let (name, operand) = case.key.split_once("/in").expect("a rule and an operand");
    let rule = name.trim_start_matches("rule.");
    let without_sign = rule.strip_suffix(".sign");
    let at = At {
        second,
        name: without_sign.unwrap_or(rule),
        has_sign: without_sign.is_some(),
    };
    let relevance = match at.name {
        "softmax" => at.function(|x| softmax(x, 3), Softmax),
        "matmul_av" => at.product(|[weights, values]| weights.matmul(values)),
        "matmul_qk" => at.product(|[queries, keys]| queries.matmul(keys.transpose())),
        "add" => at.pair(|[a, b]: [Tensor<3>; 2]| a + b, at.with_sign(norm(), 1.0)),
        "mul" => at.pair(|[a, b]: [Tensor<3>; 2]| a * b, rules(Product)),
        "linear" => at.layer(
            "blocks.0.ln2",
            "blocks.0.fc1",
            at.with_sign(epsilon(STABILIZER), 1.0),
        ),
        "layer_norm" => at.layer(
            "pos",
            "blocks.0.ln1",
            at.with_sign(LayerNorm::new(STABILIZER), 1.0),
        ),
        other => panic!("{}: what is {other}?", case.key),
    };
    all(&relevance[operand.parse::<usize>().unwrap()])
}

/// A rule for the operation, whatever it is; a transposition before it moves values.
fn rules(rule: impl Rule + 'static) -> RuleMap {
    RuleMap::new().by(|node| node.kind() != OpKind::Shape, rule)
}

/// Where a rule is looked at.
struct At<'a> {
    second: &'a Second,
    name: &'a str,
    /// Whether the stabilizer has the sign of the denominator, as ours.
    has_sign: bool,
}

impl At<'_> {
    fn tensor<const D: usize>(&self, part: &str) -> Tensor<D> {
        let link = format!("rule/{}/{part}", self.name);
        self.second.fixture.tensor(&link).to_tensor().unwrap()
    }

    /// A rule that divides by a multiple of the output.
    fn with_sign(&self, rule: impl Rule + 'static, factor: f64) -> RuleMap {
        if self.has_sign {
            rules(rule)
        } else {
            rules(AddsAlways::new(STABILIZER, rule).with_factor(factor))
        }
    }

    fn function(&self, f: fn(Tensor<4>) -> Tensor<4>, rule: impl Rule + 'static) -> Vec<AnyTensor> {
        let x: Tensor<4> = self.tensor("in0");
        let forward = move |_: &Vec<Linear>, x| f(x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        relevance(&net, vec![x.into()], rules(rule), self.tensor::<4>("r_out"))
    }

    fn pair<const D: usize>(
        &self,
        f: fn([Tensor<D>; 2]) -> Tensor<D>,
        rules: RuleMap,
    ) -> Vec<AnyTensor> {
        let (a, b): (Tensor<D>, Tensor<D>) = (self.tensor("in0"), self.tensor("in1"));
        let forward = move |_: &Vec<Linear>, (a, b)| f([a, b]);
        let net = Network::capture(&Vec::new(), (a.clone(), b.clone()), forward).unwrap();
        relevance(
            &net,
            vec![a.into(), b.into()],
            rules,
            self.tensor::<D>("r_out"),
        )
    }

    fn product(&self, f: fn([Tensor<4>; 2]) -> Tensor<4>) -> Vec<AnyTensor> {
        self.pair(f, self.with_sign(Halves::new(STABILIZER), 2.0))
    }

    /// A layer of the network, which has more tokens than the case: they are zero, and have no relevance.
    fn layer(&self, before: &str, layer: &str, rules: RuleMap) -> Vec<AnyTensor> {
        let net = &self.second.reference.net;
        let net = net.with_input_at(before).unwrap();
        let net = net.with_output_at(layer).unwrap();
        let rows = net.layer(layer).unwrap().output_shape()[1];
        let padded = |tensor: Tensor<3>| {
            let [batch, tokens, width] = tensor.dims();
            let zeros = Tensor::zeros([batch, rows - tokens, width], &tensor.device());
            Tensor::cat(vec![tensor, zeros], 1)
        };
        let x: Tensor<3> = self.tensor("in0");
        let [_, tokens, _] = x.dims();
        // The network still has its own input, which nothing reads.
        let images = Tensor::<4>::zeros([1, 3, 32, 32], &x.device());
        let inputs = vec![images.into(), padded(x).into()];
        let found = relevance(&net, inputs, rules, padded(self.tensor("r_out")));
        let found: Tensor<3> = found[0].to_tensor().unwrap();
        vec![found.narrow(1, 0, tokens).into()]
    }
}

/// The relevance of all inputs that are read, given that of the output.
fn relevance<const D: usize>(
    net: &Network,
    inputs: Vec<AnyTensor>,
    rules: RuleMap,
    of_output: Tensor<D>,
) -> Vec<AnyTensor> {
    let count = inputs.len();
    let probes = Probes::new().with_input_gradients().with_rules(rules);
    let pass = net.run(inputs, &probes).unwrap();
    let output: Tensor<D> = pass.output().unwrap();
    let relevance = pass.backward((output * of_output).sum()).unwrap();
    let inputs = (0..count).filter_map(|input| relevance.input(input).ok());
    inputs.collect()
}
