//! Rules for all operations of a network.

use std::fmt;

use backdraft_graph::{NodeView, RuleMap};

use crate::Error;
use crate::backprop::lrp::linear_rule::LinearRule;
use crate::backprop::lrp::places::{is_convolution, is_dense, is_weighted};
use crate::backprop::lrp::rest::rest;

/// Rules of layer-wise relevance propagation for all operations of a network.
///
/// Layers with weights have rules by their place: the first one, convolutions, dense layers, or any. Here is a composite of
/// your own:
///
/// ```
/// use backdraft::lrp::rules::{epsilon, gamma, w_square};
/// use backdraft::{Composite, Lrp};
///
/// let composite = Composite::named("mine")
///     .with_first(w_square())
///     .with_convolutions(gamma(0.5))
///     .with_dense(epsilon(1e-3));
/// let method = Lrp::with_composite(composite);
/// ```
///
/// Anything else is in a [`RuleMap`], which comes first: rules by name, kind or any predicate. For what no entry fits there are these:
///
/// | operation | rule |
/// |---|---|
/// | rectifiers, other activations, functions of one element | [`Pass`](crate::lrp::rules::Pass) |
/// | scaling and shifting by constants, batch normalization that follows no layer | [`Pass`](crate::lrp::rules::Pass) |
/// | sums of tensors, sums and means over dimensions or windows, interpolation | [`norm`](crate::lrp::rules::norm) |
/// | maxima over windows or dimensions | [`WinnerTakesAll`](crate::lrp::rules::WinnerTakesAll) |
/// | moving and choosing values | the derivative |
/// | gates, and statistics of normalizations, as [facts](backdraft_graph::Fact) tell them | [`Pass`](crate::lrp::rules::Pass) for the [other factor alone](crate::lrp::rules::Only) |
/// | layer normalization | [`LayerNorm`](crate::lrp::rules::LayerNorm) |
/// | softmax, products of two computed matrices, attention | [`Softmax`](crate::lrp::rules::Softmax), [`Halves`](crate::lrp::rules::Halves), [`Attention`](crate::lrp::rules::Attention) |
/// | products of two tensors, gates | [`Product`](crate::lrp::rules::Product) |
///
/// An operation that none of them is for is an [error](backdraft_graph::PassError::NoRule) that names it.
#[derive(Clone, Debug)]
pub struct Composite {
    name: String,
    rules: RuleMap,
    weighted: Vec<(Place, LinearRule)>,
}

/// The name, and what the rules of all layers with weights do with biases, if it isn't usual: `EpsilonPlus, conserving`.
impl fmt::Display for Composite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let mut kinds = self.weighted.iter().map(|(_, rule)| rule.of_bias());
        match kinds.next() {
            Some(first) if kinds.all(|kind| kind == first) => f.write_str(first),
            _ => Ok(()),
        }
    }
}

/// Some of the layers with weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    First,
    Convolution,
    Dense,
    Any,
}

impl Place {
    fn has(self, node: &NodeView<'_>) -> bool {
        match self {
            Self::First => is_weighted(node) && node.is_first(),
            Self::Convolution => is_convolution(node),
            Self::Dense => is_dense(node),
            Self::Any => is_weighted(node),
        }
    }
}

impl Composite {
    /// A composite with the rules of a map, which come before all others.
    pub fn new(name: impl Into<String>, rules: RuleMap) -> Self {
        Self {
            name: name.into(),
            rules,
            weighted: Vec::new(),
        }
    }

    /// A composite without rules for layers with weights.
    pub fn named(name: impl Into<String>) -> Self {
        Self::new(name, RuleMap::new())
    }

    /// Another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Rules that come before those of layers with weights, and after the map's that the composite has already.
    #[must_use]
    pub fn with_rules(mut self, rules: RuleMap) -> Self {
        self.rules = self.rules.or_else(rules);
        self
    }

    /// The rule of the first layer with weights, which reads the inputs.
    #[must_use]
    pub fn with_first(self, rule: LinearRule) -> Self {
        self.with(Place::First, rule)
    }

    /// The rule of convolutions, transposed ones included.
    #[must_use]
    pub fn with_convolutions(self, rule: LinearRule) -> Self {
        self.with(Place::Convolution, rule)
    }

    /// The rule of dense layers, matrix products with constant weights included.
    #[must_use]
    pub fn with_dense(self, rule: LinearRule) -> Self {
        self.with(Place::Dense, rule)
    }

    /// The rule of layers with weights that have none by their place.
    #[must_use]
    pub fn with_weighted(self, rule: LinearRule) -> Self {
        self.with(Place::Any, rule)
    }

    fn with(mut self, place: Place, rule: LinearRule) -> Self {
        self.weighted.retain(|(other, _)| *other != place);
        self.weighted.push((place, rule));
        self.weighted.sort_by_key(|(place, _)| *place);
        self
    }

    /// The composite with a bias of zero in the rules of layers with weights, so that none of the relevance is left in
    /// biases. Rules given as a map stay what they are.
    #[must_use]
    pub fn without_bias(self) -> Self {
        self.with_each(LinearRule::without_bias)
    }

    /// The composite with rules of layers with weights that [conserve](LinearRule::conserving) all relevance, that of units
    /// which are active by their bias alone too. Rules given as a map stay what they are.
    #[must_use]
    pub fn conserving(self) -> Self {
        self.with_each(LinearRule::conserving)
    }

    fn with_each(mut self, change: fn(LinearRule) -> LinearRule) -> Self {
        let rules = self.weighted.into_iter();
        self.weighted = rules.map(|(place, rule)| (place, change(rule))).collect();
        self
    }

    /// The composite's name, whatever its rules do with biases.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Refuses options that make no rule.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.weighted.iter().try_for_each(|(_, rule)| rule.check())
    }

    /// All rules as a strict map, for [probes](backdraft_graph::Probes::with_rules) of your own.
    pub fn rule_map(&self) -> RuleMap {
        let weighted = self.weighted.iter().cloned();
        let rules = weighted.fold(self.rules.clone(), |map, (place, rule)| {
            map.by(move |node| place.has(node), rule)
        });
        rules.or_else(rest()).strict()
    }
}
