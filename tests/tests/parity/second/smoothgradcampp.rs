//! Smooth Grad-CAM++ with stored noise: as its formula has it, and as torch-cam computes it, whose last activation and gradient
//! are those of the last noisy copy.

use backdraft::graph::Probes;
use backdraft::{AnyTensor, Classes, SmoothGradCamPlusPlus, Target};
use backdraft_tests::SecondCase;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::network::Second;
use crate::compare::values as all;

pub(super) fn values(second: &Second, case: &SecondCase) -> Vec<f32> {
    let noise = draws(&second.fixture.floats::<5>(&case.links("noise")[0]));
    match case.variant() {
        "paper_a" => {
            let [layer] = second.layers(case).try_into().expect("a layer");
            let method = SmoothGradCamPlusPlus::at(layer)
                .with_relu(false)
                .with_given_noise(noise);
            all(&second.explain(case, method).values()[0])
        }
        "torchcam" => of_the_last_copy(second, case, &noise),
        other => panic!("{}: what is {other}?", case.key),
    }
}

/// `[draws, batch, channels, height, width]`, draw by draw.
fn draws(noise: &Tensor<5>) -> Vec<Tensor<4>> {
    let [draws, ..] = noise.dims();
    let draw = |draw| noise.clone().narrow(0, draw, 1).squeeze_dim(0);
    (0..draws).map(draw).collect()
}

fn of_the_last_copy(second: &Second, case: &SecondCase, noise: &[Tensor<4>]) -> Vec<f32> {
    let images: Tensor<4> = second.inputs(case)[0].to_tensor().unwrap();
    let (activation, _) = at_layer(second, case, images.clone());
    let copies = noise.iter().map(|noise| images.clone() + noise.clone());
    let copies: Vec<_> = copies.map(|copy| at_layer(second, case, copy)).collect();
    let mean = |power: i32| {
        let powers = copies.iter().map(|(_, g)| g.clone().powi_scalar(power));
        let sum = powers.reduce(|a, b| a + b).expect("there is a draw");
        sum / noise.len() as f32
    };
    let (squares, cubes) = (mean(2), mean(3));
    let sums = (cubes * activation).sum_dim(2);
    let shares = squares.clone() / (squares * 2.0 + sums + 1e-8);
    let (activation, gradient) = copies.last().cloned().expect("there is a draw");
    let weights = (shares * relu(gradient)).sum_dim(2);
    let map = relu((activation * weights).sum_dim(1));
    all(&AnyTensor::from(map))
}

/// Activation and gradient at the layer, `[batch, channels, positions]`.
fn at_layer(second: &Second, case: &SecondCase, images: Tensor<4>) -> (Tensor<3>, Tensor<3>) {
    let [layer] = second.layers(case).try_into().expect("a layer");
    let probes = Probes::new()
        .with_activation(&layer)
        .with_layer_gradient(&layer);
    let pass = second.net().run(images, &probes).unwrap();
    let activation = pass.activation(&layer).unwrap();
    let explained = Classes(case.classes()).scores(pass.outputs()).unwrap();
    let gradient = pass.backward(explained.scores).unwrap();
    let flat = |tensor: &AnyTensor| {
        let shape = tensor.shape();
        tensor.reshape([shape[0], shape[1], shape[2] * shape[3]])
    };
    (flat(&activation), flat(&gradient.layer(&layer).unwrap()))
}
