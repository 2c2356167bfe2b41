//! The method.

use backdraft_graph::{Gradients, Probes, RuleMap};

use crate::backprop::lrp::composite::Composite;
use crate::backprop::lrp::condition::Condition;
use crate::backprop::lrp::leaks::{LayerConservation, Leaks};
use crate::backprop::lrp::rule_table::RuleTable;
use crate::backprop::lrp::start::Start;
use crate::finite::origin::Backward;
use crate::finite::{NotFinite, Quantity, check};
use crate::method::prepared;
use crate::model::differentiable::with_gradients;
use crate::{AnyTensor, Attribution, Error, Inputs, Method, Network, Plan, Target};

/// Layer-wise relevance propagation: the score, handed back from layer to layer in proportion to what each input brought to
/// an output.
///
/// ```text
/// R_j = y_j ∂F/∂y_j  at the outputs,     R_i = Σ_j  (z_ij / Σ_i' z_i'j) R_j,     with contributions z_ij by a rule
/// ```
///
/// Bach et al., [*On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance
/// Propagation*](https://doi.org/10.1371/journal.pone.0130140), 2015. One forward and one backward pass. What a
/// contribution is, a [rule](crate::lrp::rules) says, and a [`Composite`] has rules for all operations of a network:
///
/// | option | default |
/// |---|---|
/// | [`with_composite`](Self::with_composite) | [`Composite::epsilon_plus_flat`] |
/// | [`with_layer`](Self::with_layer) | the inputs |
/// | [`with_condition`](Self::with_condition) | none: relevance through all channels |
///
/// The default is what zennit's users take for images: its rules are stable in deep networks, and the flat rule makes a
/// picture of the size of the first layer's windows rather than of single pixels. Where signs matter, take
/// [`Composite::epsilon_alpha2_beta1`] or [`Composite::epsilon_gamma_box`]; for dense networks [`Composite::epsilon`].
///
/// Nothing has to be prepared: batch normalization counts to the layer before it, with its epsilon; a residual `+`, a function and a
/// module used twice are operations like others. An operation without a rule is an
/// [error](backdraft_graph::PassError::NoRule) that names it, and [`explain_rules`](Self::explain_rules) shows which rule each
/// layer gets. [`Composite::with_rules`] gives it one.
///
/// At the outputs relevance is the output times the target's derivative by it: the logit of a [`Class`](crate::Class); of a
/// [`Margin`](crate::Margin) one logit, and the negative other one, which is a contrastive explanation.
/// [`Attribution::conservation`] says how much of it arrived, and [`conservation`](Self::conservation) in which layer the rest
/// was lost. Where none may be lost to biases, take [`Composite::conserving`].
///
/// ```
/// use backdraft::{Class, Composite, Lrp, Method, Network};
/// use burn::nn::{Linear, LinearConfig};
/// use burn::module::Param;
/// use burn::tensor::{Device, Tensor};
///
/// let device = Device::default();
/// let mut model: Linear = LinearConfig::new(2, 1).init(&device);
/// model.weight = Param::from_data([[2.0], [-1.0]], &device);
/// model.bias = Some(Param::from_data([1.0], &device));
/// let x = Tensor::<2>::from_data([[3.0, 2.0]], &device);
/// let net = Network::capture(&model, x.clone(), |m: &Linear, x: Tensor<2>| m.forward(x))?;
///
/// // The output 6 - 2 + 1 = 5: the bias keeps its part.
/// let method = Lrp::with_composite(Composite::epsilon(1e-6));
/// let relevance = method.attribute(&net, x, Class(0))?;
/// assert!((relevance.sums()[0] - 4.0).abs() < 1e-5);
/// let conservation = relevance.conservation().unwrap()[0];
/// assert!((conservation.lost() - 1.0).abs() < 1e-5);
/// # Ok::<(), backdraft::Error>(())
/// ```
///
/// Layer-wise relevance propagation may be covered by patents in some countries; whoever ships it should check. The cargo
/// feature `lrp` leaves it out.
#[doc(alias = "EpsilonPlusFlat")]
#[doc(alias = "CRP")]
#[derive(Clone, Debug)]
pub struct Lrp {
    pub(super) composite: Composite,
    pub(super) layer: Option<String>,
    conditions: Vec<Condition>,
}

impl Default for Lrp {
    fn default() -> Self {
        Self::with_composite(Composite::epsilon_plus_flat())
    }
}

impl Lrp {
    /// The default composite.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rules of a composite.
    pub fn with_composite(composite: Composite) -> Self {
        Self {
            composite,
            layer: None,
            conditions: Vec::new(),
        }
    }

    /// The relevance of a layer's output in place of that of the inputs. It is what passes there in the whole network: the
    /// [first](Composite::with_first) layer's rule is for the network's first one. (With [`AtLayer`](crate::AtLayer) the
    /// first layer is that after the cut.)
    #[must_use]
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer = Some(layer.into());
        self
    }

    /// Lets relevance through some channels or features of a layer alone, in whichever dimension it has them: what a concept
    /// that they stand for brings to the score, and where.
    ///
    /// Achtibat et al., [*From Attribution Maps to Human-Understandable Explanations through Concept Relevance
    /// Propagation*](https://doi.org/10.1038/s42256-023-00711-8), 2023. Several conditions hold at once. Relevance that goes
    /// around the layer, in a residual connection, isn't touched. Summed over all channels, the results are those without a
    /// condition.
    #[must_use]
    pub fn with_condition(
        mut self,
        layer: impl Into<String>,
        channels: impl IntoIterator<Item = usize>,
    ) -> Self {
        self.conditions.push(Condition {
            layer: layer.into(),
            channels: channels.into_iter().collect(),
        });
        self
    }

    /// Which rule each operation of a network gets.
    ///
    /// ```
    /// # use backdraft::{Lrp, Network};
    /// # use burn::nn::{Linear, LinearConfig};
    /// # use burn::tensor::{Device, Tensor};
    /// # let device = Device::default();
    /// # let model: Linear = LinearConfig::new(2, 1).init(&device);
    /// # let x = Tensor::<2>::zeros([1, 2], &device);
    /// # let net = Network::capture(&model, x, |m: &Linear, x: Tensor<2>| m.forward(x))?;
    /// println!("{}", Lrp::new().explain_rules(&net)?);
    /// # assert_eq!(Lrp::new().explain_rules(&net)?.rules()[0].rule(), Some("flat"));
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PassError::NoRule`](backdraft_graph::PassError::NoRule) names an operation that has none.
    pub fn explain_rules(&self, net: &Network) -> Result<RuleTable, Error> {
        Ok(RuleTable::new(net.applied_rules(&self.rules(net)?)?))
    }

    /// How much of its output's relevance each layer hands on, in order of execution, summed over all samples. What a
    /// layer loses stays in its bias and in the stabilizer, or in a constant that it adds.
    ///
    /// # Errors
    ///
    /// As for [`attribute`](Method::attribute).
    pub fn conservation(
        &self,
        net: &Network,
        inputs: impl Into<Inputs>,
        target: impl Target,
    ) -> Result<Vec<LayerConservation>, Error> {
        let inputs = prepared(net, inputs)?;
        let leaks = Leaks::default();
        let rules = leaks.watching(self.rules(net)?);
        self.propagate(net, &inputs, &target, rules)?;
        Ok(leaks.into_layers())
    }

    /// The rules of all operations, with the conditions.
    fn rules(&self, net: &Network) -> Result<RuleMap, Error> {
        self.composite.check()?;
        let mut conditions = self.conditions.iter();
        conditions.try_fold(self.composite.rule_map(), |rules, condition| {
            condition.on(net, rules)
        })
    }

    /// The probes of a run, which differentiates what is explained.
    fn probes(&self, inputs: &Inputs, rules: RuleMap) -> Probes {
        let probes = Probes::new().with_rules(rules);
        match &self.layer {
            Some(layer) => probes.with_layer_gradient(layer),
            None => with_gradients(probes, inputs),
        }
    }

    fn propagate(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
        rules: RuleMap,
    ) -> Result<(Start, Vec<AnyTensor>), Error> {
        if self.layer.is_none() {
            inputs.floats()?;
        }
        let pass = net.run(inputs.tensors().to_vec(), &self.probes(inputs, rules))?;
        inputs.memo().remember_outputs(net, pass.outputs());
        let start = Start::of(inputs, target, &pass)?;
        let weighted = start.weighted(&pass);
        let relevance = self.arrived(inputs, &pass.backward(weighted)?)?;
        let backward = Backward {
            net,
            inputs,
            target,
            probes: self.probes(inputs, RuleMap::new()),
        };
        check::gradients(&backward, &start.scores, &relevance).map_err(of_relevance)?;
        Ok((start, relevance))
    }

    /// The relevance of what is explained, samples first.
    fn arrived(&self, inputs: &Inputs, relevance: &Gradients) -> Result<Vec<AnyTensor>, Error> {
        if let Some(layer) = &self.layer {
            return Ok(vec![relevance.layer(layer)?.upcast()]);
        }
        let explained = inputs.explained();
        explained
            .map(|input| inputs.samples_first(input, &relevance.input(input)?.upcast()))
            .collect()
    }
}

/// What isn't finite though the derivative is, the rules have made.
fn of_relevance(error: Error) -> Error {
    match error {
        Error::NotFinite(NotFinite {
            what: Quantity::Gradient,
            sample,
            origin: None,
        }) => NotFinite::new(Quantity::Relevance, sample, None).into(),
        other => other,
    }
}

/// Values have the inputs' shapes, or that of the [layer](Lrp::with_layer)'s output.
impl Method for Lrp {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let (start, relevance) = self.propagate(net, inputs, target, self.rules(net)?)?;
        let begun = start.per_sample(inputs.rows());
        let scores = start.scores.into_data().iter::<f32>().collect();
        let result = Attribution::new("lrp", start.target, relevance, scores)?
            .with_relevance(begun)?
            .with_option("composite", &self.composite);
        let conditions = self.conditions.iter();
        let result = conditions.fold(result, |result, condition| {
            result.with_option("condition", condition)
        });
        Ok(match &self.layer {
            Some(layer) => result.with_layer(layer),
            None => result,
        })
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        Plan::run(net, inputs, &self.probes(inputs, self.rules(net)?))
    }
}
