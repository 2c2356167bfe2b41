//! Class activation mapping.

use crate::attribution::batch_channels_positions;
use crate::cam::evidence::{Evidence, evidence, evidence_plan};
use crate::{AnyTensor, Attribution, Error, Inputs, Method, Network, Plan, Target};

/// CAM: the activation after the last convolution, weighted with the class's weights of the head.
///
/// ```text
/// map = sum over channels of w_k A_k,   where F = sum over k of w_k mean(A_k) + bias
/// ```
///
/// Zhou et al., [*Learning Deep Features for Discriminative
/// Localization*](https://arxiv.org/abs/1512.04150), CVPR 2016. The map's mean is the class score without
/// the bias, so it is signed evidence in units of the score.
///
/// The method is defined for networks that end with global average pooling and one linear layer; the pooled
/// layer is found by itself. For any other head there is [`GradCam`](crate::GradCam), which generalizes it:
/// where both are defined, Grad-CAM without its rectifier is CAM divided by the number of positions.
///
/// ```
/// use backdraft::{Cam, Class, Method, Network};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::nn::{Linear, LinearConfig};
/// # use burn::tensor::{Device, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d, fc: Linear }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         let features = relu(self.conv.forward(x));
/// #         self.fc.forward(features.mean_dim(3).mean_dim(2).flatten(1, 3))
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model {
/// #     conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device),
/// #     fc: LinearConfig::new(5, 10).with_bias(false).init(&device),
/// # };
/// # let image = Tensor::<4>::ones([1, 3, 8, 8], &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let cam = Cam::new().attribute(&net, image, Class(4))?;
/// assert_eq!(cam.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// // No bias in this head: the mean of the map is the score.
/// assert!((cam.sums()[0] / 36.0 - f64::from(cam.scores()[0])).abs() < 1e-5);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Cam;

impl Cam {
    /// The method has no options.
    pub fn new() -> Self {
        Self
    }
}

/// Values of shape `[batch, 1, positions...]`. A network with another head is a typed error that says what
/// was found.
impl Method for Cam {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let layer = net.pooled_layer()?;
        let evidence = evidence(net, inputs, target, layer.name(), None)?;
        let map = map(&evidence);
        let seen = evidence.activation;
        let map = seen.layout.by_sample(map, seen.scores.len());
        let result = Attribution::new("cam", seen.target, vec![map], seen.scores)?;
        let layout = seen.layout;
        Ok(result
            .with_layer(layer.name())
            .with_planes(vec![Some(layout.planes())])
            .with_places(layout.places(inputs)))
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        evidence_plan(net, inputs, net.pooled_layer()?.name(), None)
    }
}

fn map(evidence: &Evidence) -> AnyTensor {
    let mut shape = evidence.gradient.shape().to_vec();
    let flat = batch_channels_positions(&shape);
    // After the pooling everything is linear: the gradient sums to the head's weight.
    let weights = evidence.gradient.reshape(flat).sum_dim(2);
    let map = (evidence.activation.values.reshape(flat) * weights).sum_dim(1);
    shape[1] = 1;
    AnyTensor::from(map).reshape_to(shape)
}
