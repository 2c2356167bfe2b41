//! Where values arise that aren't finite.

use std::collections::HashMap;

use burn::backend::ir::{BaseOperationIr, OperationIr, TensorId};

use crate::ir::graph::Graph;
use crate::ir::node::Node;
use crate::{AnyTensor, Error, Layer, Network, Tensors};

impl Network {
    /// The layer where the first value arises that isn't finite, NaN or infinite, on the way to an output that isn't;
    /// `None` if all outputs are finite.
    ///
    /// Such an output is followed back to an operation whose operands are finite. Infinities that are written on
    /// purpose, as `mask_fill` does before a softmax, count only where something makes NaN of them. All values are
    /// computed once more and held at the same time.
    ///
    /// ```
    /// use backdraft_graph::Network;
    /// use burn::nn::Linear;
    /// use burn::tensor::{Device, Tensor};
    ///
    /// let x = Tensor::<2>::from_data([[0.0, 4.0]], &Device::default());
    /// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.sqrt().log().exp() + 1.0;
    /// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
    /// // The logarithm of 0 is minus infinity, but its exponential is finite again.
    /// assert_eq!(net.first_not_finite(x.clone())?, None);
    ///
    /// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.sqrt().log() * 0.0;
    /// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
    /// assert_eq!(net.first_not_finite(x)?.unwrap().name(), "log");
    /// # Ok::<(), backdraft_graph::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run).
    pub fn first_not_finite(&self, inputs: impl Tensors) -> Result<Option<Layer>, Error> {
        let (graph, values) = self.values(inputs)?;
        let found = Search::of(&graph, &values).origin();
        found.map(|node| self.layer(&node.name)).transpose()
    }
}

/// What the elements of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elements {
    Finite,
    /// Some are infinite, none is NaN.
    Infinite,
    Nan,
}

impl Elements {
    fn of(tensor: &AnyTensor) -> Self {
        if !tensor.is_float() || tensor.count_non_finite() == 0 {
            Self::Finite
        } else if tensor.flat().is_nan().any().into_scalar::<bool>() {
            Self::Nan
        } else {
            Self::Infinite
        }
    }
}

/// A walk from the inputs on, which finds for every tensor that isn't finite the operation to blame.
struct Search<'a> {
    graph: &'a Graph,
    elements: HashMap<TensorId, Elements>,
    /// By position; `None` if the tensor's infinities are meant.
    origins: HashMap<TensorId, Option<usize>>,
}

impl<'a> Search<'a> {
    fn of(graph: &'a Graph, values: &HashMap<TensorId, AnyTensor>) -> Self {
        let elements = values.iter();
        let mut search = Self {
            graph,
            elements: elements
                .map(|(&id, value)| (id, Elements::of(value)))
                .collect(),
            origins: HashMap::new(),
        };
        for (position, node) in graph.nodes.iter().enumerate() {
            for output in node.op.outputs() {
                if search.elements(output.id) != Elements::Finite {
                    let origin = search.origin_of(output.id, position, node);
                    search.origins.insert(output.id, origin);
                }
            }
        }
        search
    }

    fn elements(&self, tensor: TensorId) -> Elements {
        let known = self.elements.get(&tensor).copied();
        known.unwrap_or(Elements::Finite)
    }

    /// What is to blame for a tensor that an operation computed: what is to blame for an operand, or the operation.
    fn origin_of(&self, output: TensorId, position: usize, node: &Node) -> Option<usize> {
        let mut operands = node.op.inputs().map(|operand| operand.id);
        let before = operands.find_map(|operand| self.origins.get(&operand).copied().flatten());
        let is_meant = || {
            let infinite = |id| self.elements(id) == Elements::Infinite;
            let mut operands = node.op.inputs();
            infinite(output)
                && (fills_with_infinity(node) || operands.any(|operand| infinite(operand.id)))
        };
        // What is computed from weights alone is no layer.
        before.or_else(|| (!node.name.is_empty() && !is_meant()).then_some(position))
    }

    /// What is to blame for the first output that isn't finite; the first layer that isn't, if its infinities are meant.
    fn origin(&self) -> Option<&'a Node> {
        let mut outputs = self.graph.outputs.iter();
        let output = outputs.find(|id| self.elements(**id) != Elements::Finite)?;
        let first = || {
            let computes_it = |node: &Node| {
                let mut outputs = node.op.outputs();
                !node.name.is_empty() && outputs.any(|output| self.origins.contains_key(&output.id))
            };
            self.graph.nodes.iter().position(computes_it)
        };
        let position = self.origins.get(output).copied().flatten().or_else(first);
        position.map(|position| &self.graph.nodes[position])
    }
}

fn fills_with_infinity(node: &Node) -> bool {
    match &node.op {
        OperationIr::BaseFloat(BaseOperationIr::MaskFill(op)) => {
            op.value.elem::<f64>().is_infinite()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::Linear;
    use burn::tensor::activation::softmax;
    use burn::tensor::{Bool, Device, Tensor};

    /// The layer that is found for a function of `[[0, 1, 100]]`.
    fn found(forward: fn(Tensor<2>) -> Tensor<2>) -> Option<String> {
        let x = Tensor::<2>::from_data([[0.0, 1.0, 100.0]], &Device::flex());
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let layer = net.first_not_finite(x).unwrap();
        layer.map(|layer| layer.name().to_owned())
    }

    /// Masked with minus infinity, and normalized.
    fn masked(x: Tensor<2>, mask: [bool; 3]) -> Tensor<2> {
        let mask = Tensor::<2, Bool>::from_data([mask], &x.device());
        softmax(x.mask_fill(mask, f32::NEG_INFINITY), 1)
    }

    #[test]
    fn it_is_the_layer_whose_operands_are_finite() {
        assert_eq!(found(|x| x.log().sin() + 1.0), Some("log".into()));
        assert_eq!(found(|x| x.clone().exp() - x.exp()), Some("exp".into()));
        assert_eq!(found(|x| x.clone() / x * 2.0), Some("div".into()));
        assert_eq!(found(|x| (x - 0.5).sqrt().sum_dim(1)), Some("sqrt".into()));
        assert_eq!(found(|x| x.exp().recip()), None);
    }

    #[test]
    fn a_mask_is_no_fault_unless_it_masks_everything() {
        assert_eq!(found(|x| masked(x, [true, true, false])), None);
        assert_eq!(found(|x| masked(x, [true; 3])), Some("softmax".into()));
        assert_eq!(
            found(|x| masked(x.clone(), [true, false, false]) + x.log()),
            Some("log".into())
        );
        // A mask that is added, and that everything is masked by.
        let added = |x: Tensor<2>| {
            let mask = Tensor::<2>::from_data([[f32::NEG_INFINITY; 3]], &x.device());
            softmax(x + mask, 1)
        };
        assert_eq!(found(added), Some("softmax".into()));
    }

    #[test]
    fn what_is_meant_to_be_infinite_is_named_if_it_is_the_output() {
        let fill = |x: Tensor<2>| {
            let mask = x.clone().greater_elem(50.0);
            x.mask_fill(mask, f32::INFINITY) + 1.0
        };
        assert_eq!(found(fill), Some("mask_fill".into()));
    }

    #[test]
    fn weights_that_are_not_finite_belong_to_the_layer_that_reads_them() {
        let weights = |x: Tensor<2>| {
            let weights = Tensor::<2>::from_data([[f32::NAN, 1.0, 1.0]], &x.device());
            x.exp().recip() * (weights + 1.0)
        };
        assert_eq!(found(weights), Some("mul".into()));
    }
}
