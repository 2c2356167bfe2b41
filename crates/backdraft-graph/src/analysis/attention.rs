//! Where a network computes attention.

use std::collections::HashMap;

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, FloatOperationIr as Float,
    MatmulOpIr, NumericOperationIr as Numeric, OperationIr, TensorId, TensorIr,
};

use crate::OpKind;
use crate::ir::graph::Graph;
use crate::ir::node::Node;

/// The positions of the products that apply attention weights, their left factors, to values.
pub(crate) fn products(graph: &Graph) -> Vec<usize> {
    let chains = Chains::of(graph);
    let applies =
        |node: &Node| product(node).is_some_and(|product| chains.weights(product).is_some());
    let positions = 0..graph.nodes.len();
    positions
        .filter(|&position| applies(&graph.nodes[position]))
        .collect()
}

/// The operations whose outputs are attention weights, in order.
pub(crate) fn weights(graph: &Graph) -> Vec<&Node> {
    let chains = Chains::of(graph);
    let mut found: Vec<usize> = (graph.nodes.iter())
        .filter_map(|node| chains.weights(product(node)?))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|position| &graph.nodes[position])
        .collect()
}

/// Whether the attention of a layer weighs values that are computed with a tensor.
pub(crate) fn follows(graph: &Graph, layer: &str, earlier: TensorId) -> bool {
    let chains = Chains::of(graph);
    let applies_layer = |product: &&MatmulOpIr| {
        let weights = chains.weights(product);
        weights.is_some_and(|position| graph.nodes[position].name == layer)
    };
    let products = graph.nodes.iter().filter_map(product).filter(applies_layer);
    let outputs: Vec<TensorId> = products.map(|product| product.out.id).collect();
    graph.needed(&outputs, |_| false).tensors.contains(&earlier)
}

/// The last layer normalization of a token sequence that the last attention is computed from.
pub(crate) fn last_tokens(graph: &Graph) -> Option<&Node> {
    let written_out = weights(graph).pop().and_then(Node::output);
    let is_last = |node: &&Node| {
        let output = node.output().map(|output| output.id);
        node.kind == OpKind::Attention || output == written_out.map(|output| output.id)
    };
    let last = graph.nodes.iter().rfind(is_last)?.output()?;
    let needed = graph.needed(&[last.id], |_| false).nodes;
    let is_tokens = |node: &Node| {
        let rank = node.output().map(|output| output.shape.num_dims());
        node.kind == OpKind::LayerNorm && rank == Some(3)
    };
    let position =
        (graph.nodes.iter().zip(needed)).rposition(|(node, needed)| needed && is_tokens(node))?;
    Some(&graph.nodes[position])
}

/// The operations that a product's left factor comes from.
struct Chains<'a> {
    graph: &'a Graph,
    producers: HashMap<TensorId, usize>,
}

impl<'a> Chains<'a> {
    fn of(graph: &'a Graph) -> Self {
        Self {
            graph,
            producers: graph.producers(),
        }
    }

    /// The position of the attention weights that a product applies to values, if it does.
    fn weights(&self, product: &MatmulOpIr) -> Option<usize> {
        let chain = self.to_softmax(&product.lhs)?;
        let shape = |position: usize| self.graph.nodes[position].output().map(|out| &out.shape);
        let softmax = shape(*chain.last()?)?;
        let rank = softmax.num_dims();
        // The last of them in the softmax's form, masks included.
        let mut chain = chain.into_iter();
        let weights = chain.find(|&position| shape(position) == Some(softmax));
        weights.filter(|_| rank == 3 || rank == 4)
    }

    /// The positions from the operation that computes a tensor back to the softmax that it comes from.
    fn to_softmax(&self, tensor: &TensorIr) -> Option<Vec<usize>> {
        let position = *self.producers.get(&tensor.id)?;
        let node = &self.graph.nodes[position];
        if self.is_softmax(node) {
            return Some(vec![position]);
        }
        let rest = weighted(node)
            .into_iter()
            .find_map(|operand| self.to_softmax(operand))?;
        Some([vec![position], rest].concat())
    }

    /// Whether the operation divides by sums over the last dimension.
    fn is_softmax(&self, node: &Node) -> bool {
        match &node.op {
            OperationIr::Activation(Activation::Softmax(op)) => {
                op.axis + 1 == op.out.shape.num_dims()
            }
            OperationIr::NumericFloat(_, Numeric::Div(op)) => {
                self.is_sum(&op.rhs, &op.lhs)
                    || self
                        .terms(&op.rhs)
                        .is_some_and(|terms| terms.iter().any(|term| self.is_sum(term, &op.lhs)))
            }
            _ => false,
        }
    }

    /// Whether a tensor is the sum of another one over its last dimension.
    fn is_sum(&self, sum: &TensorIr, of: &TensorIr) -> bool {
        matches!(self.op(sum), Some(OperationIr::NumericFloat(_, Numeric::SumDim(op)))
            if op.input.id == of.id && op.axis + 1 == of.shape.num_dims())
    }

    /// What a tensor is a sum of.
    fn terms(&self, sum: &TensorIr) -> Option<[&TensorIr; 2]> {
        match self.op(sum)? {
            OperationIr::NumericFloat(_, Numeric::Add(op)) => Some([&op.lhs, &op.rhs]),
            _ => None,
        }
    }

    fn op(&self, output: &TensorIr) -> Option<&OperationIr> {
        let position = *self.producers.get(&output.id)?;
        Some(&self.graph.nodes[position].op)
    }
}

fn product(node: &Node) -> Option<&MatmulOpIr> {
    match &node.op {
        OperationIr::Float(_, Float::Matmul(product)) => Some(product),
        _ => None,
    }
}

/// The operands of an operation that masks, scales or reshapes rows of weights, any of which may be the weights.
fn weighted(node: &Node) -> Vec<&TensorIr> {
    let last = |tensor: &TensorIr| {
        tensor
            .shape
            .iter()
            .rev()
            .take(2)
            .copied()
            .collect::<Vec<_>>()
    };
    match &node.op {
        OperationIr::BaseFloat(Base::MaskFill(op)) => vec![&op.tensor],
        OperationIr::BaseFloat(Base::MaskWhere(op)) => vec![&op.tensor],
        OperationIr::BaseFloat(Base::Cast(op)) => vec![&op.input],
        OperationIr::BaseFloat(Base::Reshape(op)) if last(&op.input) == last(&op.out) => {
            vec![&op.input]
        }
        OperationIr::NumericFloat(_, Numeric::Mul(op)) => vec![&op.lhs, &op.rhs],
        OperationIr::NumericFloat(_, Numeric::Div(op)) => vec![&op.lhs],
        OperationIr::NumericFloat(_, Numeric::MulScalar(op) | Numeric::DivScalar(op)) => {
            vec![&op.lhs]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, LookupError, Network, Probes};
    use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
    use burn::nn::transformer::{
        TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput,
    };
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::softmax;
    use burn::tensor::{Device, Distribution, Tensor};

    fn tokens() -> Tensor<3> {
        Tensor::random([2, 3, 4], Distribution::Default, &Device::flex())
    }

    fn capture(forward: fn(Tensor<3>) -> Tensor<3>) -> Network {
        let forward = move |_: &Vec<Linear>, x| forward(x);
        Network::capture(&Vec::new(), tokens(), forward).unwrap()
    }

    fn found(net: &Network) -> Vec<(String, Vec<usize>)> {
        let layers = net.attention_layers().into_iter();
        layers
            .map(|layer| (layer.name().to_string(), layer.output_shape().to_vec()))
            .collect()
    }

    fn scores(x: &Tensor<3>) -> Tensor<3> {
        x.clone().matmul(x.clone().swap_dims(1, 2))
    }

    #[test]
    fn a_softmax_over_keys_that_multiplies_values_is_attention() {
        let net = capture(|x| softmax(scores(&x), 2).matmul(x));
        assert_eq!(found(&net), [("softmax".into(), vec![2, 3, 3])]);
        // Masked by a product from the left.
        let net = capture(|x| (scores(&x) * softmax(scores(&x), 2)).matmul(x));
        assert_eq!(found(&net), [("mul".into(), vec![2, 3, 3])]);
        // Written out, and scaled after the softmax.
        let net = capture(|x| {
            let e = scores(&x).exp();
            (e.clone() / e.sum_dim(2) * 2.0).matmul(x)
        });
        assert_eq!(found(&net), [("mul_scalar".into(), vec![2, 3, 3])]);
    }

    #[test]
    fn a_learned_gate_belongs_to_the_weights() {
        let gate = LinearConfig::new(3, 3).init(&Device::flex());
        let net = Network::capture(&gate, tokens(), |gate: &Linear, x: Tensor<3>| {
            (softmax(scores(&x), 2) * gate.weight.val().unsqueeze()).matmul(x)
        });
        let net = net.unwrap();
        let [layer] = &net.attention_layers()[..] else {
            panic!("one attention");
        };
        assert_eq!((layer.op(), layer.parameter_count()), ("Mul", 9));
    }

    #[test]
    fn attention_follows_what_it_weighs() {
        // Both weights are computed from the input; the second ones weigh what the first ones give.
        let net = capture(|x| {
            let first = softmax(scores(&x), 2).matmul(x.clone());
            softmax(scores(&x) * 2.0, 2).matmul(first)
        });
        assert!(net.attention_follows("softmax#2", "softmax").unwrap());
        assert!(!net.attention_follows("softmax", "softmax#2").unwrap());
        let net = capture(|x| {
            let first = softmax(scores(&x), 2).matmul(x.clone());
            softmax(scores(&x) * 2.0, 2).matmul(x) + first
        });
        assert!(!net.attention_follows("softmax#2", "softmax").unwrap());
    }

    #[test]
    fn heads_may_be_merged_with_the_batch_afterwards() {
        let net = capture(|x| {
            let heads = x.clone().reshape([2, 3, 2, 2]).swap_dims(1, 2);
            let weights = softmax(heads.clone().matmul(heads.clone().swap_dims(2, 3)), 3);
            let product = weights.reshape([4, 3, 3]).matmul(heads.reshape([4, 3, 2]));
            product.reshape([2, 3, 4])
        });
        assert_eq!(found(&net), [("softmax".into(), vec![2, 2, 3, 3])]);
    }

    #[test]
    fn other_softmaxes_are_none() {
        let none: [fn(Tensor<3>) -> Tensor<3>; 4] = [
            // Nothing is weighted with it.
            |x| softmax(x, 2),
            // Over queries.
            |x| softmax(scores(&x), 1).matmul(x),
            // Turned round.
            |x| softmax(scores(&x), 2).swap_dims(1, 2).matmul(x),
            // It is what is weighted.
            |x| scores(&x).matmul(softmax(x, 2)),
        ];
        for forward in none {
            assert_eq!(found(&capture(forward)), []);
        }
    }

    #[test]
    fn it_is_found_in_burns_own_modules() {
        let device = Device::flex();
        for quiet in [false, true] {
            let config = MultiHeadAttentionConfig::new(4, 2).with_quiet_softmax(quiet);
            let attention = config.init(&device);
            let net = Network::capture(&attention, tokens(), |m: &MultiHeadAttention, x| {
                let output = m.forward(MhaInput::self_attn(x));
                (output.context, output.weights)
            })
            .unwrap();
            let [layer] = &net.attention_layers()[..] else {
                panic!("one attention, quiet: {quiet}");
            };
            let probes = Probes::new().with_activation(layer.name());
            let pass = net.run(tokens(), &probes).unwrap();
            let weights: Tensor<4> = pass.activation(layer.name()).unwrap().to_tensor().unwrap();
            let expected: Tensor<4> = pass.outputs()[1].to_tensor().unwrap();
            weights.into_data().assert_eq(&expected.into_data(), true);
        }
    }

    #[test]
    fn an_encoder_has_one_in_every_layer_after_a_normalization() {
        let encoder = TransformerEncoderConfig::new(4, 8, 2, 3)
            .with_norm_first(true)
            .init(&Device::flex());
        let net = Network::capture(&encoder, tokens(), |m: &TransformerEncoder, x| {
            m.forward(TransformerEncoderInput::new(x))
        })
        .unwrap();
        let layers = found(&net);
        assert_eq!(layers.len(), 3, "{layers:?}");
        assert!(
            layers.iter().all(|(_, shape)| *shape == [2, 2, 3, 3]),
            "{layers:?}"
        );
        let tokens = net.last_token_layer().unwrap();
        assert_eq!(tokens.name(), "layers.2.norm_2");
        let none = capture(|x| softmax(scores(&x), 2).matmul(x));
        assert!(matches!(
            none.last_token_layer(),
            Err(Error::Lookup(LookupError::NoTokenLayer))
        ));
    }
}
