//! The activation that class activation mapping looks at.

use burn::backend::ir::{
    BaseOperationIr as Base, ModuleOperationIr as Module, NumericOperationIr as Numeric,
    OperationIr, ShapeOpIr, TensorId, TensorIr,
};

use crate::LookupError;
use crate::ir::graph::Graph;
use crate::ir::node::Node;

/// The last operation before global average pooling and a linear layer, whose result is the first output.
pub(crate) fn pooled(graph: &Graph) -> Result<&Node, LookupError> {
    let producers = graph.producers();
    let producer = |tensor: TensorId| match producers.get(&tensor) {
        Some(&position) => Ok(&graph.nodes[position]),
        None => Err(LookupError::NoPooledLayer {
            found: "an input of the network".into(),
        }),
    };
    let mut node = producer(graph.outputs[0])?;
    while let Some(reshape) = reshape(node) {
        node = producer(reshape.input.id)?;
    }
    let features = features(node).ok_or_else(|| in_the_way(node))?;
    let mut node = producer(features.id)?;
    let mut averages = false;
    while let Some(input) = averaged(node).or_else(|| split_after_channels(node)) {
        averages |= averaged(node).is_some();
        node = producer(input.id)?;
    }
    if averages {
        Ok(node)
    } else {
        Err(in_the_way(node))
    }
}

fn in_the_way(node: &Node) -> LookupError {
    LookupError::NoPooledLayer {
        found: format!("layer `{}` ({})", node.name, node.label()),
    }
}

fn reshape(node: &Node) -> Option<&ShapeOpIr> {
    match &node.op {
        OperationIr::BaseFloat(Base::Reshape(reshape)) => Some(reshape),
        _ => None,
    }
}

/// What a linear layer on `[batch, channels]` reads.
fn features(node: &Node) -> Option<&TensorIr> {
    match &node.op {
        OperationIr::Module(Module::Linear(linear)) => {
            (linear.x.shape.num_dims() == 2).then_some(&linear.x)
        }
        _ => None,
    }
}

/// The operand of a reshape that leaves `[batch, channels]` in front.
fn split_after_channels(node: &Node) -> Option<&TensorIr> {
    let reshape = reshape(node)?;
    let front = |tensor: &TensorIr| tensor.shape.iter().take(2).copied().collect::<Vec<_>>();
    (front(&reshape.input) == front(&reshape.out)).then_some(&reshape.input)
}

/// The operand of a mean after `[batch, channels]`, over one dimension or all.
fn averaged(node: &Node) -> Option<&TensorIr> {
    let (x, covers) = match &node.op {
        OperationIr::NumericFloat(_, Numeric::MeanDim(op)) => (&op.input, op.axis > 1),
        OperationIr::Module(Module::AdaptiveAvgPool1d(op)) => (&op.x, op.output_size == 1),
        OperationIr::Module(Module::AdaptiveAvgPool2d(op)) => (&op.x, op.output_size == [1; 2]),
        OperationIr::Module(Module::AdaptiveAvgPool3d(op)) => (&op.x, op.output_size == [1; 3]),
        OperationIr::Module(Module::AvgPool1d(op)) => {
            let whole = op.x.shape[2..] == [op.kernel_size] && op.padding == 0;
            (&op.x, whole)
        }
        OperationIr::Module(Module::AvgPool2d(op)) => {
            let whole = op.x.shape[2..] == op.kernel_size && op.padding == [0; 2];
            (&op.x, whole)
        }
        _ => return None,
    };
    covers.then_some(x)
}

#[cfg(test)]
mod tests {
    use crate::{Error, LookupError, Network};
    use burn::module::Module;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::{relu, softmax};
    use burn::tensor::module::{adaptive_avg_pool2d, avg_pool2d};
    use burn::tensor::ops::AvgPoolOptions;
    use burn::tensor::{Device, Tensor};

    #[derive(Module, Debug)]
    struct Model {
        conv: Conv2d,
        fc: Linear,
    }

    /// The pooled layer's name on `[1, 2, 4, 4]`, or what is in the way; the convolution keeps the shape.
    fn pooled(
        forward: impl Fn(&Model, Tensor<4>) -> Tensor<2> + Send + Sync + 'static,
    ) -> Result<String, String> {
        let device = Device::flex();
        let model = Model {
            conv: Conv2dConfig::new([2, 2], [1, 1]).init(&device),
            fc: LinearConfig::new(2, 5).init(&device),
        };
        let example = Tensor::zeros([1, 2, 4, 4], &device);
        let net = Network::capture(&model, example, forward).unwrap();
        match net.pooled_layer() {
            Ok(layer) => Ok(layer.name().to_string()),
            Err(Error::Lookup(LookupError::NoPooledLayer { found })) => Err(found),
            Err(other) => panic!("{other}"),
        }
    }

    fn mean(x: Tensor<4>) -> Tensor<2> {
        x.mean_dims(&[2, 3]).flatten(1, 3)
    }

    fn average(x: Tensor<4>, size: usize) -> Tensor<2> {
        avg_pool2d(x, AvgPoolOptions::new([size; 2])).flatten(1, 3)
    }

    #[test]
    fn pooling_may_be_written_in_many_ways() {
        let ways: [fn(Tensor<4>) -> Tensor<2>; 5] = [
            mean,
            |x| adaptive_avg_pool2d(x, [1, 1]).flatten(1, 3),
            |x| average(x, 4),
            |x| x.mean_dim(3).mean_dim(2).squeeze_dims(&[2, 3]),
            |x| x.flatten::<3>(2, 3).mean_dim(2).squeeze_dim(2),
        ];
        for pool in ways {
            let name = pooled(move |m, x| m.fc.forward(pool(relu(m.conv.forward(x)))));
            assert_eq!(name, Ok("relu".into()));
        }
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let found = pooled(|m, x| softmax(m.fc.forward(mean(m.conv.forward(x))), 1));
        assert_eq!(found, Err("layer `softmax` (Softmax)".into()));
        let found = pooled(|m, x| m.fc.forward(relu(mean(m.conv.forward(x)))));
        assert_eq!(found, Err("layer `relu` (Relu)".into()));
        let found = pooled(|m, x| mean(m.conv.forward(x)));
        assert_eq!(found, Err("layer `mean_dim#2` (MeanDim)".into()));
        let found = pooled(|m, x| m.fc.forward(mean(x)));
        assert_eq!(found, Err("an input of the network".into()));
    }

    #[test]
    fn a_window_that_leaves_positions_out_is_no_global_pooling() {
        let found = pooled(|m, x| m.fc.forward(average(m.conv.forward(x), 3)));
        assert_eq!(found, Err("layer `avg_pool2d` (AvgPool2d)".into()));
    }

    #[test]
    fn a_mean_over_channels_is_no_global_pooling() {
        let found = pooled(|m, x| {
            let last = m.conv.forward(x).swap_dims(1, 3);
            m.fc.forward(last.mean_dim(2).mean_dim(1).flatten(1, 3))
        });
        assert_eq!(found, Err("layer `reshape` (Reshape)".into()));
    }
}
