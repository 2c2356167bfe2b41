//! One network explained on whichever backend is compiled in, with numbers checked by hand.
//!
//! `cargo test --release -p backdraft --no-default-features --features ndarray --test any_backend` is how a backend
//! is tested alone.

use backdraft::{
    Class, DeepLift, GradCam, GuidedBackprop, IntegratedGradients, Method, Network, Saliency,
};
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

#[derive(Module, Debug)]
struct TinyNet {
    conv: Conv2d,
    weight: Param<Tensor<2>>,
}

impl TinyNet {
    /// One 1 x 1 filter that doubles its input, then the mean position weighed by 3.
    fn new(device: &Device) -> Self {
        let mut conv = Conv2dConfig::new([1, 1], [1, 1])
            .with_bias(false)
            .init(device);
        conv.weight = Param::from_data([[[[2.0]]]], device);
        let weight = Param::from_data([[3.0]], device);
        Self { conv, weight }
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        let features = relu(self.conv.forward(images));
        let pooled = features.mean_dim(3).mean_dim(2).flatten(1, 3);
        pooled.matmul(self.weight.val())
    }
}

#[test]
fn the_default_device_gives_the_numbers_by_hand() {
    let device = Device::default();
    let image = Tensor::<4>::from_data([[[[1.0, -1.0], [0.5, 4.0]]]], &device);
    let net = Network::capture(&TinyNet::new(&device), image.clone(), TinyNet::forward).unwrap();
    let check = |method: &dyn Method, expected: [f32; 4]| {
        let found = method.compute(&net, &backdraft::Inputs::new(image.clone()), &Class(0));
        let found = found.unwrap().tensor::<4>().unwrap().into_data();
        let found: Vec<f32> = found.iter().collect();
        let close = |(a, b): (&f32, f32)| (a - b).abs() < 1e-5;
        assert!(
            found.iter().zip(expected).all(close),
            "{found:?} {expected:?}"
        );
    };
    // F = 3/4 sum(relu(2 x)): dF/dx is 3/4 · 2 where x is positive, else 0.
    let gradient = [1.5, 0.0, 1.5, 1.5];
    check(&Saliency::new(), gradient);
    check(&GuidedBackprop::new(), gradient);
    // Each position's part of F, which has no other terms.
    let parts = [1.5, 0.0, 0.75, 6.0];
    check(&GradCam::new(), parts);
    check(&IntegratedGradients::new(), parts);
    check(&DeepLift::new(), parts);
}
