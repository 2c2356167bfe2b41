//! XGrad-CAM.

use burn::tensor::Tensor;

use crate::cam::layer_map::{LayerMap, layer_map_method};

/// XGrad-CAM: channels weighted with their gradients, averaged in proportion to their activations.
///
/// With activations `A` of shape `[batch, channels, positions...]` and gradients `g = dF / dA`,
///
/// ```text
/// w_k = sum over positions of g_k A_k / (sum over positions of A_k + 1e-7)
/// map = relu( sum over channels of w_k A_k )
/// ```
///
/// Fu et al., [*Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of
/// CNNs*](https://arxiv.org/abs/2008.02312), BMVC 2020, as pytorch-grad-cam computes it. The weights follow from
/// the axioms of sensitivity and conservation. Name a layer without negative activations: a channel
/// that sums to nearly zero gets a weight that means nothing. That goes for the normalization at which [tokens](Self::with_tokens) are explained by default, too.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{Class, XGradCam, Method, Network};
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
/// let map = XGradCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct XGradCam(LayerMap);

layer_map_method!(XGradCam, "xgrad-cam", map);

/// Keeps a channel without activation from a division by zero.
const EPSILON: f64 = 1e-7;

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    let sums = activation.clone().sum_dim(2) + EPSILON;
    let weights = (gradient * activation.clone()).sum_dim(2) / sums;
    (activation * weights).sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn gradients_are_averaged_by_activation() {
        // Both channels sum to 3, so the weights are (1 - 4) / 3 and (12 - 2) / 3:
        // -1 + 10/3 · 4 and -1 · 2 - 10/3.
        assert_close(
            &map(XGradCam::at(LAYER).with_relu(false)),
            [37.0 / 3.0, -16.0 / 3.0],
        );
        assert_close(&map(XGradCam::at(LAYER)), [37.0 / 3.0, 0.0]);
    }
}
