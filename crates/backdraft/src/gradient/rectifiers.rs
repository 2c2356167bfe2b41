//! Gradients with another rule for rectifiers.

use backdraft_graph::{Rule, Rules};

use crate::differentiable::gradients_by_rules;
use crate::{Attribution, Error, Inputs, Network, Target};

/// The input gradient with `rule` for every rectifier. A network without rectifiers has none.
pub(super) fn explain(
    method: &'static str,
    rule: impl Rule + 'static,
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
) -> Result<Attribution, Error> {
    if !net.layers().iter().any(|layer| layer.kind().is_rectifier()) {
        return Err(Error::NoRectifier { method });
    }
    let rules = Rules::new().with_rectifier_rule(rule);
    let result = gradients_by_rules(net, inputs, target, rules)?;
    let scores = result.values();
    Attribution::new(method, result.target, result.gradients, scores)
}
