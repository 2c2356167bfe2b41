//! Gradient rules: what flows back through an operation in place of its derivative.

use std::fmt::Debug;

use crate::AnyTensor;
use crate::rules::step::{OperandRole, Step};

/// Replaces the derivative of an operation in the backward pass.
///
/// A [`RuleMap`](crate::RuleMap) says to which operations a rule applies: those of a [kind](crate::OpKind), say,
/// wherever a network performs them, as modules or as functions, once or many times. It sees the operation's operands and
/// output and the gradient that arrives, and can ask for the ordinary derivative of the operation, or of
/// the same operation with other operands (other weights, say).
///
/// The rule for every rectifier of Guided Backpropagation (Springenberg et al., 2015) shows the form:
///
/// ```
/// use backdraft_graph::{AnyTensor, Rule, Step};
/// use burn::backend::{Dispatch, ops::ActivationOps};
///
/// #[derive(Debug)]
/// struct Guided;
///
/// impl Rule for Guided {
///     fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
///         let ordinary = step.derivative(operand, gradient);
///         AnyTensor::from_dispatch(Dispatch::relu(ordinary.into_dispatch()))
///     }
/// }
/// ```
pub trait Rule: Debug + Send + Sync {
    /// The gradient for the float operand at position `operand`, of that operand's shape, given the
    /// `gradient` of the operation's output.
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor;

    /// Whether the rule replaces the derivative of an operation with such operands; by default it always
    /// does. Leaving an operation to its ordinary derivative is cheaper than a rule that computes the same:
    /// a product with a constant, say, needs no rule for products of two variables.
    fn applies(&self, operands: &[OperandRole]) -> bool {
        let _ = operands;
        true
    }

    /// Whether the rule treats an operation together with the linear layer that computed its operand; by
    /// default it doesn't.
    ///
    /// Where such a layer (dense or convolutional, with constant weights) computed the first operand, and the
    /// other operands are constant, [`Step::producer`] gives the layer, and the gradient that the rule returns
    /// is that of the *layer's* operand. A batch normalization in between is the producer, and has the layer as
    /// its own. Where the gradient of the layer's output was asked for, no rule reaches through it.
    fn reaches_through(&self) -> bool {
        false
    }

    /// Whether the rule treats a layer together with the batch normalization that follows it as one layer; by default
    /// it doesn't.
    ///
    /// Where a batch normalization with fixed statistics alone reads what a convolution or a linear layer computes, the
    /// [`Step`] has the weight and the bias of the two as operands (the bias even if the layer alone has none) and the
    /// normalized values as output. The normalization needs no rule then, and its own isn't asked. Reading the layer's
    /// own output changes nothing of this, and what arrives at the normalized values is its gradient.
    fn folds_normalization(&self) -> bool {
        false
    }

    /// Whether the rule for a rectifier looks at the rectifier's operand; by default it does.
    ///
    /// A ReLU or a clamp whose rule doesn't, nor compares with a reference, may be computed together with the
    /// convolution before it, so that its operand never exists. [`Step::derivative`] works all the same: it is zero
    /// where the output lies at an end of its range.
    fn needs_input(&self) -> bool {
        true
    }

    /// Whether the rule compares with a reference, so that a run needs
    /// [one](crate::Probes::with_reference); by default it doesn't.
    fn needs_reference(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, OpKind, Probes, RuleMap};
    use burn::nn::Linear;
    use burn::tensor::{Device, Tensor};

    /// Twice the gradient, where both operands are tracked.
    #[derive(Debug)]
    struct Twice;

    impl Rule for Twice {
        fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
            assert!(
                step.reference(operand).is_none(),
                "the run has no reference"
            );
            let ordinary = step.derivative(operand, gradient);
            AnyTensor::from(ordinary.flat() * 2.0).reshape_to(ordinary.shape())
        }

        fn applies(&self, operands: &[OperandRole]) -> bool {
            operands == [OperandRole::Tracked; 2]
        }
    }

    #[test]
    fn a_rule_applies_where_it_says() {
        let x = Tensor::<1>::from_floats([3.0], &Device::flex());
        let gradient = |f: fn(Tensor<1>) -> Tensor<1>| -> Vec<f32> {
            let forward = move |_: &Vec<Linear>, x: Tensor<1>| f(x);
            let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
            let rules = RuleMap::new().by_kind(OpKind::Multiply, Twice);
            let probes = Probes::new().with_input_gradients().with_rules(rules);
            let pass = net.run(x.clone(), &probes).unwrap();
            let output = pass.output().unwrap();
            let gradients = pass.backward(output).unwrap();
            gradients
                .input(0)
                .unwrap()
                .flat()
                .into_data()
                .try_to_vec()
                .unwrap()
        };
        // Twice 2 x; the mask and the constant have no gradient, so their products keep theirs.
        assert_eq!(gradient(|x| x.clone() * x), [12.0]);
        assert_eq!(gradient(|x| x.clone() * x.greater_elem(0.0).float()), [1.0]);
        assert_eq!(gradient(|x| x.clone() * x.ones_like()), [1.0]);
    }
}
