//! Gradients with another rule for rectifiers.

use backdraft_graph::{Probes, Rule, RuleMap};

use crate::backprop::BackpropError;
use crate::model::differentiable::{input_gradients, run_for_gradients, with_gradients};
use crate::{Attribution, Error, Inputs, Network, Plan, Target};

/// The input gradient with `rule` for every rectifier. A network without rectifiers has none.
pub(super) fn explain(
    method: &'static str,
    rule: impl Rule + 'static,
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
) -> Result<Attribution, Error> {
    let probes = Probes::new().with_rules(rules(method, rule, net)?);
    let pass = run_for_gradients(net, inputs, probes)?;
    let result = input_gradients(net, pass, inputs, target)?;
    let scores = result.values();
    Attribution::new(method, result.target, result.gradients, scores)
}

/// The rules with `rule` for every rectifier.
pub(crate) fn rules(
    method: &'static str,
    rule: impl Rule + 'static,
    net: &Network,
) -> Result<RuleMap, Error> {
    if !net.layers().iter().any(|layer| layer.kind().is_rectifier()) {
        return Err(Error::Backprop(BackpropError::NoRectifier { method }));
    }
    Ok(RuleMap::new().rectifiers(rule))
}

pub(super) fn plan(
    rule: impl Rule + 'static,
    net: &Network,
    inputs: &Inputs,
) -> Result<Plan, Error> {
    let rules = RuleMap::new().rectifiers(rule);
    let probes = with_gradients(Probes::new().with_rules(rules), inputs);
    Plan::run(net, inputs, &probes)
}
