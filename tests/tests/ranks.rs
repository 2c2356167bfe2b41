//! The same methods on signals and volumes: `[batch, channels, length]` and `[batch, channels, depth, height, width]`.

use backdraft::{
    AnyTensor, AtLayer, Attribution, Baseline, Class, Deconvnet, DeepLift, GradCam,
    GradCamElementWise, GradCamPlusPlus, GradientShap, GuidedBackprop, GuidedGradCam, HiResCam,
    InputXGradient, Inputs, IntegratedGradients, InternalInfluence, LayerActivation, LayerCam,
    LayerConductance, Method, Network, Saliency, SmoothGrad, XGradCam,
};
use burn::module::Module;
use burn::nn::conv::{Conv1d, Conv1dConfig, Conv3d, Conv3dConfig};
use burn::nn::{PaddingConfig1d, PaddingConfig3d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

#[derive(Module, Debug)]
struct Signals {
    first: Conv1d,
    last: Conv1d,
}

impl Signals {
    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        let x = relu(self.first.forward(x));
        relu(self.last.forward(x)).mean_dim(2).flatten(1, 2)
    }
}

#[derive(Module, Debug)]
struct Volumes {
    first: Conv3d,
    last: Conv3d,
}

impl Volumes {
    fn forward(&self, x: Tensor<5>) -> Tensor<2> {
        let x = relu(self.first.forward(x));
        relu(self.last.forward(x))
            .mean_dims(&[2, 3, 4])
            .flatten(1, 4)
    }
}

fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let mut rng = StdRng::seed_from_u64(11);
    let values = (0..shape.iter().product()).map(|_| rng.random_range(-1.0_f32..1.0));
    Tensor::from_data(TensorData::new(values.collect(), shape), &Device::flex())
}

fn signals() -> (Network, AnyTensor) {
    let device = Device::flex();
    let conv = |from, to| {
        let config = Conv1dConfig::new(from, to, 3).with_padding(PaddingConfig1d::Same);
        config.init(&device)
    };
    let model = Signals {
        first: conv(2, 4),
        last: conv(4, 3),
    };
    let x = random([2, 2, 12]);
    let net = Network::capture(&model, x.clone(), Signals::forward).unwrap();
    (net, x.into())
}

fn volumes() -> (Network, AnyTensor) {
    let device = Device::flex();
    let conv = |channels| {
        let config = Conv3dConfig::new(channels, [3; 3]).with_padding(PaddingConfig3d::Same);
        config.init(&device)
    };
    let model = Volumes {
        first: conv([1, 4]),
        last: conv([4, 3]),
    };
    let x = random([2, 1, 4, 5, 6]);
    let net = Network::capture(&model, x.clone(), Volumes::forward).unwrap();
    (net, x.into())
}

fn explain(method: &dyn Method, net: &Network, x: &AnyTensor) -> Attribution {
    let inputs = Inputs::new(vec![x.clone()]);
    method.compute(net, &inputs, &Class(1)).unwrap()
}

fn check((net, x): (Network, AnyTensor)) {
    let of_inputs: Vec<Box<dyn Method>> = vec![
        Box::new(Saliency::new()),
        Box::new(InputXGradient::new()),
        Box::new(GuidedBackprop::new()),
        Box::new(Deconvnet::new()),
        Box::new(IntegratedGradients::new()),
        Box::new(GradientShap::new(Baseline::zeros())),
        Box::new(DeepLift::new()),
        Box::new(SmoothGrad::new(Saliency::new())),
        Box::new(GuidedGradCam::new()),
    ];
    for method in of_inputs {
        let result = explain(&*method, &net, &x);
        assert_eq!(result.values()[0].shape(), x.shape(), "{}", result.method());
    }
    let maps: Vec<Box<dyn Method>> = vec![
        Box::new(GradCam::new()),
        Box::new(HiResCam::new()),
        Box::new(GradCamPlusPlus::new()),
        Box::new(XGradCam::new()),
        Box::new(LayerCam::new()),
        Box::new(GradCamElementWise::new()),
    ];
    let mut map = x.shape().to_vec();
    map[1] = 1;
    for method in maps {
        let result = explain(&*method, &net, &x);
        assert_eq!(
            result.values()[0].shape().to_vec(),
            map,
            "{}",
            result.method()
        );
        assert_eq!(result.layer(), Some("relu#2"));
    }
    let mut layer = x.shape().to_vec();
    layer[1] = 4;
    let of_layers: Vec<Box<dyn Method>> = vec![
        Box::new(LayerActivation::at("relu")),
        Box::new(LayerConductance::at("relu")),
        Box::new(InternalInfluence::at("relu")),
        Box::new(AtLayer::<IntegratedGradients>::at("relu")),
        Box::new(AtLayer::<DeepLift>::at("relu")),
    ];
    for method in of_layers {
        let result = explain(&*method, &net, &x);
        assert_eq!(
            result.values()[0].shape().to_vec(),
            layer,
            "{}",
            result.method()
        );
    }
    // They add up here as they do for images.
    let lift = explain(&DeepLift::new(), &net, &x);
    let path = explain(&IntegratedGradients::new().with_steps(300), &net, &x);
    let flow = explain(&LayerConductance::at("relu").with_steps(300), &net, &x);
    for (result, tolerance) in [(lift, 1e-5), (path, 1e-3), (flow, 3e-3)] {
        for gap in result.gap().unwrap() {
            assert!(
                gap.absolute.abs() < tolerance,
                "{}: {gap:?}",
                result.method()
            );
        }
    }
}

#[test]
fn signals_are_explained_by_every_method() {
    check(signals());
}

#[test]
fn volumes_are_explained_by_every_method() {
    check(volumes());
}
