//! Gradient-weighted class activation mapping.

use backdraft_graph::Probes;
use burn::tensor::activation::relu;

use crate::attribution::batch_channels_positions;
use crate::{AnyTensor, Attribution, Error, Inputs, Layer, Method, Network, Target};

/// Grad-CAM: where a layer holds evidence for the target.
///
/// With activations `A` of shape `[batch, channels, positions...]`,
///
/// ```text
/// w_k = mean over positions of dF / dA_k
/// map = relu( sum over channels of w_k A_k )
/// ```
///
/// Selvaraju et al., [*Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
/// Localization*](https://arxiv.org/abs/1610.02391), ICCV 2017.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
///
/// Only the part of the network behind the layer is differentiated, so for a late layer Grad-CAM costs
/// little more than a forward pass. The map has the layer's resolution; drawing resizes it.
///
/// ```
/// use backdraft::{Class, GradCam, Method, Network, TopClass};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         relu(self.conv.forward(x)).mean_dim(3).mean_dim(2).flatten(1, 3)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model { conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device) };
/// # let image = Tensor::<4>::ones([1, 3, 8, 8], &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let cam = GradCam::new().attribute(&net, image.clone(), TopClass)?;
/// assert_eq!(cam.layer(), Some("relu"));
/// assert_eq!(cam.values()[0].shape().as_slice(), [1, 1, 6, 6]);
///
/// let signed = GradCam::at("conv").with_relu(false).attribute(&net, image, Class(4))?;
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GradCam {
    layer: Option<String>,
    relu: bool,
}

impl Default for GradCam {
    fn default() -> Self {
        Self::new()
    }
}

impl GradCam {
    /// Grad-CAM at the last activation with spatial extent.
    pub fn new() -> Self {
        Self {
            layer: None,
            relu: true,
        }
    }

    /// Grad-CAM at the output of a layer, or of the module with this path.
    pub fn at(layer: impl Into<String>) -> Self {
        Self {
            layer: Some(layer.into()),
            relu: true,
        }
    }

    /// Whether to keep only the map's positive part; without, negative values speak against the target.
    #[must_use]
    pub fn with_relu(mut self, relu: bool) -> Self {
        self.relu = relu;
        self
    }

    pub(super) fn layer(&self, net: &Network) -> Result<Layer, Error> {
        Ok(match &self.layer {
            Some(name) => net.layer(name)?,
            None => net.last_spatial_layer()?,
        })
    }

    fn map(&self, activation: &AnyTensor, gradient: &AnyTensor) -> AnyTensor {
        let mut shape = activation.shape().to_vec();
        let flat = batch_channels_positions(&shape);
        let weights = gradient.reshape(flat).mean_dim(2);
        let map = (activation.reshape(flat) * weights).sum_dim(1);
        let map = if self.relu { relu(map) } else { map };
        shape[1] = 1;
        AnyTensor::from(map).reshape_to(shape)
    }
}

/// Values of shape `[batch, 1, positions...]`. The layer needs one to three dimensions behind batch and
/// channels.
impl Method for GradCam {
    fn explain(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let layer = self.layer(net)?;
        let evidence = evidence(net, inputs, target, layer.name())?;
        let map = self.map(&evidence.activation, &evidence.gradient);
        let map = Attribution::new("grad-cam", evidence.target, vec![map], evidence.scores)?;
        Ok(map.with_layer(layer.name()).with_option("relu", self.relu))
    }
}

/// A layer's activation and the target's gradient there.
pub(super) struct Evidence {
    pub(super) activation: AnyTensor,
    pub(super) gradient: AnyTensor,
    pub(super) target: String,
    pub(super) scores: Vec<f32>,
}

pub(super) fn evidence(
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
    layer: &str,
) -> Result<Evidence, Error> {
    let probes = Probes::new()
        .with_activation(layer)
        .with_layer_gradient(layer);
    let pass = net.run(inputs.tensors().to_vec(), &probes)?;
    let activation = pass.activation(layer)?;
    check_spatial(layer, &activation)?;
    let explained = inputs.scores(target, pass.outputs())?;
    let scores = explained.values();
    let gradient = pass.backward(explained.scores)?.layer(layer)?;
    Ok(Evidence {
        activation,
        gradient,
        target: explained.name,
        scores,
    })
}

fn check_spatial(layer: &str, activation: &AnyTensor) -> Result<(), Error> {
    let shape = activation.shape();
    if activation.is_float() && (3..=5).contains(&shape.num_dims()) {
        return Ok(());
    }
    Err(Error::NotSpatial {
        layer: layer.into(),
        shape: format!("{:?}", shape.as_slice()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Classes};
    use burn::nn::Linear;
    use burn::tensor::{Device, Tensor, TensorData};

    /// Two channels with weights 1 and -1: `F = mean(A_0) - mean(A_1)`, where `A = 2 x`.
    fn net(x: &Tensor<3>) -> Network {
        Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<3>| {
            let [batch, _, _] = x.dims();
            let means = (x * 2.0).mean_dim(2);
            let plus = means.clone().slice([0..batch, 0..1, 0..1]);
            let minus = means.slice([0..batch, 1..2, 0..1]);
            (plus - minus).reshape([batch, 1])
        })
        .unwrap()
    }

    #[test]
    fn the_map_is_the_weighted_sum_of_channels() {
        let x = Tensor::<3>::from_data([[[1.0, 0.0], [0.0, 3.0]]], &Device::flex());
        let net = net(&x);
        // dF/dA_0 = 1/2 at both positions, dF/dA_1 = -1/2: map = A_0/2 - A_1/2 = [1, -3].
        let signed = GradCam::at("mul_scalar").with_relu(false);
        let map = signed.attribute(&net, x.clone(), Class(0)).unwrap();
        map.tensor::<3>()
            .unwrap()
            .into_data()
            .assert_eq(&TensorData::from([[[1.0, -3.0]]]), false);
        let map = GradCam::at("mul_scalar")
            .attribute(&net, x, Class(0))
            .unwrap();
        map.tensor::<3>()
            .unwrap()
            .into_data()
            .assert_eq(&TensorData::from([[[1.0, 0.0]]]), false);
    }

    #[test]
    fn a_batch_gives_what_its_samples_give() {
        let device = Device::flex();
        let samples = [[[1.0, 5.0], [2.0, 3.0]], [[4.0, 0.0], [-1.0, 3.0]]];
        let batch = Tensor::<3>::from_data(samples, &device);
        let net = net(&batch);
        let cam = GradCam::at("mul_scalar");
        let together = cam
            .attribute(&net, batch.clone(), Classes(vec![0, 0]))
            .unwrap();
        let together = together.tensor::<3>().unwrap();
        for (index, sample) in samples.into_iter().enumerate() {
            let alone = Tensor::<3>::from_data([sample], &device);
            let alone = cam
                .attribute(&net, alone, Class(0))
                .unwrap()
                .tensor::<3>()
                .unwrap();
            let same = together.clone().slice([index..index + 1, 0..1, 0..2]);
            same.into_data().assert_eq(&alone.into_data(), true);
        }
    }

    #[test]
    fn a_layer_without_spatial_extent_is_named() {
        let x = Tensor::<3>::from_data([[[1.0, 0.0], [0.0, 3.0]]], &Device::flex());
        let error = GradCam::at("reshape")
            .attribute(&net(&x), x, Class(0))
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("layer `reshape` has output shape [1, 1]"),
            "{error}"
        );
    }
}
