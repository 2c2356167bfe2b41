//! A model in plain Burn, explained from another crate, with one number checked by hand.

mod relevance;

use backdraft::{Class, GradCam, Method, Network, Saliency};
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

fn main() -> Result<(), backdraft::Error> {
    let device = Device::default();
    let model = TinyNet::new(&device);
    let image = Tensor::<4>::from_data([[[[1.0, -1.0], [0.5, 4.0]]]], &device);
    let net = Network::capture(&model, image.clone(), TinyNet::forward)?;
    println!("{net}");

    // F = 3/4 sum(relu(2 x)): dF/dx is 3/4 · 2 where x is positive, else 0.
    let gradient = Saliency::new().attribute(&net, image.clone(), Class(0))?;
    let gradient: Vec<f32> = gradient.tensor::<4>()?.into_data().iter().collect();
    assert_eq!(gradient, [1.5, 0.0, 1.5, 1.5]);

    // The channel's weight is the mean of dF/dA = 3/4, the map 3/4 relu(2 x).
    let cam = GradCam::new().attribute(&net, image.clone(), Class(0))?;
    let cam: Vec<f32> = cam.tensor::<4>()?.into_data().iter().collect();
    assert_eq!(cam, [1.5, 0.0, 0.75, 6.0]);
    println!("gradient {gradient:?}, Grad-CAM {cam:?}");
    relevance::explain(&net, image)
}
