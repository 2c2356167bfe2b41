//! The layers that class activation maps look at by default.

mod dense;
mod last;
mod positions;
mod scales;

use crate::ir::node::Node;
use crate::ir::program::Program;

use positions::Positions;

/// What a network has for class activation maps.
pub(crate) enum MapLayer<'a> {
    /// The last layer with positions from which the output is computed by losing them.
    Last(&'a Node),
    /// The output lists the positions of several scales one after the other, as a detector's: a layer for each, in the
    /// order of the forward pass.
    Scales(Vec<&'a Node>),
    /// The output has positions itself: of the layers with each number of positions the last, fewest first.
    Dense(Vec<&'a Node>),
    /// There is none.
    Missing,
}

/// Walks back from the outputs: the latest operation that ends positions marks the layer that computed them.
pub(crate) fn find(program: &Program) -> MapLayer<'_> {
    let (positions, output) = (Positions::of(program), program.outputs[0]);
    if !positions.are_in(output) {
        let last = last::layer(&positions, output);
        return last.map_or(MapLayer::Missing, MapLayer::Last);
    }
    if !positions.has_space {
        return MapLayer::Missing;
    }
    match scales::layers(&positions) {
        Some(scales) => MapLayer::Scales(scales),
        None => MapLayer::Dense(dense::by_resolution(&positions)),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, LookupError, Network};
    use burn::nn::Linear;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::pool::MaxPool2dConfig;
    use burn::tensor::activation::{relu, sigmoid, softmax};
    use burn::tensor::module::adaptive_avg_pool2d;
    use burn::tensor::{Device, Tensor};

    fn last_layer(forward: fn(&Vec<Conv2d>, Tensor<4>) -> Tensor<2>) -> String {
        let device = Device::flex();
        let conv = Conv2dConfig::new([2, 2], [1, 1]).init(&device);
        let example = Tensor::<4>::zeros([1, 2, 4, 4], &device);
        let net = Network::capture(&vec![conv], example, forward).unwrap();
        net.last_spatial_layer().unwrap().name().to_string()
    }

    #[test]
    fn it_is_the_activation_after_the_last_convolution() {
        let name =
            last_layer(|m, x| adaptive_avg_pool2d(relu(m[0].forward(x)), [1, 1]).flatten(1, 3));
        assert_eq!(name, "relu");
    }

    #[test]
    fn pooling_comes_after_it() {
        let name = last_layer(|m, x| {
            let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
            pool.forward(relu(m[0].forward(x))).flatten(1, 3)
        });
        assert_eq!(name, "relu");
    }

    #[test]
    fn a_residual_sum_belongs_to_it() {
        let name = last_layer(|m, x| {
            adaptive_avg_pool2d(m[0].forward(x.clone()) + x, [1, 1]).flatten(1, 3)
        });
        assert_eq!(name, "add");
    }

    #[test]
    fn it_is_what_an_attention_reads_and_not_its_weights() {
        let name = last_layer(|m, x| {
            let values = relu(m[0].forward(x)).flatten::<3>(2, 3).swap_dims(1, 2);
            let [batch, ..] = values.dims();
            let queries = Tensor::<3>::ones([batch, 1, 2], &values.device());
            let weights = softmax(queries.matmul(values.clone().swap_dims(1, 2)), 2);
            weights.matmul(values).squeeze_dim(1)
        });
        assert_eq!(name, "relu");
    }

    #[test]
    fn what_is_named_for_dense_prediction_is_not_the_output_before_its_activation() {
        let device = Device::flex();
        let conv = || Conv2dConfig::new([2, 2], [1, 1]).init(&device);
        let example = Tensor::<4>::zeros([1, 2, 4, 4], &device);
        let forward = |m: &Vec<Conv2d>, x: Tensor<4>| {
            sigmoid(m[1].forward(relu(m[0].forward(x))).permute([0, 2, 3, 1]))
        };
        let net = Network::capture(&vec![conv(), conv()], example, forward).unwrap();
        let Err(Error::Lookup(LookupError::DensePrediction { layers })) = net.last_spatial_layer()
        else {
            panic!("the output has positions");
        };
        assert_eq!(layers, ["relu"]);
    }

    #[test]
    fn a_network_without_convolutions_has_none() {
        let device = Device::flex();
        let example = Tensor::<2>::zeros([1, 2], &device);
        let forward = |_: &Vec<Linear>, x: Tensor<2>| x.exp();
        let net = Network::capture(&Vec::<Linear>::new(), example, forward).unwrap();
        assert!(matches!(
            net.last_spatial_layer(),
            Err(Error::Lookup(LookupError::NoSpatialLayer))
        ));
    }
}
