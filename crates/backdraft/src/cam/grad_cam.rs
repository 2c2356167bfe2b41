//! Gradient-weighted class activation mapping.

use burn::tensor::Tensor;

use crate::AnyTensor;
use crate::cam::evidence::Evidence;
use crate::cam::layer_map::{LayerMap, layer_map_method};

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
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// Only the part of the network downstream of the layer is differentiated, so for a late layer Grad-CAM costs
/// little more than a forward pass. The map has the layer's resolution; drawing resizes it. Of a vision
/// transformer, [`with_tokens`](Self::with_tokens) makes a map of the patches.
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
#[doc(alias = "LayerGradCam")]
#[derive(Clone, Debug, Default)]
pub struct GradCam(LayerMap);

layer_map_method!(GradCam, "grad-cam", map);

impl GradCam {
    pub(super) fn at_layer(&self) -> &LayerMap {
        &self.0
    }

    /// The map that some evidence makes.
    pub(super) fn map(&self, evidence: &Evidence) -> AnyTensor {
        self.0.weighted(evidence, map)
    }
}

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    (activation * gradient.mean_dim(2)).sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};
    use crate::{Class, Classes, Method, Network};
    use burn::nn::Linear;
    use burn::tensor::{Device, TensorData};

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
                .contains("layer `reshape` [samples, tokens] is no map: it has no positions"),
            "{error}"
        );
    }

    #[test]
    fn the_weight_is_the_mean_gradient() {
        // -1/2 · 1 + 5/2 · 4 and -1/2 · 2 - 5/2 · 1.
        assert_close(&map(GradCam::at(LAYER).with_relu(false)), [9.5, -3.5]);
        assert_close(&map(GradCam::at(LAYER)), [9.5, 0.0]);
    }

    #[test]
    fn several_targets_get_what_each_gets() {
        let x = Tensor::<3>::from_data([[[1.0, 0.0], [0.0, 3.0]]], &Device::flex());
        let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<3>| {
            (x * 2.0).exp().mean_dim(2).squeeze_dim::<2>(2)
        })
        .unwrap();
        let cam = GradCam::at("mul_scalar");
        let classes = [Class(0), Class(1)];
        let both = cam.attribute_each(&net, x.clone(), classes).unwrap();
        for (class, result) in classes.into_iter().zip(&both) {
            let alone = cam.attribute(&net, x.clone(), class).unwrap();
            assert_eq!(result.scores(), alone.scores());
            assert_eq!(result.target(), alone.target());
            let [result, alone] =
                [result, &alone].map(|map| map.tensor::<3>().unwrap().into_data());
            result.assert_eq(&alone, true);
        }
        let none = cam.attribute_each(&net, x, [Class(0); 0]).unwrap();
        assert!(none.is_empty());
    }
}
