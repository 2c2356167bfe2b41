//! The attention of a network, in the form that the methods need.

use backdraft_graph::{Gradients, OpKind, Pass, Probes, Rewrite};
use burn::tensor::Tensor;

use crate::attention::AttentionError;
use crate::finite::check;
use crate::finite::origin::Backward;
use crate::inputs::token_layout::{Grid, TokenLayout};
use crate::targets::Explained;
use crate::{AnyTensor, Attribution, Error, Inputs, Layer, Network, Plan, Target};

/// Which token's relevances are read: the one that the network's head reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// One token, by its position: the class token, or the last one of a sentence.
    Token(usize),
    /// The mean over all tokens, padding included, for a head that averages them.
    Mean,
}

/// The class token in front.
impl Default for Readout {
    fn default() -> Self {
        Self::Token(0)
    }
}

/// The options of all methods.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) layers: Vec<String>,
    pub(super) readout: Readout,
    pub(super) tokens: Option<TokenLayout>,
}

/// The options of a method whose field `options` has them.
macro_rules! attention_options {
    () => {
        /// Which token's relevances are read.
        #[must_use]
        pub fn with_readout(mut self, readout: $crate::Readout) -> Self {
            self.options.readout = readout;
            self
        }

        $crate::attention::attention_site::token_options!();
    };
}
pub(super) use attention_options;

/// The options of a method without a readout.
macro_rules! token_options {
    () => {
        /// Gives the relevances of patches at their places, `[batch, 1, height, width]`, without other tokens.
        #[must_use]
        pub fn with_tokens(mut self, tokens: $crate::TokenLayout) -> Self {
            self.options.tokens = Some(tokens);
            self
        }

        /// Only the attention with these names, or in the modules with these paths, in order of execution; by
        /// default all that there is.
        #[must_use]
        pub fn with_layers(mut self, layers: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.options.layers = layers.into_iter().map(Into::into).collect();
            self
        }
    };
}
pub(super) use token_options;

/// Where a network computes attention.
pub(super) struct AttentionSite<'a> {
    options: &'a Options,
    /// The network, with fused attention split.
    net: Network,
    layers: Vec<String>,
}

impl Options {
    pub(super) fn site(&self, net: &Network) -> Result<AttentionSite<'_>, Error> {
        let fused = net
            .layers()
            .iter()
            .any(|layer| layer.kind() == OpKind::Attention);
        let net = if fused {
            net.rewritten(Rewrite::SplitAttention)?
        } else {
            net.clone()
        };
        let layers = self.chosen(&net.attention_layers())?;
        check_order(&net, &layers)?;
        Ok(AttentionSite {
            layers,
            options: self,
            net,
        })
    }

    /// Records the options with a result.
    pub(super) fn recorded(&self, result: Attribution, grid: Option<Grid>) -> Attribution {
        let result = result.with_option("readout", self.readout);
        match grid {
            Some(grid) => result.with_option("tokens", grid),
            None => result,
        }
    }

    /// The names of the chosen attention layers, in order of execution.
    fn chosen(&self, layers: &[Layer]) -> Result<Vec<String>, Error> {
        let names: Vec<String> = layers.iter().map(|layer| layer.name().to_owned()).collect();
        let known = match names.join("`, `") {
            none if none.is_empty() => "none".into(),
            names => format!("`{names}`"),
        };
        let missing = |place: String| {
            Error::Attention(AttentionError::NoAttention {
                place,
                known: known.clone(),
            })
        };
        if names.is_empty() {
            return Err(missing("in the network".into()));
        }
        for place in &self.layers {
            if !names.iter().any(|name| is_in(name, place)) {
                return Err(missing(format!("in `{place}`")));
            }
        }
        let is_chosen = |name: &String| {
            self.layers.is_empty() || self.layers.iter().any(|place| is_in(name, place))
        };
        Ok(names.into_iter().filter(is_chosen).collect())
    }
}

/// Checks that every attention reads what the one before has made of the tokens. In a network that reads two
/// sentences, or encodes one and decodes another, those of the second don't.
fn check_order(net: &Network, layers: &[String]) -> Result<(), Error> {
    for pair in layers.windows(2) {
        let [earlier, later] = pair else { continue };
        if !net.attention_follows(later, earlier)? {
            return Err(Error::Attention(AttentionError::AttentionBranches {
                earlier: earlier.clone(),
                later: later.clone(),
            }));
        }
    }
    Ok(())
}

/// Whether a layer is this one, or in the module with this path.
fn is_in(name: &str, place: &str) -> bool {
    let rest = name.strip_prefix(place);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl AttentionSite<'_> {
    /// The network, with fused attention split.
    pub(super) fn net(&self) -> &Network {
        &self.net
    }

    /// The names of the attention layers, in order of execution.
    pub(super) fn layers(&self) -> &[String] {
        &self.layers
    }

    /// Runs the network with the weights of every attention kept, and whatever `add` asks for of each layer.
    pub(super) fn run(
        &self,
        inputs: &Inputs,
        add: impl Fn(Probes, &str) -> Probes,
    ) -> Result<Pass, Error> {
        Ok((self.net).run(inputs.tensors().to_vec(), &self.probes(add))?)
    }

    /// What this run and a backward pass take.
    pub(super) fn plan(
        &self,
        inputs: &Inputs,
        add: impl Fn(Probes, &str) -> Probes,
    ) -> Result<Plan, Error> {
        Plan::run(&self.net, inputs, &self.probes(add))
    }

    fn probes(&self, add: impl Fn(Probes, &str) -> Probes) -> Probes {
        let probes = self.layers.iter().fold(Probes::new(), |probes, layer| {
            add(probes.with_activation(layer), layer)
        });
        match self.options.tokens {
            Some(tokens) => tokens.probe(&self.net, probes),
            None => probes,
        }
    }

    /// Checks that the weights of every attention are finite.
    pub(super) fn check(&self, inputs: &Inputs, weights: &[Tensor<4>]) -> Result<(), Error> {
        let weights: Vec<AnyTensor> = weights.iter().cloned().map(AnyTensor::from).collect();
        let named: Vec<_> = (self.layers.iter().map(String::as_str).zip(&weights)).collect();
        check::activations(&self.net, inputs, &named)
    }

    /// The target's scores for the outputs of a run.
    pub(super) fn scores(&self, inputs: &Inputs, explained: &Explained) -> Result<Vec<f32>, Error> {
        check::scores(&self.net, inputs, explained)
    }

    /// The gradients of every attention's weights, `[batch, heads, tokens, tokens]`, after a run that
    /// [asked](Self::run) for them, checked to be finite together with the weights.
    pub(super) fn gradients(
        &self,
        inputs: &Inputs,
        target: &dyn Target,
        weights: &[Tensor<4>],
        gradients: &Gradients,
    ) -> Result<Vec<Tensor<4>>, Error> {
        let gradients = self.layers.iter().map(|layer| gradients.layer(layer));
        let gradients: Vec<AnyTensor> = gradients.collect::<Result<_, _>>()?;
        let weights: Vec<AnyTensor> = weights.iter().cloned().map(AnyTensor::from).collect();
        let layers = self.layers.iter().zip(&weights).zip(&gradients);
        let found = layers.map(|((layer, weights), gradient)| (layer.as_str(), weights, gradient));
        let backward = Backward {
            net: &self.net,
            inputs,
            target,
            probes: (self.layers.iter()).fold(Probes::new(), Probes::with_layer_gradient),
        };
        check::at_layers(&backward, &found.collect::<Vec<_>>())?;
        Ok(gradients.iter().map(heads).collect())
    }

    /// The weights of every attention, `[batch, heads, tokens, tokens]`.
    pub(super) fn weights(&self, inputs: &Inputs, pass: &Pass) -> Result<Vec<Tensor<4>>, Error> {
        let weights = self.layers.iter().map(|layer| pass.activation(layer));
        let weights: Vec<AnyTensor> = weights.collect::<Result<_, _>>()?;
        let square = |tensor: &AnyTensor| {
            let (rows, tokens) = match *tensor.shape().as_slice() {
                [rows, _, queries, keys] | [rows, queries, keys] if queries == keys => {
                    (rows, queries)
                }
                _ => return None,
            };
            (rows == inputs.rows()).then_some(tokens)
        };
        let tokens = weights.first().and_then(square);
        if tokens.is_none() || weights.iter().any(|tensor| square(tensor) != tokens) {
            return Err(self.unequal(inputs, &weights));
        }
        Ok(weights.iter().map(heads).collect())
    }

    fn unequal(&self, inputs: &Inputs, weights: &[AnyTensor]) -> Error {
        let layers = self.layers.iter().zip(weights);
        let layers: Vec<String> = layers
            .map(|(layer, weights)| format!("`{layer}` has {:?}", weights.shape().as_slice()))
            .collect();
        Error::Attention(AttentionError::AttentionShapes {
            rows: inputs.rows(),
            layers: layers.join(", "),
        })
    }

    /// Where the tokens lie, if their places were asked for.
    pub(super) fn grid(
        &self,
        inputs: &Inputs,
        pass: &Pass,
        tokens: usize,
    ) -> Result<Option<Grid>, Error> {
        let last = self.layers.last().map_or("", String::as_str);
        let layout = self.options.tokens;
        let grid = layout.map(|layout| layout.grid(&self.net, inputs, pass, last, tokens));
        grid.transpose()
    }

    /// The relevances `[batch, tokens, tokens]` of the token that is read: `[batch, tokens]`, or
    /// `[batch, 1, height, width]` in a grid.
    pub(super) fn read(
        &self,
        relevance: Tensor<3>,
        grid: Option<Grid>,
    ) -> Result<AnyTensor, Error> {
        let [batch, tokens, _] = relevance.dims();
        let row = match self.options.readout {
            Readout::Mean => relevance.mean_dim(1),
            Readout::Token(token) if token < tokens => {
                relevance.slice([0..batch, token..token + 1, 0..tokens])
            }
            Readout::Token(token) => {
                return Err(Error::Unknown {
                    what: "token",
                    name: token.to_string(),
                    known: format!("the sequence has {tokens} tokens"),
                });
            }
        };
        Ok(Self::placed(row, grid))
    }

    /// Relevances `[batch, 1, tokens]` as `[batch, tokens]`, or in a grid as `[batch, 1, height, width]`.
    pub(super) fn placed(row: Tensor<3>, grid: Option<Grid>) -> AnyTensor {
        let [batch, _, tokens] = row.dims();
        match grid {
            Some(grid) => grid.arrange(row.swap_dims(1, 2)),
            None => row.reshape([batch, tokens]).into(),
        }
    }
}

/// Weights or gradients of shape `[batch, tokens, tokens]` are those of a single head.
pub(super) fn heads(weights: &AnyTensor) -> Tensor<4> {
    let weights = weights.upcast();
    match *weights.shape().as_slice() {
        [batch, queries, keys] => weights.reshape([batch, 1, queries, keys]),
        [batch, heads, queries, keys] => weights.reshape([batch, heads, queries, keys]),
        ref other => unreachable!("attention weights have three or four dimensions, not {other:?}"),
    }
}

/// Every token is relevant to itself.
pub(super) fn identity(like: &Tensor<4>) -> Tensor<3> {
    let [batch, _, tokens, _] = like.dims();
    let eye = Tensor::<2>::eye(tokens, &like.device()).cast(like.dtype());
    eye.unsqueeze::<3>().expand([batch, tokens, tokens])
}

/// As results record it: `token 0`.
impl std::fmt::Display for Readout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(token) => write!(f, "token {token}"),
            Self::Mean => write!(f, "mean"),
        }
    }
}
