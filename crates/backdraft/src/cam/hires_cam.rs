//! HiResCAM.

use burn::tensor::Tensor;

use crate::cam::layer_map::{LayerMap, layer_map_method};

/// HiResCAM: every position of a layer weighted with its own gradient.
///
/// With activations `A` of shape `[batch, channels, positions...]` and gradients `g = dF / dA`,
///
/// ```text
/// map = relu( sum over channels of g_k A_k )
/// ```
///
/// Draelos and Carin, [*Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
/// networks*](https://arxiv.org/abs/2011.08891), 2020. [`GradCam`](crate::GradCam) averages the gradient over
/// positions first, and so shows evidence at places that the score doesn't depend on. Where everything after
/// the layer is linear, the map without its rectifier sums to the score without the bias.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`; the paper has no rectifier |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{Class, HiResCam, Method, Network};
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
/// let map = HiResCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct HiResCam(LayerMap);

layer_map_method!(HiResCam, "hires-cam", map);

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    (activation * gradient).sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn every_position_has_its_own_weight() {
        // 1 · 1 + 3 · 4 and -2 · 2 + 2 · -1.
        assert_close(&map(HiResCam::at(LAYER).with_relu(false)), [13.0, -6.0]);
        assert_close(&map(HiResCam::at(LAYER)), [13.0, 0.0]);
    }
}
