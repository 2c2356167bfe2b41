//! Gradient rules: the rectifier rules by hand, and a rule that looks at weights, input and output.

use backdraft::{DeconvnetRectifier, GuidedRectifier};
use backdraft_graph::{AnyTensor, Network, OpKind, Probes, Rule, RuleMap, Step};
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, PRelu, PReluConfig};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::{Device, Tensor, TensorData, Tolerance};

const X: [[f32; 4]; 1] = [[2.0, -1.0, 8.0, -3.0]];
const WEIGHTS: [[f32; 4]; 1] = [[1.0, 2.0, -3.0, -4.0]];

/// The input gradient of `sum(w f(x))` under the rules.
fn gradient<M: Module + 'static>(
    model: &M,
    f: impl Fn(&M, Tensor<2>) -> Tensor<2> + Send + Sync + 'static,
    rules: RuleMap,
) -> TensorData {
    let device = Device::flex();
    let x = Tensor::<2>::from_data(X, &device);
    let net = Network::capture(model, x.clone(), f).unwrap();
    let pass = net
        .run(x, &Probes::new().with_input_gradients().with_rules(rules))
        .unwrap();
    let output: Tensor<2> = pass.output().unwrap();
    let weights = Tensor::<2>::from_data(WEIGHTS, &device);
    let scores = (output * weights).sum_dim(1).reshape([1]);
    let gradients = pass.backward(scores).unwrap();
    gradients.input(0).unwrap().reshape([1, 4]).into_data()
}

fn none() -> Vec<Linear> {
    Vec::new()
}

fn assert_gradient(actual: &TensorData, expected: [f32; 4]) {
    actual.assert_eq(&TensorData::from([expected]), false);
}

#[test]
fn without_rules_the_gradient_is_the_ordinary_one() {
    assert_gradient(
        &gradient(&none(), |_, x| relu(x), RuleMap::new()),
        [1.0, 0.0, -3.0, 0.0],
    );
}

#[test]
fn guided_rectifiers_pass_positive_gradients_where_the_input_is_positive() {
    let guided = || RuleMap::new().rectifiers(GuidedRectifier);
    assert_gradient(
        &gradient(&none(), |_, x| relu(x), guided()),
        [1.0, 0.0, 0.0, 0.0],
    );
    // ReLU6 is flat above six, so nothing passes at x = 8 whatever the sign.
    let clipped = |_: &_, x: Tensor<2>| x.clamp(0.0, 6.0);
    assert_gradient(&gradient(&none(), clipped, guided()), [1.0, 0.0, 0.0, 0.0]);
    // Leaky rectifiers scale the gradient of negative inputs.
    let leaky = |_: &_, x| leaky_relu(x, 0.5);
    assert_gradient(&gradient(&none(), leaky, guided()), [1.0, 1.0, 0.0, 0.0]);
    let prelu = PReluConfig::new().with_alpha(0.25).init(&Device::flex());
    let forward = |m: &PRelu, x| m.forward(x);
    assert_gradient(&gradient(&prelu, forward, guided()), [1.0, 0.5, 0.0, 0.0]);
}

#[test]
fn deconvnet_rectifiers_pass_positive_gradients_everywhere() {
    let rules = RuleMap::new().rectifiers(DeconvnetRectifier);
    assert_gradient(
        &gradient(&none(), |_, x| relu(x), rules),
        [1.0, 2.0, 0.0, 0.0],
    );
}

#[test]
fn a_rectifier_that_is_used_twice_follows_the_rule_twice() {
    let rules = RuleMap::new().rectifiers(DeconvnetRectifier);
    // Backward: w, then relu(w) = [1, 2, 0, 0], negated, and nothing positive is left. With the rule at
    // the outer rectifier only, -1 would arrive first; at the inner one only, 4 last.
    let twice = gradient(&none(), |_, x| relu(-relu(x) + 5.0), rules);
    assert_gradient(&twice, [0.0, 0.0, 0.0, 0.0]);
}

/// Epsilon-LRP (Bach et al., 2015): `R_i = x_i sum_j w_ij R_j / (z_j + eps)`. It needs the weights (through
/// the derivative), the input and the output, and treats the gradient as relevance.
#[derive(Debug)]
struct EpsilonLrp;

impl Rule for EpsilonLrp {
    fn gradient(&self, step: &Step, operand: usize, relevance: AnyTensor) -> AnyTensor {
        let shape = step.output().shape();
        let size = shape.num_elements();
        let stabilized = step.output().reshape([size]) + 1e-6;
        let message = AnyTensor::from(relevance.reshape([size]) / stabilized).reshape_to(shape);
        let x = step.operand(operand);
        let size = x.shape().num_elements();
        let flowing = step.derivative(operand, message).reshape([size]);
        AnyTensor::from(x.reshape([size]) * flowing).reshape_to(x.shape())
    }
}

#[derive(Module, Debug)]
struct ConvNet {
    conv: Conv2d,
    head: Param<Tensor<2>>,
}

#[test]
fn a_rule_may_use_weights_input_and_output() {
    let device = Device::flex();
    let mut conv = Conv2dConfig::new([1, 1], [1, 2])
        .with_bias(false)
        .init(&device);
    conv.weight = Param::from_data([[[[1.0, 2.0]]]], &device);
    let model = ConvNet {
        conv,
        head: Param::from_data([[2.0], [-1.0]], &device),
    };
    let x = Tensor::<4>::from_data([[[[3.0, 1.0, 4.0]]]], &device);
    let net = Network::capture(&model, x.clone(), |m: &ConvNet, x: Tensor<4>| {
        relu(m.conv.forward(x)).reshape([1, 2]).matmul(m.head.val())
    })
    .unwrap();
    let rules = RuleMap::new()
        .by_kind(OpKind::Convolution, EpsilonLrp)
        .by_kind(OpKind::Linear, EpsilonLrp);
    let pass = net
        .run(x, &Probes::new().with_input_gradients().with_rules(rules))
        .unwrap();
    // Hidden z = [3 + 2, 1 + 8] = [5, 9], F = 2 · 5 - 9 = 1, where relevance starts.
    let output: Tensor<2> = pass.output().unwrap();
    output
        .clone()
        .into_data()
        .assert_eq(&TensorData::from([[1.0]]), false);
    let relevance = pass.backward(output.reshape([1])).unwrap();
    let relevance = relevance.input(0).unwrap().reshape([3]).into_data();
    // Head: R_j = z_j w_j / F = [10, -9]. Convolution: R_i = x_i sum_j w_ij R_j / z_j:
    // 3 · 1 · 10/5, 1 · (2 · 10/5 - 1 · 9/9), 4 · 2 · -9/9. They sum to F.
    relevance.assert_approx_eq::<f32>(
        &TensorData::from([6.0, 3.0, -8.0]),
        Tolerance::relative(1e-4),
    );
}
