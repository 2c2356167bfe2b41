//! Networks of half and double precision: how far what methods compute is from single precision.

use backdraft::graph::AnyTensor;
use backdraft::{
    AtLayer, Attribution, DeepLift, GradCam, GuidedBackprop, InputXGradient, Inputs,
    IntegratedGradients, LayerActivation, LayerConductance, Method, Network, Saliency, SmoothGrad,
};
use burn::module::{Module, ModuleMapper, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device, Tensor};

use crate::coverage::{float, with_spread_weights};
use crate::{data_of, relative_l2};

/// What is explained.
pub const CLASS: backdraft::Class = backdraft::Class(2);

/// A small convolutional network.
#[derive(Module, Debug)]
pub struct Net {
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

    /// The logits.
    ///
    /// # Shapes
    /// - images: `[batch, 2, 9, 9]`
    /// - output: `[batch, 5]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
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
///
/// # Panics
/// If the device lacks the precision.
pub fn subject(device: &Device, rounded: DType, precision: DType) -> (Net, Tensor<4>) {
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
        Box::new(SmoothGrad::new(Saliency::new()).with_draws(5)),
        Box::new(LayerActivation::at("norm")),
        Box::new(LayerConductance::at("norm").with_steps(8)),
        Box::new(AtLayer::new(path, "norm")),
    ]
}

/// A tensor's values.
pub fn numbers(tensor: &AnyTensor) -> Vec<f32> {
    data_of(tensor).iter().collect()
}

/// How far the values of every method are from those of single precision, for a network of the same weights, all
/// `rounded` before.
///
/// # Panics
/// If results have the wrong precision, or what they add up to was computed in a lower one.
pub fn errors(device: &Device, rounded: DType, precision: DType) -> Vec<(String, f64)> {
    let captured = |precision| {
        let (model, images) = subject(device, rounded, precision);
        let net = Network::capture(&model, images.clone(), Net::forward).unwrap();
        (net, images)
    };
    let (net, images) = captured(precision);
    let (exact, exact_images) = captured(DType::F32);
    let compare = |method: &dyn Method| {
        let explain = |net: &Network, images: &Tensor<4>| {
            let inputs = Inputs::new(images.clone());
            method.compute(net, &inputs, &CLASS).unwrap()
        };
        let actual = explain(&net, &images);
        let expected = explain(&exact, &exact_images);
        assert_eq!(actual.values()[0].dtype(), precision_of_results(precision));
        assert_added_up(&actual);
        let name = actual.method().to_owned();
        let [actual, expected] = [actual, expected].map(|result| numbers(&result.values()[0]));
        (name, relative_l2(&actual, &expected))
    };
    methods().iter().map(|method| compare(&**method)).collect()
}

/// The gap is that of the values themselves, added up in single precision or better.
fn assert_added_up(attribution: &Attribution) {
    let Some(gap) = attribution.gap() else {
        return;
    };
    let (scores, before) = (attribution.scores(), attribution.baseline_scores().unwrap());
    for (row, gap) in gap.iter().enumerate() {
        let values = numbers(&attribution.values()[0].rows(row..row + 1));
        let sum: f64 = values.into_iter().map(f64::from).sum();
        let change = f64::from(scores[row]) - f64::from(before[row]);
        assert!((gap.absolute - (sum - change)).abs() < 1e-5, "{gap:?}");
    }
}

fn precision_of_results(precision: DType) -> DType {
    match precision {
        DType::F64 => DType::F64,
        _ => DType::F32,
    }
}
