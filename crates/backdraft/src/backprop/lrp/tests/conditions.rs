//! Relevance through some channels only.

use burn::module::Param;
use burn::nn::Linear;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::{assert_close, floats, two, values};
use crate::{Class, Composite, Lrp, Method, Network};

#[test]
fn conditions_on_all_channels_sum_to_no_condition() {
    let (net, x) = two();
    let whole = values(&Lrp::new(), &net, &x, Class(1));
    let mut sum = vec![0.0; whole.len()];
    for channel in 0..6 {
        let method = Lrp::new().with_condition("relu", [channel]);
        let part = values(&method, &net, &x, Class(1));
        sum.iter_mut()
            .zip(part)
            .for_each(|(sum, part)| *sum += part);
    }
    assert_close(&sum, &whole);
    let two_of_them = Lrp::new()
        .with_condition("relu", [1, 4])
        .with_condition("first", [4]);
    let one = Lrp::new().with_condition("first", [4]);
    assert_close(
        &values(&two_of_them, &net, &x, Class(1)),
        &values(&one, &net, &x, Class(1)),
    );
}

#[test]
fn a_condition_names_a_layer_and_channels_that_there_are() {
    let (net, x) = two();
    let error = |layer: &str, channel| {
        let method = Lrp::new().with_condition(layer, [channel]);
        method
            .attribute(&net, x.clone(), Class(0))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error("relu", 6),
        "channel 6 doesn't exist: layer relu has 6 of them"
    );
    assert!(error("rely", 0).contains("relu"));
}

#[test]
fn a_condition_finds_channels_that_come_last() {
    let device = Device::flex();
    let mut conv: Conv2d = Conv2dConfig::new([1, 2], [1, 1])
        .with_bias(false)
        .init(&device);
    conv.weight = Param::from_data([[[[1.0]]], [[[10.0]]]], &device);
    let x = Tensor::<4>::from_data([[[[2.0, 3.0]]]], &device);
    // One row, two columns, two channels: dimension 1 has one index, and dimension 2 as many as there are channels.
    let forward = |m: &Conv2d, x: Tensor<4>| {
        let last = relu(m.forward(x).permute([0, 2, 3, 1]));
        last.sum_dim(3).sum_dim(2).flatten::<2>(1, 3)
    };
    let net = Network::capture(&conv, x.clone(), forward).unwrap();
    let through = |channels: &[usize]| {
        let method = Lrp::with_composite(Composite::epsilon(1e-9));
        let method = method.with_condition("relu", channels.to_vec());
        let relevance = method.attribute(&net, x.clone(), Class(0)).unwrap();
        floats(&relevance.values()[0])
    };
    assert_close(&through(&[0]), &[2.0, 3.0]);
    assert_close(&through(&[1]), &[20.0, 30.0]);
}

#[test]
fn a_condition_needs_a_dimension_of_channels() {
    let (net, x) = two();
    let flat = |m: &Vec<Linear>, x: Tensor<4>| {
        assert!(m.is_empty());
        x.flatten::<2>(1, 3)
    };
    let image = Tensor::<4>::ones([1, 2, 2, 2], &Device::flex());
    let folded = Network::capture(&Vec::new(), image.clone(), flat).unwrap();
    let error = Lrp::new()
        .with_condition("reshape", [0])
        .attribute(&folded, image, Class(0))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("one dimension of channels or features"),
        "{error}"
    );
    assert!(
        Lrp::new()
            .with_condition("relu", [0])
            .attribute(&net, x, Class(0))
            .is_ok()
    );
}
