//! `EigenGradCAM`.

use burn::tensor::Tensor;

use crate::cam::layer_map::{LayerMap, layer_map_method};
use crate::cam::principal::on_first_component;

/// `EigenGradCAM`: the first principal component of gradient times activation.
///
/// With the product `P` of a layer's gradients and activations as a matrix of shape `[positions, channels]`, centered over
/// the positions, and its singular value decomposition `P = U S Vᵀ`,
///
/// ```text
/// map = relu( P v_1 )
/// ```
///
/// It is [`EigenCam`](crate::EigenCam) of what each channel contributes to the target, so that it tells classes apart. It
/// comes from pytorch-grad-cam, where a singular vector's sign is left to chance; here the value that is largest in size is
/// positive, so that where it is evidence against the target, that evidence is what the map shows.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true` |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{Class, EigenGradCam, Method, Network};
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
/// let map = EigenGradCam::at("relu").attribute(&net, image, Class(4))?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct EigenGradCam(LayerMap);

layer_map_method!(EigenGradCam, "eigen-grad-cam", map);

fn map(activation: Tensor<3>, gradient: Tensor<3>) -> Tensor<3> {
    on_first_component(activation * gradient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn contributions_lie_on_their_first_principal_axis() {
        // The positions' contributions are (1, 12) and (-4, -2): (5, 14) / 2 from their mean, one on each side.
        let half = 221_f64.sqrt() / 2.0;
        let map = map(EigenGradCam::at(LAYER).with_relu(false));
        let sizes: Vec<f32> = map.iter().map(|value| value.abs()).collect();
        assert_close(&sizes, [half, half]);
        assert!(map[0] * map[1] < 0.0, "{map:?}");
    }
}
