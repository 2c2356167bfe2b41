//! Recurrent networks: Captum has no DeepLIFT rule for LSTM cells.

use backdraft::{Baseline, Class, DeepLift, Method};
use backdraft_tests::coverage::with_spread_weights;
use burn::module::Module;
use burn::nn::{Gru, GruConfig, Linear, LinearConfig, Lstm, LstmConfig};
use burn::tensor::{Device, Tensor};

use crate::{assert_complete, capture, spread};

#[derive(Module, Debug)]
struct Recurrent<R: Module> {
    cells: R,
    head: Linear,
}

/// The head reads the last step of `[batch, time, features]`.
fn last(head: &Linear, steps: Tensor<3>) -> Tensor<2> {
    let [_, time, _] = steps.dims();
    head.forward(steps.narrow(1, time - 1, 1).squeeze_dim::<2>(1))
}

fn x() -> Tensor<3> {
    spread([2, 5, 3], 3.0)
}

#[test]
fn deep_lift_on_an_lstm() {
    let device = Device::flex();
    let model = with_spread_weights(Recurrent {
        cells: LstmConfig::new(3, 6, true).init(&device),
        head: LinearConfig::new(6, 2).init(&device),
    });
    let forward = |m: &Recurrent<Lstm>, x: Tensor<3>| last(&m.head, m.cells.forward(x, None).0);
    let net = capture(&model, x(), forward);
    for baseline in [Baseline::zeros(), Baseline::gaussian(0.0, 1.0, 0)] {
        let method = DeepLift::new().with_baseline(baseline);
        assert_complete(&method.attribute(&net, x(), Class(1)).unwrap());
    }
}

#[test]
fn deep_lift_on_a_gru() {
    let device = Device::flex();
    let model = with_spread_weights(Recurrent {
        cells: GruConfig::new(3, 6, true).init(&device),
        head: LinearConfig::new(6, 2).init(&device),
    });
    let forward = |m: &Recurrent<Gru>, x: Tensor<3>| last(&m.head, m.cells.forward(x, None));
    let net = capture(&model, x(), forward);
    assert_complete(&DeepLift::new().attribute(&net, x(), Class(0)).unwrap());
}
