//! Relevance of words in an LSTM, by the rules of Arras et al.

use backdraft::graph::{Network, NodeView, OpKind, Rule, RuleMap, Step};
use backdraft::lrp::rules::{epsilon, norm};
use backdraft::lrp::{is_dense, stabilized};
use backdraft::{AnyTensor, Classes, Composite, Lrp, Method};
use backdraft_tests::SecondCase;
use backdraft_tests::networks::MergedTextNet;
use backdraft_tests::precision::Cast;
use burn::module::Module;
use burn::tensor::{DType, Device, Tensor};

use super::network::Second;
use crate::compare::values as all;

/// How many values one of the states has.
const HIDDEN: usize = 24;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let stabilizer = case.variant().trim_start_matches("eps");
    let stabilizer = stabilizer.split(".bias1").next().unwrap_or_default();
    let stabilizer: f64 = stabilizer.parse().unwrap();
    if !case.variant().contains(".bias1") {
        let method = Lrp::with_composite(separate(stabilizer));
        return all(&second.explain(case, method).values()[0]);
    }
    let sums = case.variant().ends_with(SUM);
    let relevance = with_equal_biases(second, &without_sum(second, case), stabilizer);
    if sums {
        sum(&relevance)
    } else {
        all(&relevance[0])
    }
}

/// What the sums of a case's relevance are called, those of the states included.
const SUM: &str = ".sum_with_rest";

/// The case of which another one has the sums.
fn without_sum(second: &Second, case: &SecondCase) -> SecondCase {
    let key = case.key.replace(SUM, "");
    let mut cases = second.fixture.cases().into_iter();
    cases.find(|case| case.key == key).expect("both are there")
}

/// The sums of the tensors' rows.
fn sum(tensors: &[AnyTensor]) -> Vec<f32> {
    let sums = tensors.iter().map(|tensor| {
        let rows = tensor.shape()[0];
        let width = tensor.shape().num_elements() / rows;
        tensor.reshape([rows, width]).sum_dim(1)
    });
    let sum = sums
        .reduce(|sum, next| sum + next)
        .expect("words and states");
    all(&sum.into())
}

/// The reference divides by the sum of what words and states bring to a gate, once; in Burn's module these are two layers
/// and a sum, of which the sum has the stabilizer.
fn separate(stabilizer: f64) -> Composite {
    let is_gate = |node: &NodeView<'_>| is_dense(node) && node.is_in("lstm");
    let rules = RuleMap::new()
        .by(is_gate, epsilon(0.0))
        .by_kind(OpKind::Add, norm().with_stabilizer(stabilizer));
    Composite::new("Arras", rules).with_dense(epsilon(stabilizer))
}

/// The relevance of words, hidden state and cell, if that of biases and stabilizers is shared by what a layer reads.
fn with_equal_biases(second: &Second, case: &SecondCase, stabilizer: f64) -> Vec<AnyTensor> {
    // What is shared are quotients of small outputs, of which single precision loses almost the tolerance.
    let model = MergedTextNet::of(second.fixture.first(), &Device::flex());
    let model = model.map(&mut Cast(DType::F64));
    let words: Tensor<3> = second.fixture.tensor(&case.inputs[0]).to_tensor().unwrap();
    let words = words.cast(DType::F64);
    let zeros = Tensor::<2>::zeros([words.dims()[0], HIDDEN], &Device::flex()).cast(DType::F64);
    let example = (words.clone(), zeros.clone(), zeros.clone());
    let net = Network::capture(&model, example, MergedTextNet::forward).unwrap();
    let rule = EqualBiases { stabilizer };
    let rules = RuleMap::new().by_kinds([OpKind::Linear, OpKind::Add], rule);
    let method = Lrp::with_composite(Composite::new("equal biases", rules));
    let inputs: Vec<AnyTensor> = vec![words.into(), zeros.clone().into(), zeros.into()];
    let explained = method.attribute(&net, inputs, Classes(case.classes()));
    explained.unwrap().values().to_vec()
}

/// Arras' rule with a bias factor of one: biases and stabilizers go to all `n` values that a layer reads, in equal parts.
///
/// ```text
/// R_i = Σ_j (w_ij x_i + (b_j + ε sign(z_j)) / n) R_j / (z_j + ε sign(z_j))
/// ```
#[derive(Debug)]
struct EqualBiases {
    stabilizer: f64,
}

impl Rule for EqualBiases {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let (x, z) = (step.operand(operand), step.output());
        let [rows, outputs] = z.shape()[..] else {
            panic!("layers compute rows");
        };
        let z = z.flat();
        let denominators = stabilized(z.clone(), self.stabilizer);
        let per_output = gradient.flat() / denominators.clone();
        let back = AnyTensor::from(per_output.clone()).reshape_to(gradient.shape());
        let own = step.derivative(operand, back).flat() * x.flat();
        let width = x.shape()[1];
        let (read, bias) = match step.kind() {
            OpKind::Linear => (width, step.operand(2).flat()),
            _ => (
                2 * width,
                Tensor::<1>::zeros([outputs], &z.device()).cast(z.dtype()),
            ),
        };
        let bias = bias.unsqueeze::<2>().expand([rows, outputs]).reshape([-1]);
        let shared = (denominators - z + bias) * per_output;
        let shared = shared.reshape([rows, outputs]).sum_dim(1) / read as f64;
        let shared = shared.expand([rows, width]).reshape([-1]);
        AnyTensor::from(own + shared).reshape_to(x.shape())
    }
}
