//! `EigenCAM`.

use crate::cam::layer_map::{LayerMap, layer_map_method};
use crate::cam::principal::on_first_component;

/// `EigenCAM`: the first principal component of a layer's activation, whatever the target.
///
/// With the activation of a sample as a matrix `A` of shape `[positions, channels]`, centered over the positions, and
/// its singular value decomposition `A = U S Vᵀ`,
///
/// ```text
/// map = relu( A v_1 )
/// ```
///
/// Muhammad & Yeasin, [*Eigen-CAM: Class Activation Map using Principal
/// Components*](https://doi.org/10.1109/IJCNN48605.2020.9206626), IJCNN 2020. A singular vector has no sign of its own:
/// here the value that is largest in size is positive. The map shows what the layer separates most, which often is the
/// main object and doesn't tell classes apart; the target gives only the score of the result.
///
/// | option | default |
/// |---|---|
/// | layer | the [last activation with spatial extent](crate::Network::last_spatial_layer) |
/// | [`with_relu`](Self::with_relu) | `true` |
/// | [`with_tokens`](Self::with_tokens) | none: positions are in their places |
///
/// ```
/// use backdraft::{EigenCam, Method, Network, TopClass};
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
/// let map = EigenCam::at("relu").attribute(&net, image, TopClass)?;
/// assert_eq!(map.values()[0].shape().as_slice(), [1, 1, 6, 6]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct EigenCam(LayerMap);

layer_map_method!(EigenCam, "eigen-cam", of activation on_first_component);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cam::testing::{LAYER, assert_close, map};

    #[test]
    fn positions_lie_on_the_first_principal_axis() {
        // Two positions differ by (-1, 5) / 2 from their mean, so they lie at half of sqrt(26), one on each side.
        let half = 26_f64.sqrt() / 2.0;
        let map = map(EigenCam::at(LAYER).with_relu(false));
        assert_close(
            &map.iter().map(|value| value.abs()).collect::<Vec<_>>(),
            [half, half],
        );
        assert!(map[0] * map[1] < 0.0, "{map:?}");
    }
}
