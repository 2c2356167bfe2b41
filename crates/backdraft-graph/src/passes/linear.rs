//! Restores a linear layer written by hand: `x.matmul(w) + b` with weights `w` and `b`.
//!
//! Rules and people then see one layer, as for `burn::nn::Linear`.

use std::collections::HashMap;

use burn::backend::ir::{
    BaseOperationIr, BinaryOpIr, FloatOperationIr, LinearOpIr, MatmulOpIr, ModuleOperationIr,
    NumericOperationIr, OperationIr, TensorId, TensorIr,
};

use crate::graph::{Graph, Node};

pub(super) fn restore(graph: &mut Graph) {
    let uses = count_uses(graph);
    let weights = Weights::of(graph);
    let mut position = 0;
    while position < graph.nodes.len() {
        if let Some((add, linear)) = find(graph, position, &uses, &weights) {
            graph.nodes[add] = Node::new(OperationIr::Module(ModuleOperationIr::Linear(linear)));
            graph.nodes.remove(position);
        } else {
            position += 1;
        }
    }
}

/// The addition of a bias to the product at `position`, and the layer that both make up.
fn find(
    graph: &Graph,
    position: usize,
    uses: &HashMap<TensorId, usize>,
    weights: &Weights,
) -> Option<(usize, LinearOpIr)> {
    let OperationIr::Float(_, FloatOperationIr::Matmul(product)) = &graph.nodes[position].op else {
        return None;
    };
    if uses.get(&product.out.id) != Some(&1) {
        return None;
    }
    let weight = weights.matrix(&product.rhs)?;
    let reader = |node: &Node| node.op.inputs().any(|t| t.id == product.out.id);
    let add = position + graph.nodes[position..].iter().position(reader)?;
    let OperationIr::NumericFloat(_, NumericOperationIr::Add(sum)) = &graph.nodes[add].op else {
        return None;
    };
    let bias = weights.vector(bias_of(sum, product)?)?;
    let linear = LinearOpIr {
        x: product.lhs.clone(),
        weight,
        bias: Some(bias),
        out: sum.out.clone(),
    };
    (linear.out.shape == product.out.shape).then_some((add, linear))
}

fn bias_of<'a>(sum: &'a BinaryOpIr, product: &MatmulOpIr) -> Option<&'a TensorIr> {
    let bias = if sum.lhs.id == product.out.id {
        &sum.rhs
    } else {
        &sum.lhs
    };
    (bias.id != product.out.id).then_some(bias)
}

fn count_uses(graph: &Graph) -> HashMap<TensorId, usize> {
    let mut uses = HashMap::new();
    let read = graph
        .nodes
        .iter()
        .flat_map(|node| node.op.inputs())
        .map(|tensor| tensor.id);
    for id in read.chain(graph.outputs.iter().copied()) {
        *uses.entry(id).or_default() += 1;
    }
    uses
}

/// Parameters, also under the leading dimensions of size one that broadcasting needs.
struct Weights(HashMap<TensorId, TensorIr>);

impl Weights {
    fn of(graph: &Graph) -> Self {
        let mut weights = HashMap::new();
        for node in &graph.nodes {
            for tensor in node.op.inputs() {
                if graph.parameters.contains_key(&tensor.id) {
                    weights.insert(tensor.id, tensor.clone());
                }
            }
            if let OperationIr::BaseFloat(BaseOperationIr::Reshape(reshape)) = &node.op
                && let Some(source) = weights.get(&reshape.input.id).cloned()
                && without_leading_ones(&reshape.out) == without_leading_ones(&source)
            {
                weights.insert(reshape.out.id, source);
            }
        }
        Self(weights)
    }

    fn matrix(&self, tensor: &TensorIr) -> Option<TensorIr> {
        self.0
            .get(&tensor.id)
            .filter(|source| source.shape.num_dims() == 2)
            .cloned()
    }

    fn vector(&self, tensor: &TensorIr) -> Option<TensorIr> {
        self.0
            .get(&tensor.id)
            .filter(|source| source.shape.num_dims() == 1)
            .cloned()
    }
}

fn without_leading_ones(tensor: &TensorIr) -> &[usize] {
    let shape = tensor.shape.as_slice();
    let start = shape
        .iter()
        .position(|&size| size != 1)
        .unwrap_or(shape.len());
    &shape[start..]
}

#[cfg(test)]
mod tests {
    use crate::{Network, OpKind};
    use burn::module::{Module, Param};
    use burn::tensor::{Device, Tensor, TensorData};

    #[derive(Module, Debug)]
    struct HandWritten {
        weight: Param<Tensor<2>>,
        bias: Param<Tensor<1>>,
    }

    fn model(device: &Device) -> Vec<HandWritten> {
        vec![HandWritten {
            weight: Param::from_data([[1.0, 2.0], [3.0, 4.0]], device),
            bias: Param::from_data([10.0, 20.0], device),
        }]
    }

    #[test]
    fn matmul_plus_bias_is_a_linear_layer_with_the_same_output() {
        let device = Device::flex();
        let x = Tensor::<2>::from_data([[1.0, 1.0]], &device);
        let net = Network::capture(&model(&device), x.clone(), |m: &Vec<HandWritten>, x| {
            x.matmul(m[0].weight.val()) + m[0].bias.val().unsqueeze()
        })
        .unwrap();
        let layers = net.layers();
        assert_eq!(layers.len(), 1);
        assert_eq!((layers[0].kind(), layers[0].name()), (OpKind::Linear, "0"));
        let y = net.forward(x).unwrap().output::<2>().unwrap();
        y.into_data()
            .assert_eq(&TensorData::from([[14.0, 26.0]]), false);
    }

    #[test]
    fn a_product_that_is_read_twice_stays() {
        let device = Device::flex();
        let x = Tensor::<2>::from_data([[1.0, 1.0]], &device);
        let net = Network::capture(&model(&device), x, |m: &Vec<HandWritten>, x: Tensor<2>| {
            let product = x.matmul(m[0].weight.val());
            product.clone() + m[0].bias.val().unsqueeze() + product
        })
        .unwrap();
        assert_eq!(net.layers()[0].kind(), OpKind::MatMul);
    }
}
