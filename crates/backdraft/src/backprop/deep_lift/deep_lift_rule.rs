//! Which rules `DeepLIFT` follows.

use std::fmt;

use backdraft_graph::{Fact, NodeView, OpKind, RuleMap};

use crate::backprop::deep_lift::attention::Attention;
use crate::backprop::deep_lift::average::Average;
use crate::backprop::deep_lift::choice::Choice;
use crate::backprop::deep_lift::layer_norm::LayerNorm;
use crate::backprop::deep_lift::maximum::Maximum;
use crate::backprop::deep_lift::normalization::Normalization;
use crate::backprop::deep_lift::product::{Bilinear, Multiply};
use crate::backprop::deep_lift::rescale::Rescale;
use crate::backprop::deep_lift::reveal_cancel::RevealCancel;
use crate::backprop::deep_lift::softmax::Softmax;

/// What flows back through nonlinearities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeepLiftRule {
    /// One multiplier for the whole difference.
    #[default]
    Rescale,
    /// Positive and negative contributions to a nonlinearity after a dense or convolutional layer get
    /// multipliers of their own, so that those that cancel are revealed. Elsewhere it is Rescale.
    ///
    /// The paper's example is `min(a, b) = a - relu(a - b)` at (10, 6): Rescale gives everything to `b`,
    /// RevealCancel a half to each.
    ///
    /// ```
    /// use backdraft::{Class, DeepLift, DeepLiftRule, Method, Network};
    /// use burn::module::Param;
    /// use burn::nn::{Linear, LinearConfig};
    /// use burn::tensor::{Device, Tensor, activation::relu};
    ///
    /// let device = Device::default();
    /// let mut difference: Linear = LinearConfig::new(2, 1).with_bias(false).init(&device);
    /// difference.weight = Param::from_data([[1.0], [-1.0]], &device);
    /// let x = Tensor::<2>::from_data([[10.0, 6.0]], &device);
    /// let minimum = |m: &Linear, x: Tensor<2>| x.clone().narrow(1, 0, 1) - relu(m.forward(x));
    /// let net = Network::capture(&difference, x.clone(), minimum)?;
    ///
    /// let explain = |rule| DeepLift::new().with_rule(rule).attribute(&net, x.clone(), Class(0));
    /// let values = |rule| Ok::<_, backdraft::Error>(explain(rule)?.tensor::<2>()?.into_data());
    /// assert_eq!(values(DeepLiftRule::Rescale)?.try_to_vec::<f32>().unwrap(), [0.0, 6.0]);
    /// assert_eq!(values(DeepLiftRule::RevealCancel)?.try_to_vec::<f32>().unwrap(), [3.0, 3.0]);
    /// # Ok::<(), backdraft::Error>(())
    /// ```
    RevealCancel,
}

impl fmt::Display for DeepLiftRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rescale => "rescale",
            Self::RevealCancel => "reveal-cancel",
        })
    }
}

/// As a map, for [probes](backdraft_graph::Probes::with_rules) of your own.
impl DeepLiftRule {
    /// The rules of `DeepLIFT` (Shrikumar et al., 2017) for every kind of operation, which need a
    /// [reference](backdraft_graph::Probes::with_reference).
    ///
    /// The backward pass then gives multipliers, and `multiplier · (x - reference)`, summed over the inputs, is
    /// the difference between the score and the score at the reference. This holds for every operation that
    /// is continuous in its float operands, products of two computed tensors, normalization, softmax, attention and
    /// maxima included. For functions of several variables without a closed form it holds up to the error of a
    /// quadrature with 32 points: below that of the floats where they are smooth, visible where they have kinks
    /// (sorting, sampling at computed places). It can't hold where computed integers decide which value is read
    /// (`argmax`, then `gather`), or where what changes has no gradient: compare the sum with the difference of
    /// the scores to see what is missing.
    ///
    /// With [`RevealCancel`](Self::RevealCancel) (section 3.5.3 of the paper) every nonlinearity downstream of a dense or
    /// convolutional layer, a batch normalization between them included, gives the layer's positive and negative terms
    /// each the change that they make. At other nonlinearities, and after layers whose own gradient is asked for,
    /// the Rescale rule applies.
    ///
    /// Where an operand differs by no more than `threshold` from its reference, the ordinary derivative takes
    /// the place of a quotient of two small differences; 1e-6 suits activations of order one. A negative or NaN
    /// threshold counts as zero.
    ///
    /// ```
    /// use backdraft::DeepLiftRule;
    /// use backdraft::graph::{Network, Probes};
    /// use burn::nn::Linear;
    /// use burn::tensor::{Device, Tensor, TensorData, activation::relu};
    ///
    /// let x = Tensor::<2>::from_data([[2.0, -1.0]], &Device::default());
    /// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| relu(x))?;
    /// let probes = Probes::new()
    ///     .with_input_gradients()
    ///     .with_reference(Tensor::<2>::from_data([[-2.0, 3.0]], &Device::default()))
    ///     .with_rules(DeepLiftRule::Rescale.rule_map(1e-6));
    /// let pass = net.run(x, &probes)?;
    /// let score = pass.output::<2>()?.sum_dim(1).reshape([1]);
    /// let multipliers = pass.backward(score)?.input(0)?.to_tensor::<2, _>()?;
    /// // The outputs rise by 2 and fall by 3 where the inputs rise by 4 and fall by 4.
    /// Tensor::<2>::into_data(multipliers).assert_eq(&TensorData::from([[0.5, 0.75]]), false);
    /// # Ok::<(), backdraft::graph::Error>(())
    /// ```
    pub fn rule_map(self, threshold: f64) -> RuleMap {
        let threshold = threshold.max(0.0);
        match self {
            Self::Rescale => rescale(threshold),
            Self::RevealCancel => reveal_cancel(threshold),
        }
    }
}

fn rescale(threshold: f64) -> RuleMap {
    let functions = [OpKind::Activation, OpKind::Elementwise];
    let bilinear = [
        OpKind::Convolution,
        OpKind::TransposedConvolution,
        OpKind::Linear,
        OpKind::MatMul,
    ];
    let maxima = [OpKind::MaxPool, OpKind::Maximum];
    normalizations(threshold)
        .rectifiers(Rescale { threshold })
        .by_kinds(functions, Rescale { threshold })
        .by_kinds(bilinear, Bilinear)
        .by_kinds(maxima, Maximum { threshold })
        .by_kind(OpKind::Multiply, Multiply { threshold })
        .by_kind(OpKind::Choice, Choice { threshold })
        .by_kind(OpKind::Softmax, Softmax)
        .by_kind(OpKind::LayerNorm, LayerNorm)
        .by_kind(OpKind::Attention, Attention { threshold })
        .by_kind(OpKind::Other, Average)
}

/// Products and quotients of a tensor with a statistic of itself, which may be either operand.
fn normalizations(threshold: f64) -> RuleMap {
    [0, 1].into_iter().fold(RuleMap::new(), |map, statistic| {
        let rule = Normalization {
            statistic,
            otherwise: Multiply { threshold },
        };
        let normalizes =
            move |node: &NodeView<'_>| node.has_fact(statistic, Fact::NormalizationStatistic);
        map.by(normalizes, rule)
    })
}

fn reveal_cancel(threshold: f64) -> RuleMap {
    let rule = || RevealCancel { threshold };
    RuleMap::new()
        .rectifiers(rule())
        .by_kinds([OpKind::Activation, OpKind::Elementwise], rule())
        .or_else(rescale(threshold))
}
