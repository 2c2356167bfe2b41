//! Gradient rules: what flows back through an operation in place of its derivative.

mod extension;
mod rectifier;
mod step;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use crate::{AnyTensor, OpKind};

pub(crate) use extension::{GradientRules, Reroute};
pub use rectifier::{DeconvnetRectifier, GuidedRectifier};
pub use step::Step;

/// Replaces the derivative of an operation in the backward pass.
///
/// A rule is attached to a [kind of operation](OpKind), so it applies wherever a network performs such
/// an operation: as a module or as a function, once or many times. It sees the operation's operands and
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
}

/// The rules of one backward pass, by kind of operation; other operations keep their derivative.
#[derive(Clone, Debug, Default)]
pub struct Rules(HashMap<OpKind, Arc<dyn Rule>>);

impl Rules {
    /// No rules: the ordinary gradient.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies `rule` to every operation of this kind, in place of any rule set for it before.
    #[must_use]
    pub fn with_rule(mut self, kind: OpKind, rule: impl Rule + 'static) -> Self {
        self.0.insert(kind, Arc::new(rule));
        self
    }

    /// Applies `rule` to every rectifier: ReLU, ReLU6, leaky ReLU and PReLU.
    #[must_use]
    pub fn with_rectifier_rule(mut self, rule: impl Rule + 'static) -> Self {
        let rule: Arc<dyn Rule> = Arc::new(rule);
        for kind in [
            OpKind::Relu,
            OpKind::Relu6,
            OpKind::LeakyRelu,
            OpKind::PRelu,
        ] {
            self.0.insert(kind, Arc::clone(&rule));
        }
        self
    }

    pub(crate) fn for_kind(&self, kind: OpKind) -> Option<Arc<dyn Rule>> {
        self.0.get(&kind).cloned()
    }
}
