//! LayerCAM.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::cam::layer_map::{LayerMap, layer_map_method};

/// LayerCAM: every position of a layer weighted with the positive part of its own gradient.
///
/// With activations `A` of shape `[batch, channels, positions...]` and gradients `g = dF / dA`,
///
/// ```text
/// map = relu( sum over channels of relu(g_k) A_k )
/// ```
///
/// Jiang et al., [*LayerCAM: Exploring Hierarchical Class Activation Maps for
/// Localization*](https://doi.org/10.1109/TIP.2021.3089943), IEEE Transactions on Image Processing 2021. Meant
/// for early layers too, whose maps are finer.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{Class, LayerCam, Method, Network};
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
/// let map = LayerCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LayerCam(LayerMap);

layer_map_method!(LayerCam, "layer-cam", map);

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    (activation * relu(gradient)).sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn negative_gradients_have_no_weight() {
        // 1 · 1 + 3 · 4 and 0 · 2 + 2 · -1.
        assert_close(&map(LayerCam::at(LAYER).with_relu(false)), [13.0, -2.0]);
        assert_close(&map(LayerCam::at(LAYER)), [13.0, 0.0]);
    }
}
