//! Scores that are no finite numbers, at the input or at a baseline.

use backdraft::finite::{Origin, Quantity};
use backdraft::{
    Baseline, Class, DeepLift, DeepLiftShap, GradientShap, InputXGradient, IntegratedGradients,
    LayerConductance, Method, Opaque, Saliency, Score, SmoothGrad, TopClass,
};
use burn::nn::Linear;
use burn::tensor::activation::softmax;
use burn::tensor::{DType, Tensor};

use crate::{assert_close, is_nan, layer, net, refused, rows};

/// The cosine similarity to (1, 0): `x₁ / |x|`.
fn cosine(x: Tensor<2>) -> Tensor<2> {
    let length = x.clone().powi_scalar(2).sum_dim(1).sqrt();
    x.narrow(1, 0, 1) / length
}

#[test]
fn nothing_is_similar_to_nothing() {
    let x = rows([[3.0, 4.0], [1.0, 0.0]]);
    let net = net(&x, cosine);
    let methods: [Box<dyn Method>; 5] = [
        Box::new(IntegratedGradients::new()),
        Box::new(GradientShap::new(Baseline::zeros())),
        Box::new(DeepLift::new()),
        Box::new(DeepLiftShap::new(Baseline::zeros())),
        Box::new(LayerConductance::at("sum_dim")),
    ];
    for method in methods {
        let error = refused(method.attribute(&net, x.clone(), Class(0)));
        assert!(matches!(error.what, Quantity::BaselineScore(_)));
        assert!(is_nan(&error.what), "{error}");
        assert_eq!((error.sample, error.origin), (0, Some(layer("div"))));
    }
    // The gradient of x₁ / |x| is (x₂², -x₁ x₂) / |x|³.
    let gradient = Saliency::new().attribute(&net, x, Class(0)).unwrap();
    assert_close(&gradient, &[0.128, -0.096, 0.0, 0.0]);
}

#[test]
fn a_target_may_be_no_number_either() {
    let x = rows([[3.0, 4.0]]);
    let net = net(&x, |x| x * 2.0);
    let target = || Score::new("cosine", |y| cosine(y).squeeze_dim(1));
    let path = IntegratedGradients::new().attribute(&net, x.clone(), target());
    let error = refused(path);
    assert!(is_nan(&error.what), "{error}");
    assert_eq!(error.origin, Some(Origin::Target));
    assert!(
        error
            .to_string()
            .contains("but not what the target makes of it"),
        "{error}"
    );
    assert!(Saliency::new().attribute(&net, x, target()).is_ok());
}

#[test]
fn the_logarithm_of_nothing_is_infinite() {
    let x = rows([[1.0, 2.0], [0.0, 2.0]]);
    let net = net(&x, Tensor::log);
    for error in [
        refused(Saliency::new().attribute(&net, x.clone(), Class(0))),
        refused(SmoothGrad::new(Saliency::new()).attribute(&net, x.clone(), Class(0))),
        refused(IntegratedGradients::new().attribute(&net, x.clone(), Class(0))),
        refused(DeepLift::new().attribute(&net, x.clone(), Class(0))),
    ] {
        assert_eq!(error.what, Quantity::Score(f32::NEG_INFINITY));
        assert_eq!((error.sample, error.origin), (1, Some(layer("log"))));
    }
    // ln 2 is a number for both, but the baseline's isn't.
    let error = refused(IntegratedGradients::new().attribute(&net, x.clone(), Class(1)));
    assert_eq!(error.what, Quantity::BaselineScore(f32::NEG_INFINITY));
    // Where nothing of the other column flows, it doesn't matter: the gradient is 1 / x.
    let gradient = Saliency::new().attribute(&net, rows([[1.0, 2.0]]), Class(1));
    assert_close(&gradient.unwrap(), &[0.0, 0.5]);
}

#[test]
fn nothing_has_no_parts() {
    let x = rows([[1.0, 3.0], [2.0, 2.0], [0.0, 0.0]]);
    let net = net(&x, |x| x.clone() / x.sum_dim(1));
    let error = refused(Saliency::new().attribute(&net, x, TopClass));
    assert!(is_nan(&error.what), "{error}");
    assert_eq!((error.sample, error.origin), (2, Some(layer("div"))));
}

#[test]
fn an_exponential_overflows() {
    let x = rows([[1.0, 100.0]]);
    let net = net(&x, |x| x.exp() * 2.0);
    let error = refused(Saliency::new().attribute(&net, x.clone(), Class(1)));
    assert_eq!(error.what, Quantity::Score(f32::INFINITY));
    assert_eq!((error.sample, error.origin), (0, Some(layer("exp"))));
}

#[test]
fn a_product_overflows_in_half_precision_sooner() {
    // 300 · 300 is beyond 65,504.
    let x = rows([[2.0, 300.0]]);
    let square = |x: Tensor<2>| x.powi_scalar(2) + 1.0;
    let half = x.clone().cast(DType::F16);
    let error = refused(Saliency::new().attribute(&net(&half, square), half, Class(1)));
    assert_eq!(error.what, Quantity::Score(f32::INFINITY));
    assert_eq!((error.sample, error.origin), (0, Some(layer("mul"))));
    let single = Saliency::new().attribute(&net(&x, square), x, Class(1));
    assert_close(&single.unwrap(), &[0.0, 600.0]);
}

/// Probabilities among what isn't negative.
fn masked(x: Tensor<2>) -> Tensor<2> {
    let negative = x.clone().lower_elem(0.0);
    softmax(x.mask_fill(negative, f32::NEG_INFINITY), 1)
}

#[test]
fn a_mask_that_leaves_nothing_is_no_distribution() {
    let x = rows([[0.0, -1.0, 0.0], [-1.0, -2.0, -3.0]]);
    let net = net(&x, masked);
    let error = refused(Saliency::new().attribute(&net, x.clone(), Class(0)));
    assert!(is_nan(&error.what), "{error}");
    assert_eq!((error.sample, error.origin), (1, Some(layer("softmax"))));
    // Infinities that only mask are no fault: p (1 - p) and -p p, with two of a half.
    let gradient = Saliency::new().attribute(&net, x.narrow(0, 0, 1), Class(0));
    assert_close(&gradient.unwrap(), &[0.25, 0.0, -0.25]);
}

#[test]
fn the_layer_is_that_of_the_sample() {
    // The second sample fails in an earlier layer.
    let x = rows([[1.0, 0.0], [100.0, 1.0]]);
    let net = net(&x, |x| {
        x.clone().narrow(1, 0, 1).exp() + x.narrow(1, 1, 1).log()
    });
    let error = refused(Saliency::new().attribute(&net, x.clone(), Class(0)));
    assert_eq!((error.sample, error.origin), (0, Some(layer("log"))));
    let error = refused(Saliency::new().attribute(&net, x.narrow(0, 1, 1), Class(0)));
    assert_eq!((error.sample, error.origin), (0, Some(layer("exp"))));
}

#[test]
fn a_model_that_shows_no_layers_names_the_sample() {
    let x = rows([[1.0, 2.0], [3.0, 4.0]]);
    let forward = |_: &Vec<Linear>, x: Tensor<2>| cosine(x);
    let opaque = Opaque::new(&Vec::new(), x.clone(), forward).unwrap();
    let error = refused(IntegratedGradients::new().attribute(&opaque, x, Class(0)));
    assert!(matches!(error.what, Quantity::BaselineScore(_)));
    assert_eq!((error.sample, error.origin), (0, None));
}

#[test]
fn a_product_of_finite_numbers_may_overflow() {
    let x = rows([[1.0, 1.0], [1e19, 1.0]]);
    let net = net(&x, |x| x.powi_scalar(2) * 2.0);
    // 2e38 and its slope 4e19 are floats, but 1e19 times that slope isn't.
    let error = refused(InputXGradient::new().attribute(&net, x.clone(), Class(0)));
    assert_eq!((error.what, error.sample), (Quantity::Attribution, 1));
    let gradient = Saliency::new().attribute(&net, x.narrow(0, 0, 1), Class(0));
    assert_close(&gradient.unwrap(), &[4.0, 0.0]);
}
