//! Which rule applies to which operation.

use std::fmt;
use std::sync::Arc;

use crate::OpKind;
use crate::rules::node_view::NodeView;
use crate::rules::rule::Rule;

/// The rules of one backward pass: for each operation the first entry that fits decides; other operations keep their
/// derivative.
///
/// Entries are tried in the order in which they are added, as the arms of a `match`. An entry fits by the
/// operation's kind, by its layer's name, by its place, or by any predicate of a [`NodeView`]:
///
/// ```
/// use backdraft_graph::{AnyTensor, OpKind, Rule, RuleMap, Step};
///
/// /// What arrives, times a constant.
/// #[derive(Debug)]
/// struct Times(f64);
///
/// impl Rule for Times {
///     fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
///         let ordinary = step.derivative(operand, gradient);
///         AnyTensor::from(ordinary.flat() * self.0).reshape_to(ordinary.shape())
///     }
/// }
///
/// let special = RuleMap::new().first_layer(Times(2.0)).by_name("head", Times(3.0));
/// let layers = RuleMap::new()
///     .by_kinds([OpKind::Convolution, OpKind::Linear], Times(0.5))
///     .by(|node| node.is_last(), Times(1.0));
/// let map = special.or_else(layers);
/// assert!(!map.needs_reference());
/// ```
///
/// The composites of zennit (Anders et al., 2021) are such maps.
#[derive(Clone, Debug, Default)]
pub struct RuleMap {
    entries: Vec<Entry>,
    strict: bool,
    wrappers: Vec<Wrapper>,
}

/// What takes the place of the rule for an operation.
type Wrap = dyn Fn(&NodeView<'_>, Arc<dyn Rule>) -> Arc<dyn Rule> + Send + Sync;

#[derive(Clone)]
struct Wrapper(Arc<Wrap>);

impl fmt::Debug for Wrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wrapper")
    }
}

#[derive(Clone, Debug)]
struct Entry {
    fits: Place,
    rule: Arc<dyn Rule>,
}

/// The operations that an entry is for.
#[derive(Clone)]
enum Place {
    Kinds(Vec<OpKind>),
    Layer(String),
    FirstLayer,
    Matching(Arc<dyn Fn(&NodeView<'_>) -> bool + Send + Sync>),
}

impl Place {
    fn has(&self, node: &NodeView<'_>) -> bool {
        match self {
            Self::Kinds(kinds) => kinds.contains(&node.kind()),
            Self::Layer(name) => node.is_in(name),
            Self::FirstLayer => node.is_first(),
            Self::Matching(predicate) => predicate(node),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kinds(kinds) => f.debug_tuple("Kinds").field(kinds).finish(),
            Self::Layer(name) => f.debug_tuple("Layer").field(name).finish(),
            Self::FirstLayer => f.write_str("FirstLayer"),
            Self::Matching(_) => f.write_str("Matching"),
        }
    }
}

impl RuleMap {
    /// No rules: the ordinary gradient.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies `rule` to every operation of this kind.
    #[must_use]
    pub fn by_kind(self, kind: OpKind, rule: impl Rule + 'static) -> Self {
        self.by_kinds([kind], rule)
    }

    /// Applies `rule` to every operation of these kinds.
    #[must_use]
    pub fn by_kinds(
        self,
        kinds: impl IntoIterator<Item = OpKind>,
        rule: impl Rule + 'static,
    ) -> Self {
        self.with(Place::Kinds(kinds.into_iter().collect()), rule)
    }

    /// Applies `rule` to every rectifier: ReLU, ReLU6, leaky ReLU and PReLU.
    #[must_use]
    pub fn rectifiers(self, rule: impl Rule + 'static) -> Self {
        let kinds = [
            OpKind::Relu,
            OpKind::Relu6,
            OpKind::LeakyRelu,
            OpKind::PRelu,
        ];
        self.by_kinds(kinds, rule)
    }

    /// Applies `rule` to the layer of this name, or to every operation of the module with this path. A run of a network
    /// without such a layer is an [error](crate::LookupError::UnknownLayer).
    #[must_use]
    pub fn by_name(self, layer: impl Into<String>, rule: impl Rule + 'static) -> Self {
        self.with(Place::Layer(layer.into()), rule)
    }

    /// Applies `rule` to the [first](NodeView::is_first) layer with weights.
    #[must_use]
    pub fn first_layer(self, rule: impl Rule + 'static) -> Self {
        self.with(Place::FirstLayer, rule)
    }

    /// Applies `rule` to every operation of which the predicate is true.
    #[must_use]
    pub fn by(
        self,
        predicate: impl Fn(&NodeView<'_>) -> bool + Send + Sync + 'static,
        rule: impl Rule + 'static,
    ) -> Self {
        self.with(Place::Matching(Arc::new(predicate)), rule)
    }

    /// The entries of this map, and where none of them fits those of the other. It is [strict](Self::strict) if one
    /// of the two is.
    #[must_use]
    pub fn or_else(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self.strict |= other.strict;
        self.wrappers.extend(other.wrappers);
        self
    }

    /// Puts another rule in the place of each that is chosen, one that looks at what it does, say, or changes what
    /// arrives. Operations without a rule stay so.
    #[must_use]
    pub fn wrapped(
        mut self,
        wrap: impl Fn(&NodeView<'_>, Arc<dyn Rule>) -> Arc<dyn Rule> + Send + Sync + 'static,
    ) -> Self {
        self.wrappers.push(Wrapper(Arc::new(wrap)));
        self
    }

    /// Demands that every operation through which a gradient flows has a rule: a run with one that has none is an
    /// [error](crate::PassError::NoRule). Name operations that keep their derivative with the rule
    /// [`Derivative`](crate::Derivative).
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    fn with(mut self, fits: Place, rule: impl Rule + 'static) -> Self {
        let rule: Arc<dyn Rule> = Arc::new(rule);
        self.entries.push(Entry { fits, rule });
        self
    }

    /// Whether a rule compares with a reference.
    pub fn needs_reference(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.rule.needs_reference())
    }

    pub(crate) fn reach_through(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.rule.reaches_through())
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// The names by which entries are for layers.
    pub(crate) fn layer_names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match &entry.fits {
            Place::Layer(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The rule for an operation.
    pub(crate) fn rule_for(&self, node: &NodeView<'_>) -> Option<Arc<dyn Rule>> {
        let entry = self.entries.iter().find(|entry| entry.fits.has(node))?;
        let wrappers = self.wrappers.iter();
        Some(wrappers.fold(Arc::clone(&entry.rule), |rule, wrapper| {
            (wrapper.0)(node, rule)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::node_view::Places;
    use crate::rules::step::Step;
    use crate::testing::record;
    use crate::{AnyTensor, Error, Fact, LookupError, Network, Probes};
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::activation::relu;
    use burn::tensor::{Device, Tensor};

    #[derive(Debug)]
    struct Named(&'static str);

    impl Rule for Named {
        fn gradient(&self, step: &Step, operand: usize, gradient: AnyTensor) -> AnyTensor {
            assert!(!self.0.is_empty());
            step.derivative(operand, gradient)
        }
    }

    fn linear(x: Tensor<2>) -> Tensor<2> {
        let weight = Tensor::<2>::ones([2, 2], &x.device());
        x.matmul(weight)
    }

    /// The rules of `linear, relu, linear, linear, + x`, as they print.
    fn rules(map: &RuleMap) -> Vec<String> {
        let graph = record([2, 2], |x: Tensor<2>| {
            linear(linear(relu(linear(x.clone())))) + x
        });
        let places = Places::of(&graph);
        let nodes = (0..graph.nodes.len()).map(|position| places.view(position));
        nodes
            .filter(|node| !node.name().is_empty())
            .filter_map(|node| map.rule_for(&node))
            .map(|rule| format!("{rule:?}"))
            .collect()
    }

    #[test]
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method itself is for one lifetime"
    )]
    fn the_first_entry_that_fits_decides() {
        let map = RuleMap::new()
            .first_layer(Named("first"))
            .by(|node| node.is_last(), Named("last"))
            .by_kind(OpKind::Linear, Named("linear"))
            .by_kind(OpKind::Linear, Named("never"));
        let expected = ["first", "linear", "last"].map(|name| format!("Named({name:?})"));
        assert_eq!(rules(&map), expected);
        let other = RuleMap::new().rectifiers(Named("relu"));
        assert_eq!(rules(&map.or_else(other)).len(), 4);
    }

    #[test]
    fn an_entry_may_be_for_facts() {
        let residual = |node: &NodeView<'_>| node.has_fact(1, Fact::ResidualBranch);
        let map = RuleMap::new().by(residual, Named("branch"));
        assert_eq!(rules(&map), ["Named(\"branch\")"]);
    }

    #[test]
    fn what_is_chosen_may_be_wrapped() {
        let map = RuleMap::new()
            .by_kind(OpKind::Linear, Named("linear"))
            .wrapped(|node, rule| {
                if node.is_last() {
                    Arc::new(Named("last"))
                } else {
                    rule
                }
            });
        let expected = ["linear", "linear", "last"].map(|name| format!("Named({name:?})"));
        assert_eq!(rules(&map), expected);
        assert_eq!(rules(&RuleMap::new().or_else(map)), expected);
    }

    #[test]
    fn an_unknown_layer_is_an_error() {
        let device = Device::flex();
        let model: Linear = LinearConfig::new(2, 2).init(&device);
        let x = Tensor::<2>::ones([1, 2], &device);
        let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x));
        let map = RuleMap::new().by_name("haed", Named("head"));
        let probes = Probes::new().with_input_gradients().with_rules(map);
        let error = net.unwrap().run(x, &probes).unwrap_err();
        assert!(
            matches!(error, Error::Lookup(LookupError::UnknownLayer { .. })),
            "{error}"
        );
    }
}
