//! Every function of `burn::tensor::activation`.

use burn::tensor::Tensor;
use burn::tensor::activation::{
    celu, elu, gelu, gelu_approximate, glu, hard_shrink, hard_sigmoid, hard_swish, hardtanh,
    leaky_relu, log_sigmoid, log_softmax, mish, prelu, quiet_softmax, relu, relu6, selu, shrink,
    sigmoid, silu, soft_shrink, softmax, softmin, softplus, softplus_with_threshold, softsign,
    tanh, tanhshrink, threshold, thresholded_relu,
};

use crate::coverage::case::{Case, DETACHED, op};
use crate::coverage::inputs::{float, float_in};

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = functions()
        .into_iter()
        .map(|(name, function)| op(name, [float_in([2, 3, 4], -3.0, 3.0)], function))
        .collect();
    cases.push(
        op("quiet_softmax", [float([2, 3, 4])], |x: Tensor<3>| {
            quiet_softmax(x, 2)
        })
        .within(1e-5, DETACHED),
    );
    cases.push(op(
        "prelu",
        [float([2, 3, 4]), float([3]).fixed()],
        |(x, slope): (Tensor<3>, Tensor<1>)| prelu(x, slope),
    ));
    cases.push(op(
        "relu6",
        [float_in([2, 4], -4.0, 10.0)],
        |x: Tensor<2>| relu6(x),
    ));
    cases
}

type Function = fn(Tensor<3>) -> Tensor<3>;

fn functions() -> Vec<(&'static str, Function)> {
    vec![
        ("relu", relu),
        ("hardtanh", |x| hardtanh(x, -1.0, 1.0)),
        ("tanhshrink", tanhshrink),
        ("leaky_relu", |x| leaky_relu(x, 0.1)),
        ("gelu", gelu),
        ("gelu_approximate", gelu_approximate),
        ("softmax", |x| softmax(x, 2)),
        ("softmin", |x| softmin(x, 1)),
        ("log_softmax", |x| log_softmax(x, 2)),
        ("softplus", |x| softplus(x, 2.0)),
        ("softplus_with_threshold", |x| {
            softplus_with_threshold(x, 1.0, 0.5)
        }),
        ("sigmoid", sigmoid),
        ("hard_sigmoid", |x| hard_sigmoid(x, 0.3, 0.4)),
        ("log_sigmoid", log_sigmoid),
        ("silu", silu),
        ("hard_swish", hard_swish),
        ("mish", mish),
        ("tanh", tanh),
        ("elu", |x| elu(x, 0.7)),
        ("celu", |x| celu(x, 0.7)),
        ("selu", selu),
        ("thresholded_relu", |x| thresholded_relu(x, 0.5)),
        ("threshold", |x| threshold(x, 0.5, -1.0)),
        ("glu", |x| glu(x, 2)),
        ("softsign", softsign),
        ("hard_shrink", |x| hard_shrink(x, 0.5)),
        ("soft_shrink", |x| soft_shrink(x, 0.5)),
        ("shrink", |x| shrink(x, 0.5, 0.2)),
    ]
}
