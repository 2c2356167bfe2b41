//! `Seg-Eigen-CAM`.

use burn::tensor::Tensor;

use crate::cam::layer_map::{LayerMap, layer_map_method};
use crate::cam::principal::on_first_component;

/// `Seg-Eigen-CAM`: the first principal component of a layer's activation where the target is sensitive to it.
///
/// With activations `A` and gradients `g = dF / dA` of a layer, the product `P = |g| A` as a matrix of shape
/// `[positions, channels]`, centered over the positions, and its singular value decomposition `P = U S Vᵀ`,
///
/// ```text
/// map = relu( P v_1 ),   turned where its minimum is larger in size than its maximum
/// ```
///
/// Chung & Ying, [*Seg-Eigen-CAM: Eigen-Value-Based Visual Explanations for Semantic Segmentation
/// Models*](https://doi.org/10.3390/app15137562), Applied Sciences 2025. The rule for the sign is the one that
/// [`EigenCam`](crate::EigenCam) and [`EigenGradCam`](crate::EigenGradCam) have here too. The gradient's size says where the
/// target looks, not for what: a map shows an object's extent, for which it was made, rather than evidence. Of a segmented
/// picture, explain a [`Region`](crate::Region).
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true` |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{Class, SegEigenCam, Method, Network};
/// # use burn::module::Module;
/// # use burn::nn::conv::{Conv2d, Conv2dConfig};
/// # use burn::tensor::{Device, Distribution, Tensor, activation::relu};
/// # #[derive(Module, Debug)]
/// # struct Model { conv: Conv2d }
/// # impl Model {
/// #     fn forward(&self, x: Tensor<4>) -> Tensor<2> {
/// #         relu(self.conv.forward(x)).mean_dim(3).mean_dim(2).flatten(1, 3)
/// #     }
/// # }
/// # let device = Device::default();
/// # let model = Model { conv: Conv2dConfig::new([3, 5], [3, 3]).init(&device) };
/// # let image = Tensor::<4>::random([1, 3, 8, 8], Distribution::Default, &device);
/// let net = Network::capture(&model, image.clone(), Model::forward)?;
/// let map = SegEigenCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SegEigenCam(LayerMap);

layer_map_method!(SegEigenCam, "seg-eigen-cam", map);

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    on_first_component(activation * gradient.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn the_sign_of_the_gradient_does_not_matter() {
        // The positions' products are (1, 12) and (4, -2): (3, 14) / 2 from their mean, one on each side.
        let half = 205_f64.sqrt() / 2.0;
        let map = map(SegEigenCam::at(LAYER).with_relu(false));
        let sizes: Vec<f32> = map.iter().map(|value| value.abs()).collect();
        assert_close(&sizes, [half, half]);
        assert!(map[0] * map[1] < 0.0, "{map:?}");
    }
}
