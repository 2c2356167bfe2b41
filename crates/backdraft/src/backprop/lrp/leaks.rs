//! Where relevance is lost.

use std::sync::{Arc, Mutex, PoisonError};

use backdraft_graph::{AnyTensor, OperandRole, Rule, RuleMap, Step};

use crate::attribution::Conservation;

/// What became of the relevance of a layer's output in the layer, summed over all samples.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerConservation {
    /// The name of the layer.
    pub layer: String,
    /// What arrived at its output, and what its operands received.
    pub relevance: Conservation,
}

/// What all rules of a backward pass gave and received.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaks(Arc<Mutex<Vec<LayerConservation>>>);

impl Leaks {
    /// The rules, with an eye on each.
    pub(super) fn watching(&self, rules: RuleMap) -> RuleMap {
        let leaks = self.clone();
        rules.wrapped(move |_, rule| {
            let leaks = leaks.clone();
            Arc::new(Watched { rule, leaks })
        })
    }

    /// What was seen, in order of execution.
    pub(super) fn into_layers(self) -> Vec<LayerConservation> {
        let mut layers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        layers.reverse();
        std::mem::take(&mut layers)
    }

    fn add(&self, layer: &str, given: f64, received: f64) {
        let mut layers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match layers.iter_mut().find(|row| row.layer == layer) {
            Some(row) => {
                row.relevance.given += given;
                row.relevance.received += received;
            }
            None => layers.push(LayerConservation {
                layer: layer.into(),
                relevance: Conservation { given, received },
            }),
        }
    }
}

/// A rule that is watched.
#[derive(Debug)]
struct Watched {
    rule: Arc<dyn Rule>,
    leaks: Leaks,
}

impl Rule for Watched {
    fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
        let received = self.rule.gradient(step, operand, gradient.clone());
        // Every tracked operand is asked with the same relevance.
        let mut roles = step.roles().iter();
        let first = roles.position(|role| *role == OperandRole::Tracked);
        let given = if first == Some(operand) {
            sum(&gradient)
        } else {
            0.0
        };
        self.leaks.add(step.layer(), given, sum(&received));
        received
    }

    fn folds_normalization(&self) -> bool {
        self.rule.folds_normalization()
    }
}

fn sum(tensor: &AnyTensor) -> f64 {
    tensor.upcast().flat().sum().into_scalar()
}
