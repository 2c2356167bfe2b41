//! Rules for all operations of a network.

use backdraft_graph::RuleMap;

use crate::backprop::lrp::rest::rest;

/// Rules of layer-wise relevance propagation for all operations of a network.
#[derive(Clone, Debug)]
pub struct Composite {
    name: String,
    rules: RuleMap,
}

impl Composite {
    /// Rules under a name. Operations that they don't fit have the usual ones for what isn't a layer with weights;
    /// an operation without any is an [error](backdraft_graph::PassError::NoRule) that names it.
    pub fn new(name: impl Into<String>, rules: RuleMap) -> Self {
        Self {
            name: name.into(),
            rules: rules.or_else(rest()).strict(),
        }
    }

    /// The composite's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules as a strict map, for [probes](backdraft_graph::Probes::with_rules) of your own.
    pub fn rule_map(&self) -> &RuleMap {
        &self.rules
    }
}
