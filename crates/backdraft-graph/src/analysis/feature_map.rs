//! The layer that Grad-CAM looks at by default.

use crate::OpKind;
use crate::ir::graph::{Graph, index};
use crate::ir::node::Node;

/// The last activation with spatial extent before the head: the last operation that is computed from the
/// last convolution and has its shape, such as normalization, activation or a residual sum after it.
pub(crate) fn last_spatial(graph: &Graph) -> Option<&Node> {
    let start = graph.nodes.iter().rposition(is_spatial_convolution)?;
    let shape = &graph.nodes[start].output()?.shape;
    let mut reached = vec![false; graph.tensor_count()];
    let mut last = start;
    for (position, node) in graph.nodes.iter().enumerate().skip(start) {
        let follows = node.op.inputs().any(|tensor| reached[index(tensor.id)]);
        let Some(output) = node.output().filter(|_| follows || position == start) else {
            continue;
        };
        reached[index(output.id)] = true;
        let keeps_values = node.kind != OpKind::Shape && output.dtype.is_float();
        if output.shape == *shape && keeps_values {
            last = position;
        }
    }
    Some(&graph.nodes[last])
}

fn is_spatial_convolution(node: &Node) -> bool {
    let convolution = matches!(
        node.kind,
        OpKind::Convolution | OpKind::TransposedConvolution
    );
    let extent = node
        .output()
        .map_or(1, |output| output.shape.iter().skip(2).product());
    convolution && extent > 1
}

#[cfg(test)]
mod tests {
    use crate::{Error, LookupError, Network};
    use burn::nn::Linear;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::pool::MaxPool2dConfig;
    use burn::tensor::activation::relu;
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
