//! Restores linear layers from the products and sums that they are recorded as.
//!
//! `burn::nn::Linear` and a hand-written `x.matmul(w) + b` arrive alike: as a product with a constant
//! matrix, and a sum with a constant vector. As one operation they are one layer, to rules and to people.

use std::collections::HashMap;

use burn::backend::ir::{
    BaseOperationIr, FloatOperationIr, LinearOpIr, ModuleOperationIr, NumericOperationIr,
    OperationIr, TensorId, TensorIr,
};

use crate::ir::dependencies::Dependencies;
use crate::ir::graph::Graph;
use crate::ir::node::Node;

pub(super) fn restore(graph: &mut Graph) {
    let constants = Constants::of(graph);
    for node in &mut graph.nodes {
        if let Some(linear) = product(node, &constants) {
            *node = linear_node(linear);
        }
    }
    let readers = graph.readers();
    for position in 0..graph.nodes.len() {
        if let Some((sum, linear)) = with_bias(graph, position, &readers, &constants) {
            // The product without bias is dead code now.
            graph.nodes[sum] = linear_node(linear);
        }
    }
}

fn linear_node(linear: LinearOpIr) -> Node {
    Node::new(OperationIr::Module(ModuleOperationIr::Linear(linear)))
}

/// A product with a constant matrix as a layer without bias.
fn product(node: &Node, constants: &Constants) -> Option<LinearOpIr> {
    let OperationIr::Float(_, FloatOperationIr::Matmul(product)) = &node.op else {
        return None;
    };
    let weight = constants.of_rank(2, &product.rhs)?;
    (!constants.contains(&product.lhs)).then(|| LinearOpIr {
        x: product.lhs.clone(),
        weight,
        bias: None,
        out: product.out.clone(),
    })
}

/// The sum that adds a bias to the layer at `position`, and the layer that both make up.
fn with_bias(
    graph: &Graph,
    position: usize,
    readers: &HashMap<TensorId, Vec<usize>>,
    constants: &Constants,
) -> Option<(usize, LinearOpIr)> {
    let OperationIr::Module(ModuleOperationIr::Linear(linear)) = &graph.nodes[position].op else {
        return None;
    };
    let [reader] = readers.get(&linear.out.id)?[..] else {
        return None;
    };
    let OperationIr::NumericFloat(_, NumericOperationIr::Add(sum)) = &graph.nodes.get(reader)?.op
    else {
        return None;
    };
    let added = if sum.lhs.id == linear.out.id {
        &sum.rhs
    } else {
        &sum.lhs
    };
    let bias = constants.of_rank(1, added)?;
    let fits = bias.shape[0] == linear.weight.shape[1] && sum.out.shape == linear.out.shape;
    (linear.bias.is_none() && fits).then(|| {
        let linear = LinearOpIr {
            bias: Some(bias),
            out: sum.out.clone(),
            ..linear.clone()
        };
        (reader, linear)
    })
}

/// Tensors that depend on no input, each with what it is without leading dimensions of size one, which
/// broadcasting needs.
struct Constants(HashMap<TensorId, TensorIr>);

impl Constants {
    fn of(graph: &Graph) -> Self {
        let depends = Dependencies::of(graph);
        let mut sources: HashMap<TensorId, TensorIr> = HashMap::new();
        for node in &graph.nodes {
            let constant = |tensor: &&TensorIr| !depends.contains(tensor.id);
            for tensor in node.op.inputs().chain(node.op.outputs()).filter(constant) {
                sources.entry(tensor.id).or_insert_with(|| tensor.clone());
            }
            if let OperationIr::BaseFloat(BaseOperationIr::Reshape(reshape)) = &node.op
                && let Some(source) = sources.get(&reshape.input.id).cloned()
                && without_leading_ones(&reshape.out) == without_leading_ones(&source)
            {
                sources.insert(reshape.out.id, source);
            }
        }
        Self(sources)
    }

    fn contains(&self, tensor: &TensorIr) -> bool {
        self.0.contains_key(&tensor.id)
    }

    fn of_rank(&self, rank: usize, tensor: &TensorIr) -> Option<TensorIr> {
        let source = self.0.get(&tensor.id)?;
        (source.shape.num_dims() == rank).then(|| source.clone())
    }
}

fn without_leading_ones(tensor: &TensorIr) -> &[usize] {
    let shape = tensor.shape.as_slice();
    let ones = shape.iter().take_while(|&&size| size == 1).count();
    &shape[ones.min(shape.len() - 1)..]
}

#[cfg(test)]
mod tests {
    use crate::{Network, OpKind};
    use burn::module::{Module, Param};
    use burn::nn::LinearConfig;
    use burn::tensor::{Device, Tensor, TensorData};

    #[derive(Module, Debug)]
    struct HandWritten {
        weight: Param<Tensor<2>>,
        bias: Param<Tensor<1>>,
    }

    fn model(bias: &[f32]) -> Vec<HandWritten> {
        let device = Device::flex();
        vec![HandWritten {
            weight: Param::from_data([[1.0, 2.0], [3.0, 4.0]], &device),
            bias: Param::from_data(bias, &device),
        }]
    }

    fn kinds(net: &Network) -> Vec<OpKind> {
        net.layers().iter().map(crate::Layer::kind).collect()
    }

    #[test]
    fn matmul_plus_bias_is_a_linear_layer_with_the_same_output() {
        let x = Tensor::<2>::from_data([[1.0, 1.0]], &Device::flex());
        let model = model(&[10.0, 20.0]);
        let net = Network::capture(&model, x.clone(), |m: &Vec<HandWritten>, x| {
            x.matmul(m[0].weight.val()) + m[0].bias.val().unsqueeze()
        })
        .unwrap();
        assert_eq!(kinds(&net), [OpKind::Linear]);
        assert_eq!(net.layers()[0].name(), "0");
        let y = net.forward(x).unwrap().output::<2>().unwrap();
        y.into_data()
            .assert_eq(&TensorData::from([[14.0, 26.0]]), false);
    }

    #[test]
    fn a_layer_without_bias_and_a_transposed_weight_are_linear_too() {
        let device = Device::flex();
        let x = Tensor::<2>::from_data([[1.0, 1.0]], &device);
        let linear = LinearConfig::new(2, 3).with_bias(false).init(&device);
        let net = Network::capture(&linear, x.clone(), |m: &burn::nn::Linear, x: Tensor<2>| {
            m.forward(x)
        });
        assert_eq!(kinds(&net.unwrap()), [OpKind::Linear]);

        let net = Network::capture(&model(&[0.0]), x.clone(), |m: &Vec<HandWritten>, x| {
            x.matmul(m[0].weight.val().transpose())
        })
        .unwrap();
        assert_eq!(kinds(&net), [OpKind::Linear]);
        let y = net.forward(x).unwrap().output::<2>().unwrap();
        y.into_data()
            .assert_eq(&TensorData::from([[3.0, 7.0]]), false);
    }

    #[test]
    fn a_product_that_is_read_twice_keeps_its_sum_apart() {
        let x = Tensor::<2>::from_data([[1.0, 1.0]], &Device::flex());
        let model = model(&[10.0, 20.0]);
        let net = Network::capture(&model, x, |m: &Vec<HandWritten>, x: Tensor<2>| {
            let product = x.matmul(m[0].weight.val());
            product.clone() + m[0].bias.val().unsqueeze() + product
        });
        assert_eq!(
            kinds(&net.unwrap()),
            [OpKind::Linear, OpKind::Add, OpKind::Add]
        );
    }

    #[test]
    fn a_single_number_is_no_bias() {
        let x = Tensor::<3>::ones([4, 3, 2], &Device::flex());
        let net = Network::capture(&model(&[10.0]), x.clone(), |m: &Vec<HandWritten>, x| {
            x.matmul(m[0].weight.val().unsqueeze()) + m[0].bias.val().unsqueeze()
        })
        .unwrap();
        assert_eq!(kinds(&net), [OpKind::Linear, OpKind::Add]);
        let y: Tensor<3> = net.forward(x).unwrap().output().unwrap();
        assert_eq!(
            y.into_data().iter::<f32>().take(2).collect::<Vec<_>>(),
            [14.0, 16.0]
        );
    }

    #[test]
    fn a_product_of_two_activations_is_no_layer() {
        let x = Tensor::<2>::ones([2, 2], &Device::flex());
        let net = Network::capture(&model(&[0.0]), x, |_: &Vec<HandWritten>, x: Tensor<2>| {
            x.clone().matmul(x.transpose())
        });
        assert_eq!(kinds(&net.unwrap()).last(), Some(&OpKind::MatMul));
    }
}
