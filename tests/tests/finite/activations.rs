//! Activations that are no finite numbers, where the score is one.

use backdraft::finite::Quantity;
use backdraft::{
    AtLayer, Class, EigenCam, EigenGradCam, GradCam, HiResCam, LayerActivation, LayerCam, Method,
    Saliency, SegEigenCam,
};
use burn::tensor::{Device, Tensor};

use crate::{assert_close, layer, net, refused};

/// Two channels of two positions. The logarithm of what isn't positive is left out afterwards.
fn forward(x: Tensor<3>) -> Tensor<2> {
    let positive = x.clone().greater_elem(0.0);
    let logarithm = x.log();
    let kept = logarithm.zeros_like().mask_where(positive, logarithm);
    kept.mean_dim(2).flatten(1, 2)
}

fn x() -> Tensor<3> {
    let x = [[[1.0, 1.0], [1.0, 2.0]], [[1.0, -1.0], [1.0, 1.0]]];
    Tensor::from_data(x, &Device::flex())
}

#[test]
fn a_map_is_not_made_of_an_activation_with_nan() {
    let net = net(&x(), forward);
    let methods: [Box<dyn Method>; 8] = [
        Box::new(GradCam::at("log")),
        Box::new(HiResCam::at("log")),
        Box::new(LayerCam::at("log")),
        Box::new(EigenCam::at("log")),
        Box::new(EigenGradCam::at("log")),
        Box::new(SegEigenCam::at("log")),
        Box::new(LayerActivation::at("log")),
        Box::new(AtLayer::new(Saliency::new(), "log")),
    ];
    for method in methods {
        let error = refused(method.attribute(&net, x(), Class(1)));
        assert_eq!(error.what, Quantity::Activation("log".into()));
        assert_eq!((error.sample, error.origin), (1, Some(layer("log"))));
    }
    // The first sample alone has a map: gradient 1/2 for channel 1, whose logarithms are 0 and ln 2.
    let alone = GradCam::at("log").attribute(&net, x().narrow(0, 0, 1), Class(1));
    assert_close(&alone.unwrap(), &[0.0, 2_f32.ln() / 2.0]);
}

#[test]
fn a_layer_after_it_is_fine() {
    let net = net(&x(), forward);
    let map = GradCam::at("mask_where").attribute(&net, x(), Class(0));
    assert_close(&map.unwrap(), &[0.0; 4]);
}
