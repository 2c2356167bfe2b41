//! Detectors that list the boxes of several scales.

use backdraft::graph::LookupError;
use backdraft::{
    BoxFormat, Class, Detection, DetectorOutputs, EigenCam, Error, GradCam, GuidedGradCam, Layer,
    LayerError, Method, Network, Score,
};
use backdraft_tests::tiny::{assert_close, capture, tensor, values};
use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

/// A convolution without overlap.
fn convolution(x: Tensor<4>, weights: &[f32], [size, outputs]: [usize; 2]) -> Tensor<4> {
    let [_, channels, ..] = x.dims();
    let weights = Tensor::<1>::from_data(weights, &x.device());
    let weights = weights.reshape([outputs, channels, size, size]);
    conv2d(
        x,
        weights,
        None,
        ConvOptions::new([size, size], [0, 0], [1, 1], 1),
    )
}

/// What is seen with its sign and with the other one.
fn signs(x: Tensor<4>, size: usize) -> Tensor<4> {
    let [_, channels, ..] = x.dims();
    let patch = channels * size * size;
    let mean = 1.0 / (size * size) as f32;
    // Only the first channel counts.
    let weights = (0..2 * patch).map(|at| match (at / patch, at % patch < size * size) {
        (0, true) => mean,
        (1, true) => -mean,
        _ => 0.0,
    });
    let weights: Vec<f32> = weights.collect();
    relu(convolution(x, &weights, [size, 2]))
}

/// Left, top, right, bottom, objectness of one half, and the score of each class at every position: the value there for
/// the class of the scale, zero for the other one.
fn predictions(features: &Tensor<4>, class: usize) -> Tensor<3> {
    let boxes = convolution(features.clone(), &[1.0; 8], [1, 4]);
    let objectness = sigmoid(convolution(features.clone(), &[0.0; 2], [1, 1]));
    let mut weights = [0.0; 4];
    weights[2 * class] = 1.0;
    let scores = relu(convolution(features.clone(), &weights, [1, 2]));
    Tensor::cat(vec![boxes, objectness, scores], 1).flatten(2, 3)
}

/// Class 0 is seen at every pixel, class 1 in every square of two by two, which is computed from the former.
fn detector() -> Network {
    capture(tensor::<4>([[[[1.0f32; 4]; 4]]]), |x: Tensor<4>| {
        let fine = signs(x, 1);
        let coarse = signs(fine.clone(), 2);
        let listed = Tensor::cat(vec![predictions(&fine, 0), predictions(&coarse, 1)], 2);
        listed.swap_dims(1, 2)
    })
}

fn best(class: usize) -> Detection {
    Detection::best(
        DetectorOutputs::joined(BoxFormat::Corners).with_objectness(),
        class,
    )
}

const PICTURE: [[[[f32; 4]; 4]; 1]; 1] = [[[
    [0.1, 0.2, 0.3, 0.4],
    [0.5, 0.6, 0.7, 0.8],
    [0.4, 0.3, 0.2, 0.1],
    [0.8, 0.7, 0.6, 0.5],
]]];

#[test]
fn the_default_layer_is_that_of_the_scale_that_the_target_reads() {
    let net = detector();
    let layers = net.spatial_layers().unwrap();
    let names: Vec<&str> = layers.iter().map(Layer::name).collect();
    assert_eq!(names, ["relu", "relu#2"]);

    // One half of the largest value: its gradient has the mean 0.5 / 16.
    let map = GradCam::new()
        .attribute(&net, tensor::<4>(PICTURE), best(0))
        .unwrap();
    assert_eq!(map.layer(), Some("relu"));
    let expected: Vec<f32> = PICTURE
        .as_flattened()
        .as_flattened()
        .as_flattened()
        .iter()
        .map(|x| x / 32.0)
        .collect();
    assert_close(&values(&map.values()[0]), &expected, 1e-6);

    // One half of the largest mean of four.
    let map = GradCam::new()
        .attribute(&net, tensor::<4>(PICTURE), best(1))
        .unwrap();
    assert_eq!(map.layer(), Some("relu#2"));
    assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 2, 2]);
    assert_close(
        &values(&map.values()[0]),
        &[0.35, 0.55, 0.55, 0.35].map(|mean| mean / 8.0),
        1e-6,
    );

    let map = EigenCam::new()
        .attribute(&net, tensor::<4>(PICTURE), best(1))
        .unwrap();
    assert_eq!(map.layer(), Some("relu#2"));
    let map = GuidedGradCam::new()
        .attribute(&net, tensor::<4>(PICTURE), best(0))
        .unwrap();
    assert_eq!(map.layer(), Some("relu"));
}

#[test]
fn a_target_of_several_scales_asks_for_a_layer() {
    let net = capture(tensor::<4>([[[[1.0f32; 4]; 4]]]), |x: Tensor<4>| {
        let listed = [(signs(x.clone(), 1), 0), (signs(x, 2), 1)];
        let listed = listed.map(|(features, class)| predictions(&features, class));
        Tensor::cat(listed.to_vec(), 2).swap_dims(1, 2)
    });
    let both = Score::new("all scores", |boxes: Tensor<3>| {
        boxes.narrow(2, 5, 2).sum_dim(1).sum_dim(2).reshape([-1])
    });
    let found = GradCam::new().attribute(&net, tensor::<4>(PICTURE), both);
    let Err(Error::Layer(LayerError::SeveralScales { layers })) = found else {
        panic!("two scales are read");
    };
    assert_eq!(layers, ["relu", "relu#2"]);
    assert!(
        GradCam::at("relu")
            .attribute(&net, tensor::<4>(PICTURE), best(0))
            .is_ok()
    );
    let named = net.last_spatial_layer().unwrap_err().to_string();
    assert!(named.contains("`relu`, `relu#2`"), "{named}");
}

#[test]
fn halves_that_change_places_are_no_scales() {
    let net = capture(tensor::<4>(PICTURE), |x: Tensor<4>| {
        let features = signs(x, 1);
        let map = convolution(features, &[1.0; 4], [1, 2]);
        Tensor::cat(vec![map.clone().narrow(2, 3, 1), map.narrow(2, 0, 3)], 2)
    });
    let found = GradCam::new().attribute(&net, tensor::<4>(PICTURE), Class(0));
    let Err(Error::Graph(backdraft::graph::Error::Lookup(LookupError::DensePrediction { layers }))) =
        found
    else {
        panic!("the output is a map");
    };
    assert_eq!(layers, ["relu"]);
}
