//! Grad-CAM++.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use crate::cam::layer_map::{LayerMap, layer_map_method};

/// Grad-CAM++: channels weighted with a weighted average of their positive gradients.
///
/// With activations `A` of shape `[batch, channels, positions...]` and gradients `g = dF / dA`,
///
/// ```text
/// a_k = g_k² / (2 g_k² + g_k³ · sum over positions of A_k + 1e-6)
/// w_k = sum over positions of a_k relu(g_k)
/// map = relu( sum over channels of w_k A_k )
/// ```
///
/// Chattopadhay et al., [*Grad-CAM++: Improved Visual Explanations for Deep Convolutional
/// Networks*](https://arxiv.org/abs/1710.11063), WACV 2018, as pytorch-grad-cam computes it: the higher derivatives
/// are those of the exponential of the score, in which the score's first derivative is enough. Several
/// objects of a class count more evenly than in [`GradCam`](crate::GradCam).
///
/// The constant in the denominator is absolute: where gradients are smaller than a thousandth, it makes the
/// map weaker. Name a layer without negative activations, for which the denominator is positive wherever the
/// gradient is.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true`, as in the paper |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{Class, GradCamPlusPlus, Method, Network};
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
/// let map = GradCamPlusPlus::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GradCamPlusPlus(LayerMap);

layer_map_method!(GradCamPlusPlus, "grad-cam++", map);

/// Keeps a position without gradient from a division by zero.
const EPSILON: f64 = 1e-6;

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    let sums = activation.clone().sum_dim(2);
    let squares = gradient.clone().powi_scalar(2);
    let cubes = squares.clone() * gradient.clone();
    let denominators = squares.clone() * 2.0 + cubes * sums + EPSILON;
    weighted(activation, gradient, squares / denominators)
}

/// Channels weighted with their positive gradients, of which every position has a share.
pub(super) fn weighted(activation: Tensor<3>, gradient: Tensor<3>, shares: Tensor<3>) -> Tensor<3> {
    // The denominator may vanish there, and no weight comes from there.
    let shares = shares.mask_fill(gradient.clone().lower_equal_elem(0.0), 0.0);
    let weights = (shares * relu(gradient)).sum_dim(2);
    (activation * weights).sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn shares_follow_the_closed_form() {
        // Both channels sum to 3, so a_k = 1 / (2 + 3 g_k): 1/5, and 1/11 and 1/8.
        // w = [1/5, 3/11 + 2/8], and the map is w_0 + 4 w_1 and 2 w_0 - w_1.
        assert_close(
            &map(GradCamPlusPlus::at(LAYER).with_relu(false)),
            [126.0 / 55.0, -27.0 / 220.0],
        );
        assert_close(&map(GradCamPlusPlus::at(LAYER)), [126.0 / 55.0, 0.0]);
    }
}
