//! Grad-CAM, element by element.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::cam::layer_map::{LayerMap, layer_map_method};

/// Element-wise Grad-CAM: the positive part of activation times gradient.
///
/// With activations `A` of shape `[batch, channels, positions...]` and gradients `g = dF / dA`,
///
/// ```text
/// map = sum over channels of relu( g_k A_k )
/// ```
///
/// A variant of [`HiResCam`](crate::HiResCam) in
/// [pytorch-grad-cam](https://github.com/jacobgil/pytorch-grad-cam), where channels with evidence against the target
/// don't cancel those with evidence for it.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`; without effect, as the map is never negative |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{Class, GradCamElementWise, Method, Network};
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
/// let map = GradCamElementWise::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GradCamElementWise(LayerMap);

layer_map_method!(GradCamElementWise, "grad-cam-element-wise", map);

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    relu(activation * gradient).sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn negative_products_count_nothing() {
        // 1 · 1 + 3 · 4, and both of -2 · 2 and 2 · -1 are negative.
        assert_close(
            &map(GradCamElementWise::at(LAYER).with_relu(false)),
            [13.0, 0.0],
        );
        assert_close(&map(GradCamElementWise::at(LAYER)), [13.0, 0.0]);
    }
}
