//! Networks of half and double precision: what methods compute, and in which precision they return it.

use backdraft::graph::AnyTensor;
use backdraft::{
    AtLayer, Class, DeepLift, GradCam, GuidedBackprop, InputXGradient, Inputs, IntegratedGradients,
    LayerActivation, LayerConductance, Method, Network, Opaque, Saliency, SmoothGrad,
};
use backdraft_tests::coverage::{float, with_spread_weights};
use backdraft_tests::{data_of, relative_l2};
use burn::module::{Module, ModuleMapper, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Tensor};

#[derive(Module, Debug)]
struct Net {
    conv: Conv2d,
    norm: BatchNorm,
    deep: Conv2d,
    fc: Linear,
}

impl Net {
    fn new(device: &Device) -> Self {
        with_spread_weights(Self {
            conv: Conv2dConfig::new([2, 4], [3, 3]).init(device),
            norm: BatchNormConfig::new(4).init(device),
            deep: Conv2dConfig::new([4, 6], [3, 3])
                .with_stride([2, 2])
                .init(device),
            fc: LinearConfig::new(6, 5).init(device),
        })
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let x = relu(self.norm.forward(self.conv.forward(images)));
        let x = relu(self.deep.forward(x));
        self.fc.forward(x.mean_dim(3).mean_dim(2).flatten(1, 3))
    }
}

/// Casts parameters and running statistics.
struct Cast(DType);

impl ModuleMapper for Cast {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        Param::from_mapped_value(id, value.cast(self.0), mapper)
    }
}

/// The network and three images in a precision, their values rounded to `rounded` before.
fn subject(device: &Device, rounded: DType, precision: DType) -> (Net, Tensor<4>) {
    let model = Net::new(device).map(&mut Cast(rounded));
    let images = float([3, 2, 9, 9]).tensor(1, 0, device);
    let images: Tensor<4> = images.to_tensor().unwrap();
    let cast = images.cast(rounded).cast(precision);
    (model.map(&mut Cast(precision)), cast)
}

fn methods() -> Vec<Box<dyn Method>> {
    let path = IntegratedGradients::new().with_steps(32);
    vec![
        Box::new(Saliency::new()),
        Box::new(InputXGradient::new()),
        Box::new(GuidedBackprop::new()),
        Box::new(GradCam::at("deep").with_relu(false)),
        Box::new(path.clone()),
        Box::new(DeepLift::new()),
        Box::new(SmoothGrad::new(Saliency::new()).with_samples(5)),
        Box::new(LayerActivation::at("norm")),
        Box::new(LayerConductance::at("norm").with_steps(8)),
        Box::new(AtLayer::new(path, "norm")),
    ]
}

fn numbers(tensor: &AnyTensor) -> Vec<f32> {
    data_of(tensor).iter().collect()
}

/// The largest difference of a method's values between two precisions, for networks of the same weights.
fn errors(device: &Device, rounded: DType, precision: DType) -> Vec<(String, f64)> {
    let captured = |precision| {
        let (model, images) = subject(device, rounded, precision);
        let net = Network::capture(&model, images.clone(), Net::forward).unwrap();
        (net, images)
    };
    let (net, images) = captured(precision);
    let (exact, exact_images) = captured(DType::F32);
    let error = |method: &dyn Method| {
        let explain = |net: &Network, images: &Tensor<4>| {
            let inputs = Inputs::new(images.clone());
            method.explain(net, &inputs, &Class(2)).unwrap()
        };
        let actual = explain(&net, &images);
        let expected = explain(&exact, &exact_images);
        assert_eq!(actual.values()[0].dtype(), precision_of_results(precision));
        // Adding up is checked on the values themselves, in single precision or better.
        if let Some(gap) = actual.gap() {
            let (scores, before) = (actual.scores(), actual.baseline_scores().unwrap());
            for (row, gap) in gap.iter().enumerate() {
                let values = numbers(&actual.values()[0].rows(row..row + 1));
                let sum: f64 = values.into_iter().map(f64::from).sum();
                let change = f64::from(scores[row]) - f64::from(before[row]);
                assert!((gap.absolute - (sum - change)).abs() < 1e-5, "{gap:?}");
            }
        }
        let [actual, expected] = [actual, expected].map(|result| numbers(&result.values()[0]));
        relative_l2(&actual, &expected)
    };
    let errors = methods();
    let errors = errors.iter().map(|method| {
        let name = method.attribute(&net, images.clone(), Class(2)).unwrap();
        (name.method().to_owned(), error(&**method))
    });
    errors.collect()
}

fn precision_of_results(precision: DType) -> DType {
    match precision {
        DType::F64 => DType::F64,
        _ => DType::F32,
    }
}

/// A few roundings deep, each of at most `epsilon / 2`.
fn assert_close(precision: DType, epsilon: f64) {
    for (method, error) in errors(&Device::flex(), precision, precision) {
        println!("{precision:?} {method:24} {error:.1e}");
        // Of many noisy copies, each rounded, one may have a unit within rounding of zero, which opens or closes.
        let roundings = if method.contains("smooth") { 40.0 } else { 4.0 };
        assert!(error < roundings * epsilon, "{method}: {error:.1e}");
        assert!(error > 0.0, "{method} is computed in single precision");
    }
}

#[test]
fn half_precision_is_as_close_as_its_digits() {
    assert_close(DType::F16, 2f64.powi(-10));
}

#[test]
fn brain_floats_are_as_close_as_their_digits() {
    assert_close(DType::BF16, 2f64.powi(-7));
}

#[test]
fn double_precision_stays_double() {
    for (method, error) in errors(&Device::flex(), DType::F32, DType::F64) {
        println!("F64 {method:24} {error:.1e}");
        assert!(error < 1e-6, "{method}: {error:.1e}");
    }
}

#[test]
fn what_is_not_captured_is_explained_in_half_precision_too() {
    let (model, images) = subject(&Device::flex(), DType::F16, DType::F16);
    let net = Network::capture(&model, images.clone(), Net::forward).unwrap();
    let opaque = Opaque::new(&model, images.clone(), Net::forward).unwrap();
    let path = || IntegratedGradients::new().with_steps(8);
    let expected = path().attribute(&net, images.clone(), Class(2)).unwrap();
    let actual = path().attribute(&opaque, images, Class(2)).unwrap();
    assert_eq!(actual.values()[0].dtype(), DType::F32);
    let [actual, expected] = [actual, expected].map(|result| numbers(&result.values()[0]));
    let error = relative_l2(&actual, &expected);
    assert!(error < 2f64.powi(-10), "{error:.1e}");
}
