//! Where a network is still an affine function of an input.

use std::collections::HashMap;

use burn::backend::ir::{
    BaseOperationIr, ModuleOperationIr, NumericOperationIr, OperationIr, TensorId,
};

use crate::graph::{Graph, Node};
use crate::layer;
use crate::weighted::Weighted;

/// The last operation whose output is an affine function of an input, row by row, and the only way on which the
/// input acts. It has a convolution or a linear layer at or before it, so that it is worth to be known.
pub(crate) fn last(graph: &Graph, input: TensorId) -> Option<&Node> {
    let readers = graph.readers();
    let mut chain = Chain {
        graph,
        readers: &readers,
        end: input,
    };
    let mut weighted = false;
    let mut last = None;
    while let Some(position) = chain.next() {
        let node = &graph.nodes[position];
        weighted |= Weighted::of(graph, position).is_some();
        let found = layer::find(graph, &node.name);
        let is_found = found.is_ok_and(|(found, _)| std::ptr::eq(found, node));
        if weighted && is_found {
            last = Some(node);
        }
    }
    last
}

/// Affine operations, each of which alone reads the one before.
struct Chain<'a> {
    graph: &'a Graph,
    readers: &'a HashMap<TensorId, Vec<usize>>,
    end: TensorId,
}

impl Chain<'_> {
    /// The position of the next one.
    fn next(&mut self) -> Option<usize> {
        let [position] = self.readers.get(&self.end)?[..] else {
            return None;
        };
        let node = self.graph.nodes.get(position)?;
        let read = node.op.inputs().find(|tensor| tensor.id == self.end)?;
        let output = node.output()?;
        let others = node.op.inputs().filter(|tensor| tensor.id != self.end);
        let alone = others
            .into_iter()
            .all(|tensor| !self.graph.depends_on_input(tensor.id));
        let same_rows = read.shape.first() == output.shape.first();
        let is_result = self.graph.outputs.contains(&output.id);
        if !(alone && same_rows && !is_result && is_affine(&node.op, self.end)) {
            return None;
        }
        self.end = output.id;
        Some(position)
    }
}

/// Whether the operation is an affine function of `tensor`, which it reads once, for constant other operands.
fn is_affine(op: &OperationIr, tensor: TensorId) -> bool {
    use {BaseOperationIr as Base, ModuleOperationIr as Module, NumericOperationIr as Numeric};
    match op {
        OperationIr::Module(op) => match op {
            Module::Linear(op) => op.x.id == tensor,
            Module::Conv1d(op) => op.x.id == tensor,
            Module::Conv2d(op) => op.x.id == tensor,
            Module::Conv3d(op) => op.x.id == tensor,
            Module::BatchNorm(op) => op.x.id == tensor,
            Module::AvgPool1d(_) | Module::AvgPool2d(_) | Module::Interpolate(_) => true,
            _ => false,
        },
        OperationIr::NumericFloat(_, op) => match op {
            Numeric::Div(op) => op.lhs.id == tensor,
            Numeric::Add(_)
            | Numeric::Sub(_)
            | Numeric::Mul(_)
            | Numeric::AddScalar(_)
            | Numeric::SubScalar(_)
            | Numeric::MulScalar(_)
            | Numeric::DivScalar(_)
            | Numeric::Neg(_) => true,
            _ => false,
        },
        OperationIr::BaseFloat(op) => matches!(
            op,
            Base::Reshape(_)
                | Base::SwapDims(_)
                | Base::Permute(_)
                | Base::Flip(_)
                | Base::Slice(_)
                | Base::Cat(_)
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::Network;
    use burn::nn::conv::{Conv2d, Conv2dConfig};
    use burn::nn::{BatchNorm, BatchNormConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    type Model = (Conv2d, BatchNorm);

    fn affine_layer(forward: fn(&Model, Tensor<4>) -> Tensor<4>) -> Option<String> {
        let device = Device::flex();
        let conv = Conv2dConfig::new([3, 4], [3, 3]).init(&device);
        let model = (conv, BatchNormConfig::new(4).init(&device));
        let x = Tensor::<4>::ones([1, 3, 8, 8], &device);
        let net = Network::capture(&model, x, forward).unwrap();
        net.affine_layer(0).map(|layer| layer.name().to_string())
    }

    #[test]
    fn it_ends_where_the_first_rectifier_begins() {
        let forward = |m: &Model, x: Tensor<4>| relu(m.1.forward(m.0.forward(x * 2.0 - 1.0)));
        assert_eq!(affine_layer(forward).as_deref(), Some("1"));
    }

    #[test]
    fn a_second_way_ends_it() {
        let forward = |m: &Model, x: Tensor<4>| {
            let x = m.0.forward(x);
            relu(x.clone()) + m.1.forward(x)
        };
        assert_eq!(affine_layer(forward).as_deref(), Some("0"));
    }

    #[test]
    fn what_costs_nothing_or_is_everything_is_none() {
        assert_eq!(affine_layer(|_, x| relu(x * 2.0)), None);
        assert_eq!(affine_layer(|m, x| m.0.forward(x)), None);
        assert_eq!(affine_layer(|m, x| m.0.forward(x.clone() * x)), None);
    }
}
