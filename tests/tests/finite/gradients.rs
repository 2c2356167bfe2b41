//! Derivatives that have no finite value where the function has one.

use std::num::NonZeroUsize;

use backdraft::finite::{Origin, Quantity};
use backdraft::{
    AtLayer, Baseline, Class, DeepLift, GradCam, GradientShap, GuidedBackprop, InputXGradient,
    Inputs, IntegratedGradients, InternalInfluence, LayerConductance, Method, Network, Opaque,
    Quadrature, Replicas, Saliency, Score, SmoothGrad,
};
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use crate::{assert_close, derivative, net, refused, rows};

/// `sqrt(x₁² + x₂²)`: its gradient `x / |x|` is `0 / 0` at zero.
fn length(x: Tensor<2>) -> Tensor<2> {
    x.powi_scalar(2).sum_dim(1).sqrt()
}

#[test]
fn a_length_has_no_gradient_at_zero() {
    let x = rows([[3.0, 4.0], [0.0, 0.0]]);
    let net = net(&x, length);
    let error = refused(Saliency::new().attribute(&net, x.clone(), Class(0)));
    assert_eq!((error.what, error.sample), (Quantity::Gradient, 1));
    assert_eq!(error.origin, Some(derivative("sqrt")));
    let error = refused(InputXGradient::new().attribute(&net, x.clone(), Class(0)));
    assert_eq!((error.sample, error.origin), (1, Some(derivative("sqrt"))));
    let alone = Saliency::new().attribute(&net, x.narrow(0, 0, 1), Class(0));
    assert_close(&alone.unwrap(), &[0.6, 0.8]);
}

#[test]
fn a_path_from_zero_needs_a_rule_that_leaves_it_out() {
    let x = rows([[3.0, 4.0]]);
    let net = net(&x, length);
    let along = |rule| {
        let path = IntegratedGradients::new().with_quadrature(rule);
        path.with_steps(10).attribute(&net, x.clone(), Class(0))
    };
    for rule in [Quadrature::Trapezoid, Quadrature::Left] {
        let error = refused(along(rule));
        assert_eq!((error.what, error.sample), (Quantity::Gradient, 0));
        assert_eq!(error.origin, Some(derivative("sqrt")));
    }
    // The gradient is (0.6, 0.8) all along the path.
    for rule in [
        Quadrature::GaussLegendre,
        Quadrature::Midpoint,
        Quadrature::Right,
    ] {
        assert_close(&along(rule).unwrap(), &[1.8, 3.2]);
    }
    // From the other side nothing is in the way.
    let path = IntegratedGradients::new().with_quadrature(Quadrature::Trapezoid);
    let path = path.with_baseline(Baseline::tensor(rows([[6.0, 8.0]])));
    assert_close(&path.attribute(&net, x, Class(0)).unwrap(), &[-1.8, -3.2]);
}

/// The sum over two frequencies of `sqrt(re² + im²)`.
fn magnitude(x: Tensor<3>) -> Tensor<2> {
    x.powi_scalar(2).sum_dim(1).sqrt().sum_dim(2).flatten(1, 2)
}

#[test]
fn a_magnitude_has_no_gradient_at_silence() {
    // The second frequency of the second sound is silent.
    let sounds = [[[3.0, 1.0], [4.0, 0.0]], [[3.0, 0.0], [4.0, 0.0]]];
    let sounds = Tensor::<3>::from_data(sounds, &Device::flex());
    let network = net(&sounds, magnitude);
    let methods: [Box<dyn Method>; 3] = [
        Box::new(Saliency::new()),
        Box::new(IntegratedGradients::new()),
        Box::new(GradientShap::new(Baseline::zeros())),
    ];
    for method in methods {
        let error = refused(method.attribute(&network, sounds.clone(), Class(0)));
        assert_eq!((error.what, error.sample), (Quantity::Gradient, 1));
        assert_eq!(error.origin, Some(derivative("sqrt")));
    }
    // With an epsilon under the root there is a gradient: 0.6, 0.8 where there is sound, 0 where there is none.
    let mended = |x: Tensor<3>| {
        let power = x.powi_scalar(2).sum_dim(1) + 1e-12;
        power.sqrt().sum_dim(2).flatten::<2>(1, 2)
    };
    let network = net(&sounds, mended);
    let gradient = Saliency::new().attribute(&network, sounds, Class(0));
    assert_close(
        &gradient.unwrap(),
        &[0.6, 1.0, 0.8, 0.0, 0.6, 0.0, 0.8, 0.0],
    );
}

#[test]
fn the_layer_is_the_one_nearest_to_the_output() {
    let x = rows([[0.0, 4.0]]);
    // Both roots have no slope at 0; the second one is the first that the gradient meets.
    let twice = net(&x, |x| x.sqrt().sqrt());
    let error = refused(Saliency::new().attribute(&twice, x.clone(), Class(0)));
    assert_eq!(error.origin, Some(derivative("sqrt#2")));
    // The logarithm reads the same tensor as the root, and has a slope there.
    let other = net(&x, |x| {
        let shifted = x * 1.0;
        (shifted.clone() + 1.0).log() + shifted.sqrt()
    });
    let error = refused(Saliency::new().attribute(&other, x, Class(0)));
    assert_eq!(error.origin, Some(derivative("sqrt")));
}

#[test]
fn gradients_at_layers_are_checked_too() {
    let x = Tensor::<3>::from_data([[[0.0, 4.0], [9.0, 1.0]]], &Device::flex());
    let net = net(&x, |x: Tensor<3>| {
        (x * 2.0).sqrt().mean_dim(2).flatten::<2>(1, 2)
    });
    let methods: [Box<dyn Method>; 4] = [
        Box::new(GradCam::at("mul_scalar")),
        Box::new(AtLayer::new(Saliency::new(), "mul_scalar")),
        Box::new(InternalInfluence::at("mul_scalar")),
        Box::new(LayerConductance::at("mul_scalar")),
    ];
    for method in methods {
        let error = refused(method.attribute(&net, x.clone(), Class(0)));
        assert_eq!((error.what, error.sample), (Quantity::Gradient, 0));
        assert_eq!(error.origin, Some(derivative("sqrt")));
    }
}

#[test]
fn a_rule_does_not_hide_it() {
    let x = rows([[1.0, 4.0]]);
    let net = net(&x, |x| (relu(x) - 1.0).powi_scalar(2).sqrt());
    let error = refused(GuidedBackprop::new().attribute(&net, x, Class(0)));
    assert_eq!(error.origin, Some(derivative("sqrt")));
}

/// What no point of a path and no noise moves: the second sample's scale is zero.
#[test]
fn the_sample_is_the_one_of_the_batch_however_many_copies_there_are() {
    let inputs = (rows([[3.0, 4.0], [3.0, 4.0]]), rows([[1.0], [0.0]]));
    let forward = |_: &Vec<Linear>, (x, scale): (Tensor<2>, Tensor<2>)| length(x * scale);
    let net = Network::capture(&Vec::new(), inputs.clone(), forward).unwrap();
    let inputs = Inputs::new(inputs).with_constant([1]).with_batch_size(8);
    let replicas = Replicas::threads(&net, NonZeroUsize::new(2).unwrap());
    let smooth = SmoothGrad::new(Saliency::new());
    let path = SmoothGrad::new(IntegratedGradients::new());
    for error in [
        refused(smooth.attribute(&net, &inputs, Class(0))),
        refused(path.attribute(&net, &inputs, Class(0))),
        refused(smooth.attribute(&replicas, &inputs, Class(0))),
    ] {
        assert_eq!((error.what, error.sample), (Quantity::Gradient, 1));
        assert_eq!(error.origin, Some(derivative("sqrt")));
    }
}

#[test]
fn a_target_may_have_no_derivative_either() {
    let x = rows([[3.0, 4.0], [1.0, 1.0]]);
    let net = net(&x, |x| x * 2.0);
    let apart = |y: Tensor<2>| {
        let difference = y.clone().narrow(1, 0, 1) - y.narrow(1, 1, 1);
        difference.powi_scalar(2).sqrt().squeeze_dim(1)
    };
    let methods: [Box<dyn Method>; 2] = [Box::new(Saliency::new()), Box::new(DeepLift::new())];
    for method in methods {
        let error = refused(method.attribute(&net, x.clone(), Score::new("apart", apart)));
        assert_eq!((error.what, error.sample), (Quantity::Gradient, 1));
        assert_eq!(error.origin, Some(Origin::TargetDerivative));
    }
}

#[test]
fn a_model_that_shows_no_layers_names_the_sample() {
    let x = rows([[3.0, 4.0], [0.0, 0.0]]);
    let forward = |_: &Vec<Linear>, x: Tensor<2>| length(x);
    let opaque = Opaque::new(&Vec::new(), x.clone(), forward).unwrap();
    let error = refused(Saliency::new().attribute(&opaque, x, Class(0)));
    assert_eq!((error.what, error.sample), (Quantity::Gradient, 1));
    assert_eq!(error.origin, None);
}
