use burn::module::Module;
use burn::nn::activation::{
    Activation, ActivationConfig, CeluConfig, EluConfig, GLU, Gelu, HardShrinkConfig,
    HardSigmoidConfig, HardSwish, HardtanhConfig, LeakyReluConfig, LogSigmoid, Mish, PReluConfig,
    RReluConfig, Relu, Relu6, Selu, ShrinkConfig, SiLU, Sigmoid, SoftShrinkConfig, SoftplusConfig,
    Softsign, SwiGluConfig, Tanh, Tanhshrink, ThresholdConfig, ThresholdedReluConfig,
};
use burn::tensor::{Device, Tensor};

use crate::coverage::case::Case;
use crate::coverage::inputs::{float, float_in};

/// Each also as the `Activation` of configurations, which chooses one at run time.
// A table.
#[allow(clippy::too_many_lines)]
pub fn cases() -> Vec<Case> {
    let device = Device::flex();
    let mut cases = vec![
        case("Celu", CeluConfig::new().with_alpha(0.7).init(), |m, x| {
            m.forward(x)
        }),
        case("Elu", EluConfig::new().with_alpha(0.7).init(), |m, x| {
            m.forward(x)
        }),
        case("Gelu", Gelu::new(), burn::nn::Gelu::forward),
        case("Gelu, approximate", Gelu::new_approximate(), |m, x| {
            m.forward(x)
        }),
        case("GLU", GLU::new(1), burn::nn::GLU::forward),
        case("HardShrink", HardShrinkConfig::new().init(), |m, x| {
            m.forward(x)
        }),
        case("HardSigmoid", HardSigmoidConfig::new().init(), |m, x| {
            m.forward(x)
        }),
        case(
            "HardSwish",
            HardSwish::new(),
            burn::nn::activation::HardSwish::forward,
        ),
        case("Hardtanh", HardtanhConfig::new().init(), |m, x| {
            m.forward(x)
        }),
        case("LeakyRelu", LeakyReluConfig::new().init(), |m, x| {
            m.forward(x)
        }),
        case(
            "LogSigmoid",
            LogSigmoid::new(),
            burn::nn::activation::LogSigmoid::forward,
        ),
        case("Mish", Mish::new(), burn::nn::activation::Mish::forward),
        case("PRelu", PReluConfig::new().init(&device), |m, x| {
            m.forward(x)
        }),
        case(
            "PRelu, a slope for each channel",
            PReluConfig::new().with_num_parameters(4).init(&device),
            burn::nn::PRelu::forward,
        ),
        case("Relu", Relu::new(), burn::nn::Relu::forward),
        case("RRelu, in inference", RReluConfig::new().init(), |m, x| {
            m.forward(x)
        }),
        case("Selu", Selu::new(), burn::nn::Selu::forward),
        case(
            "Shrink",
            ShrinkConfig::new().with_bias(0.2).init(),
            burn::nn::Shrink::forward,
        ),
        case("Sigmoid", Sigmoid::new(), burn::nn::Sigmoid::forward),
        case("SiLU", SiLU::new(), burn::nn::activation::SiLU::forward),
        case("SoftShrink", SoftShrinkConfig::new().init(), |m, x| {
            m.forward(x)
        }),
        case(
            "Softplus",
            SoftplusConfig::new().with_beta(2.0).init(),
            burn::nn::Softplus::forward,
        ),
        case(
            "Softplus, linear part",
            SoftplusConfig::new().with_threshold(0.5).init(),
            burn::nn::Softplus::forward,
        ),
        case("Softsign", Softsign::new(), burn::nn::Softsign::forward),
        case("SwiGlu", SwiGluConfig::new(4, 3).init(&device), |m, x| {
            m.forward(x)
        }),
        case(
            "SwiGlu, bias",
            SwiGluConfig::new(4, 3).with_bias(true).init(&device),
            burn::nn::SwiGlu::forward,
        ),
        case("Tanh", Tanh::new(), burn::nn::Tanh::forward),
        case(
            "Tanhshrink",
            Tanhshrink::new(),
            burn::nn::activation::Tanhshrink::forward,
        ),
        case(
            "Threshold",
            ThresholdConfig::new(0.1, -0.5).init(),
            burn::nn::activation::Threshold::forward,
        ),
        case(
            "ThresholdedRelu",
            ThresholdedReluConfig::new().init(),
            burn::nn::ThresholdedRelu::forward,
        ),
    ];
    cases.push(Case::new(
        "Relu6",
        Relu6::new(),
        [float_in([2, 4], -4.0, 10.0)],
        |m: &Relu6, x: Tensor<2>| m.forward(x),
    ));
    let chosen = ActivationConfig::LeakyRelu(LeakyReluConfig::new()).init(&device);
    cases.push(case("Activation", chosen, |m: &Activation, x| m.forward(x)));
    cases
}

fn case<M: Module + 'static>(
    name: &str,
    model: M,
    forward: fn(&M, Tensor<2>) -> Tensor<2>,
) -> Case {
    Case::new(name, model, [float([2, 4])], forward)
}
