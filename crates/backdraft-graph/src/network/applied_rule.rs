//! Which rule each operation gets.

use crate::network::sites::Sites;
use crate::rules::Places;
use crate::schedule::{Request, Schedule};
use crate::{Error, Network, OpKind, Probes, RuleMap};

/// An operation that gradients pass on their way from the outputs to the inputs, and its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedRule {
    layer: String,
    op: String,
    kind: OpKind,
    rule: Option<String>,
}

impl AppliedRule {
    /// The name of the layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// The operation, as Burn names it: `Conv2d`, `Relu`, `Add`.
    pub fn op(&self) -> &str {
        &self.op
    }

    /// The kind of operation.
    pub fn kind(&self) -> OpKind {
        self.kind
    }

    /// The rule, as it prints; `None` where the operation keeps its derivative.
    pub fn rule(&self) -> Option<&str> {
        self.rule.as_deref()
    }
}

impl Network {
    /// Which rule of a map each operation gets, in order of execution, for the example input of the capture. Operations
    /// that no gradient passes aren't listed, nor are batch normalizations that a rule
    /// [folds](crate::Rule::folds_normalization).
    ///
    /// Where no input is float, gradients end at the layers that embed tokens.
    ///
    /// # Errors
    ///
    /// [`PassError::NoRule`](crate::PassError::NoRule) if the map is [strict](RuleMap::strict) and leaves an operation out,
    /// [`LookupError::UnknownLayer`](crate::LookupError::UnknownLayer) if it names a layer that there isn't.
    pub fn applied_rules(&self, rules: &RuleMap) -> Result<Vec<AppliedRule>, Error> {
        let graph = &self.0.example;
        let probes = Probes::new().with_rules(rules.clone());
        let sites = Sites::resolve(graph, &self.0.inputs, &probes, &self.0.device)?;
        let inputs = graph.inputs.iter().copied().zip(&self.0.inputs);
        let floats = inputs.filter(|(_, spec)| spec.is_float()).map(|(id, _)| id);
        let mut differentiate: Vec<_> = floats.collect();
        if differentiate.is_empty() {
            let nodes = graph.nodes.iter();
            let embeddings = nodes.filter(|node| node.kind == OpKind::Embedding);
            differentiate.extend(embeddings.filter_map(|node| Some(node.output()?.id)));
        }
        let request = Request {
            differentiate,
            ..sites.request(graph, &probes)
        };
        let schedule = Schedule::compile(graph, &request)?;
        let places = Places::of(graph);
        let tracked = schedule.tasks.iter().filter(|task| task.is_tracked());
        let applied = tracked.map(|task| AppliedRule {
            layer: task.node.name.clone(),
            op: task.node.label(),
            kind: task.node.kind,
            rule: rules
                .rule_for(&places.view(task.position))
                .map(|rule| format!("{rule:?}")),
        });
        Ok(applied.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Derivative, PassError};
    use burn::nn::Linear;
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    #[test]
    fn what_gradients_pass_is_listed_with_its_rule() {
        let x = Tensor::<1>::ones([2], &Device::flex());
        let forward =
            |_: &Vec<Linear>, x: Tensor<1>| relu(x.clone()) * x.ones_like().exp() + x.sin();
        let net = Network::capture(&Vec::new(), x, forward).unwrap();
        let map = RuleMap::new().rectifiers(Derivative);
        let applied = net.applied_rules(&map).unwrap();
        let applied: Vec<_> = applied.iter().map(|it| (it.op(), it.rule())).collect();
        assert_eq!(
            applied,
            [
                ("Relu", Some("Derivative")),
                ("Mul", None),
                ("Sin", None),
                ("Add", None)
            ]
        );
        match net.applied_rules(&map.strict()) {
            Err(Error::Pass(PassError::NoRule { op, .. })) => assert_eq!(op, "Mul"),
            other => panic!("{other:?}"),
        }
    }
}
