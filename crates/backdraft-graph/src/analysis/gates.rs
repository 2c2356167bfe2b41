//! Where a network multiplies a signal by a gate.

use std::collections::{HashMap, HashSet};

use burn::backend::ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, NumericOperationIr as Numeric,
    OperationIr, TensorId, TensorIr,
};

use crate::OpKind;
use crate::ir::node::Node;
use crate::ir::program::Program;

/// The products of a gate and a signal, by position, each with the position of the operand that is the gate.
pub(crate) fn factors(graph: &Program) -> Vec<(usize, usize)> {
    let origins = Origins {
        graph,
        producers: graph.producers(),
    };
    let nodes = graph.nodes.iter().enumerate();
    nodes
        .filter_map(|(position, node)| Some((position, origins.gate(node)?)))
        .collect()
}

/// What factors are computed from.
struct Origins<'a> {
    graph: &'a Program,
    producers: HashMap<TensorId, usize>,
}

impl<'a> Origins<'a> {
    /// The factor of a product that is a gate, if exactly one is.
    fn gate(&self, node: &Node) -> Option<usize> {
        let OperationIr::NumericFloat(_, Numeric::Mul(product)) = &node.op else {
            return None;
        };
        let (left, right) = (&product.lhs, &product.rhs);
        if !self.varies(left) || !self.varies(right) {
            return None;
        }
        let gates = |gate, signal| self.is_sigmoid(gate) || self.is_activation(gate, signal);
        match (gates(left, right), gates(right, left)) {
            (true, false) => Some(0),
            (false, true) => Some(1),
            _ => None,
        }
    }

    /// Whether a tensor is a sigmoid's output, moved, repeated or shifted.
    fn is_sigmoid(&self, tensor: &TensorIr) -> bool {
        let Some(node) = self.producer(tensor.id) else {
            return false;
        };
        match &node.op {
            OperationIr::Activation(Activation::Sigmoid(_) | Activation::HardSigmoid(_)) => true,
            _ if node.kind == OpKind::Shape || is_shift(&node.op) => {
                let mut varying = node.op.inputs().filter(|input| self.varies(input));
                let operand = varying.next().filter(|_| varying.next().is_none());
                operand.is_some_and(|operand| self.is_sigmoid(operand))
            }
            _ => false,
        }
    }

    /// Whether a factor is a function of every element of the signal that it multiplies, which may be scaled.
    fn is_activation(&self, factor: &TensorIr, signal: &'a TensorIr) -> bool {
        let mut unscaled = signal;
        while let Some(OperationIr::NumericFloat(_, Numeric::MulScalar(op))) =
            self.producer(unscaled.id).map(|node| &node.op)
        {
            unscaled = &op.lhs;
        }
        factor.id != signal.id && self.is_function(factor, unscaled)
    }

    /// Whether every element of a tensor is a function of the same element of another one.
    fn is_function(&self, tensor: &TensorIr, of: &TensorIr) -> bool {
        // What is used several times is followed once.
        let mut seen = HashSet::from([of.id]);
        let mut ahead = vec![tensor.id];
        while let Some(id) = ahead.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.producer(id) {
                Some(node) if is_by_element(node) => {
                    let varying = node.op.inputs().filter(|input| self.varies(input));
                    ahead.extend(varying.map(|input| input.id));
                }
                _ => return false,
            }
        }
        true
    }

    fn producer(&self, tensor: TensorId) -> Option<&'a Node> {
        let position = *self.producers.get(&tensor)?;
        Some(&self.graph.nodes[position])
    }

    fn varies(&self, tensor: &TensorIr) -> bool {
        self.graph.depends_on_input(tensor.id)
    }
}

/// Whether an operation adds to a tensor, changes its sign or its precision.
fn is_shift(op: &OperationIr) -> bool {
    matches!(
        op,
        OperationIr::BaseFloat(Base::Cast(_))
            | OperationIr::NumericFloat(
                _,
                Numeric::Neg(_)
                    | Numeric::Add(_)
                    | Numeric::Sub(_)
                    | Numeric::AddScalar(_)
                    | Numeric::SubScalar(_)
            )
    )
}

/// Whether an operation computes every element from those of its operands at the same place.
fn is_by_element(node: &Node) -> bool {
    let is_scaling = matches!(
        node.op,
        OperationIr::NumericFloat(
            _,
            Numeric::Mul(_) | Numeric::Div(_) | Numeric::MulScalar(_) | Numeric::DivScalar(_)
        )
    );
    let is_function = matches!(node.kind, OpKind::Activation | OpKind::Elementwise);
    is_shift(&node.op) || is_scaling || is_function || node.kind.is_rectifier()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::record;
    use burn::tensor::Tensor;
    use burn::tensor::activation::{hard_sigmoid, sigmoid, silu, tanh};

    /// The products with a gate, each with the position of the gate.
    fn found(forward: fn(Tensor<2>) -> Tensor<2>) -> Vec<(String, usize)> {
        let graph = record([2, 4], forward);
        let found = factors(&graph).into_iter();
        found
            .map(|(position, factor)| (graph.nodes[position].name.clone(), factor))
            .collect()
    }

    #[test]
    fn a_sigmoid_is_a_gate_however_it_is_moved() {
        let gates: [fn(Tensor<2>) -> Tensor<2>; 7] = [
            |x| tanh(x.clone()) * sigmoid(x),
            |x| x.clone() * hard_sigmoid(x, 0.2, 0.5),
            |x| x.clone() * (sigmoid(x).neg() + 1.0),
            |x| x.clone() * (x.ones_like() - sigmoid(x)),
            // Squeeze and excitation.
            |x| x.clone() * sigmoid(x.mean_dim(1)),
            // A gated linear unit.
            |x| x.clone().narrow(1, 0, 2) * sigmoid(x).narrow(1, 2, 2),
            |x| x.clone() * sigmoid(x.reshape([4, 2])).reshape([2, 4]),
        ];
        for (index, forward) in gates.into_iter().enumerate() {
            assert_eq!(found(forward), [("mul".to_owned(), 1)], "{index}");
        }
        assert_eq!(found(|x| sigmoid(x.clone()) * x), [("mul".to_owned(), 0)]);
    }

    #[test]
    fn a_function_of_the_signal_itself_is_a_gate() {
        let activations: [fn(Tensor<2>) -> Tensor<2>; 3] = [
            silu,
            // GELU and mish.
            |x| x.clone() * 0.5 * ((x * 0.7).erf() + 1.0),
            |x| x.clone() * tanh((x.exp() + 1.0).log()),
        ];
        for (index, forward) in activations.into_iter().enumerate() {
            assert_eq!(found(forward), [("mul".to_owned(), 1)], "{index}");
        }
        let tanh_gelu = |x: Tensor<2>| {
            let cubic = x.clone() + x.clone() * x.clone() * x.clone() * 0.04;
            x * (tanh(cubic) + 1.0)
        };
        assert!(found(tanh_gelu).contains(&("mul#3".to_owned(), 1)));
    }

    #[test]
    fn what_is_used_twice_at_every_step_is_followed_once() {
        // Each square reads the one before it twice: there are 2^64 ways from the last to the first.
        let squares = |x: Tensor<2>| {
            let power = (0..64).fold(x.clone(), |y, _| y.clone() * y);
            tanh(power) * x
        };
        assert_eq!(found(squares).last(), Some(&("mul#65".to_owned(), 0)));
    }

    #[test]
    fn what_is_not_certain_is_none() {
        let others: [fn(Tensor<2>) -> Tensor<2>; 6] = [
            // Which of the two is the gate?
            |x| sigmoid(x.clone()) * sigmoid(x * 2.0),
            // A learned scale of a sigmoid's output.
            |x| sigmoid(x.clone()) * x.ones_like(),
            // Two signals.
            |x| tanh(x.clone()).narrow(1, 0, 2) * x.narrow(1, 2, 2),
            |x| {
                (sigmoid(x.clone()).narrow(1, 0, 2) + x.clone().narrow(1, 0, 2)) * x.narrow(1, 2, 2)
            },
            |x| x.clone() * x,
            |x| x.clone() / sigmoid(x),
        ];
        for (index, forward) in others.into_iter().enumerate() {
            assert_eq!(found(forward), [], "{index}");
        }
        // The other factor of a SwiGLU takes any value; its SiLU is a product of its own.
        let swi_glu = |x: Tensor<2>| silu(x.clone()).narrow(1, 0, 2) * x.narrow(1, 2, 2);
        assert_eq!(found(swi_glu), [("mul".to_owned(), 1)]);
    }
}
