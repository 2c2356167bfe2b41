//! What class activation maps are computed from.

use backdraft_graph::{MapLayout, Pass, Planes, Probes};
use burn::tensor::{Float, Int, Shape};

use crate::finite::check;
use crate::finite::origin::Backward;
use crate::inputs::rows::frames_as_rows;
use crate::inputs::token_layout::{Grid, TokenLayout};
use crate::layer::LayerError;
use crate::targets::Explained;
use crate::{AnyTensor, Error, Inputs, Model, Network, Plan, Target};

/// A layer's activation, of shape `[rows, channels, positions...]`, and a target's scores. Every frame of a sample is a
/// row.
pub(super) struct Activation {
    pub(super) values: AnyTensor,
    pub(super) target: String,
    pub(super) scores: Vec<f32>,
    pub(super) layout: Layout,
}

/// How a layer's output is a map.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// As the graph says.
    Known(MapLayout),
    /// Tokens, as the user says.
    Tokens(Grid),
}

impl Layout {
    /// `[rows, channels, positions...]` of the layer's output, or of numbers in its shape.
    pub(super) fn arrange(&self, tensor: &AnyTensor) -> Result<AnyTensor, Error> {
        match self {
            Self::Known(map) => {
                let arranged = map.arrangement().apply(&tensor.upcast());
                Ok(frames_as_rows(arranged, map.frames()))
            }
            Self::Tokens(grid) if tensor.is_float() => {
                Ok(grid.arrange::<Float>(tensor.upcast().to_tensor()?))
            }
            Self::Tokens(grid) => Ok(grid.arrange::<Int>(tensor.to_tensor()?)),
        }
    }

    /// A map of one channel for every frame, `[samples, frames..., 1, positions...]`, of one for every row.
    pub(super) fn by_sample(&self, map: AnyTensor, samples: usize) -> AnyTensor {
        let Self::Known(layout) = self else {
            return map;
        };
        let shape = map.shape().to_vec();
        let sizes = layout.frame_sizes().into_iter();
        let unfolded: Vec<usize> = std::iter::once(samples)
            .chain(sizes)
            .chain(shape[1..].iter().copied())
            .collect();
        map.reshape_to(unfolded)
    }

    /// Whether the positions may be those of an input: as far as is known.
    pub(super) fn is_of(&self, input: usize) -> bool {
        match self {
            Self::Known(map) => map.positions().iter().any(|it| it.input == input),
            Self::Tokens(_) => true,
        }
    }

    /// Where the positions lie, as fractions of the inputs' sizes.
    pub(super) fn places(&self, inputs: &Inputs) -> Vec<Vec<f64>> {
        let Self::Known(map) = self else {
            return Vec::new();
        };
        let fractions = map.positions().into_iter().map(|positions| {
            let size = inputs.tensors()[positions.input].shape()[positions.dimension] as f64;
            positions
                .centers
                .into_iter()
                .map(|center| (center + 0.5) / size)
                .collect()
        });
        fractions.collect()
    }

    /// Where the map's channel is.
    pub(super) fn planes(&self) -> Planes {
        let frames = match self {
            Self::Known(map) => map.frames(),
            Self::Tokens(_) => 0,
        };
        Planes {
            channels: 1 + frames,
            frames,
        }
    }
}

/// A layer's activation and a target's gradient there, of the same shape.
pub(super) struct Evidence {
    pub(super) activation: Activation,
    pub(super) gradient: AnyTensor,
}

/// The activation for a target, without a backward pass.
pub(super) fn activation(
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
    layer: &str,
    tokens: Option<&TokenLayout>,
) -> Result<Activation, Error> {
    if let Some(known) = MapLayer::known(net, inputs, layer, tokens)? {
        return known.activation_for(net, inputs, target, &net.outputs(inputs)?);
    }
    let pass = net.run(inputs.tensors().to_vec(), &probes(net, layer, tokens))?;
    inputs.memo().remember_outputs(net, pass.outputs());
    let seen = MapLayer::of(net, inputs, &pass, layer, tokens)?;
    seen.activation_for(net, inputs, target, pass.outputs())
}

/// A layer's activation as a map, and how it is one.
pub(super) fn layer_values(
    net: &Network,
    inputs: &Inputs,
    layer: &str,
    tokens: Option<&TokenLayout>,
) -> Result<(AnyTensor, Layout), Error> {
    let seen = if let Some(known) = MapLayer::known(net, inputs, layer, tokens)? {
        known
    } else {
        let pass = net.run(inputs.tensors().to_vec(), &probes(net, layer, tokens))?;
        MapLayer::of(net, inputs, &pass, layer, tokens)?
    };
    check::activations(net, inputs, &[(layer, &seen.activation)])?;
    Ok((seen.layout.arrange(&seen.activation)?, seen.layout))
}

/// What the activation for a target takes.
pub(super) fn activation_plan(
    net: &Network,
    inputs: &Inputs,
    layer: &str,
    tokens: Option<&TokenLayout>,
) -> Result<Plan, Error> {
    Ok(Plan::run(net, inputs, &probes(net, layer, tokens))?.forward_only())
}

/// The evidence for a target. What is known of the inputs keeps the layer's activation: for further targets only the
/// network from the layer on is computed.
pub(super) fn evidence(
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
    layer: &str,
    tokens: Option<&TokenLayout>,
) -> Result<Evidence, Error> {
    if let Some(known) = MapLayer::known(net, inputs, layer, tokens)? {
        return known.evidence_for(net, inputs, target);
    }
    let probes = probes(net, layer, tokens).with_layer_gradient(layer);
    let pass = net.run(inputs.tensors().to_vec(), &probes)?;
    MapLayer::of(net, inputs, &pass, layer, tokens)?.evidence(net, inputs, pass, target)
}

/// What the evidence for one target takes.
pub(super) fn evidence_plan(
    net: &Network,
    inputs: &Inputs,
    layer: &str,
    tokens: Option<&TokenLayout>,
) -> Result<Plan, Error> {
    let probes = probes(net, layer, tokens).with_layer_gradient(layer);
    Plan::run(net, inputs, &probes)
}

/// Probes of a run that a [`MapLayer`] can be read off.
pub(super) fn probes(net: &Network, layer: &str, tokens: Option<&TokenLayout>) -> Probes {
    let probes = Probes::new().with_activation(layer);
    match tokens {
        Some(tokens) => tokens.probe(net, probes),
        None => probes,
    }
}

/// A layer, with its activation for the inputs.
pub(super) struct MapLayer<'a> {
    layer: &'a str,
    activation: AnyTensor,
    layout: Layout,
}

impl<'a> MapLayer<'a> {
    /// From what is known of the inputs, if a run with [`probes`] was made already.
    fn known(
        net: &Network,
        inputs: &Inputs,
        layer: &'a str,
        tokens: Option<&TokenLayout>,
    ) -> Result<Option<Self>, Error> {
        let Some(activation) = inputs.memo().activation(net, layer) else {
            return Ok(None);
        };
        let layout = if let Some(tokens) = tokens {
            let Some(grid) = inputs.memo().recall(net, &grid_name(layer, tokens)) else {
                return Ok(None);
            };
            Layout::Tokens(grid)
        } else {
            known_layout(net, inputs, layer)?
        };
        Ok(Some(Self {
            layer,
            activation,
            layout,
        }))
    }

    /// From a run with [`probes`].
    pub(super) fn of(
        net: &Network,
        inputs: &Inputs,
        pass: &Pass,
        layer: &'a str,
        tokens: Option<&TokenLayout>,
    ) -> Result<Self, Error> {
        let activation = pass.activation(layer)?;
        inputs.memo().remember_activation(net, layer, &activation);
        let layout = if let Some(tokens) = tokens {
            let grid = grid(net, inputs, pass, layer, &activation, tokens)?;
            let name = grid_name(layer, tokens);
            inputs.memo().remember(net, &name, grid);
            Layout::Tokens(grid)
        } else {
            known_layout(net, inputs, layer)?
        };
        Ok(Self {
            layer,
            activation,
            layout,
        })
    }

    /// The evidence for a target; only the network from the layer on is computed.
    pub(super) fn evidence_for(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Evidence, Error> {
        self.evidence(net, inputs, self.head(net, inputs)?, target)
    }

    /// Runs the network from the layer on.
    fn head(&self, net: &Network, inputs: &Inputs) -> Result<Pass, Error> {
        let probes = Probes::new()
            .with_layer_gradient(self.layer)
            .with_replacement(self.layer, self.activation.clone());
        Ok(net.run(inputs.tensors().to_vec(), &probes)?)
    }

    fn evidence(
        &self,
        net: &Network,
        inputs: &Inputs,
        pass: Pass,
        target: &dyn Target,
    ) -> Result<Evidence, Error> {
        let explained = inputs.scores(target, pass.outputs())?;
        let activation = self.activation(net, inputs, &explained)?;
        let gradient = pass.backward(explained.scores)?.layer(self.layer)?;
        let backward = Backward {
            net,
            inputs,
            target,
            probes: Probes::new().with_layer_gradient(self.layer),
        };
        check::at_layers(&backward, &[(self.layer, &self.activation, &gradient)])?;
        Ok(Evidence {
            activation,
            gradient: self.layout.arrange(&gradient)?,
        })
    }

    fn activation_for(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
        outputs: &[AnyTensor],
    ) -> Result<Activation, Error> {
        let activation = self.activation(net, inputs, &inputs.scores(target, outputs)?)?;
        check::activations(net, inputs, &[(self.layer, &self.activation)])?;
        Ok(activation)
    }

    fn activation(
        &self,
        net: &Network,
        inputs: &Inputs,
        explained: &Explained,
    ) -> Result<Activation, Error> {
        Ok(Activation {
            values: self.layout.arrange(&self.activation)?,
            target: explained.name.clone(),
            scores: check::scores(net, inputs, explained)?,
            layout: self.layout.clone(),
        })
    }
}

/// What a token layout needs of a layer.
const NOT_TOKENS: &str = "a token layout needs [batch, tokens, features]: name a layer that computes a token \
     sequence, such as a normalization before an attention";

/// What the graph says of a layer.
fn known_layout(net: &Network, inputs: &Inputs, layer: &str) -> Result<Layout, Error> {
    let map = net.layer_map(layer, inputs.tensors().to_vec())?;
    Ok(Layout::Known(map))
}

/// Where the layer's tokens lie.
fn grid(
    net: &Network,
    inputs: &Inputs,
    pass: &Pass,
    layer: &str,
    activation: &AnyTensor,
    layout: &TokenLayout,
) -> Result<Grid, Error> {
    let shape = activation.shape();
    match *shape.as_slice() {
        [_, count, _] if activation.is_float() => layout.grid(net, inputs, pass, layer, count),
        _ => Err(unfit(layer, &shape, NOT_TOKENS)),
    }
}

fn unfit(layer: &str, shape: &Shape, needs: &'static str) -> Error {
    Error::Layer(LayerError::LayerShape {
        layer: layer.into(),
        shape: format!("{:?}", shape.as_slice()),
        needs,
    })
}

fn grid_name(layer: &str, tokens: &TokenLayout) -> String {
    format!("grid of {layer} for {tokens:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use burn::module::Module;
    use burn::nn::{Embedding, EmbeddingConfig};
    use burn::tensor::{Device, Tensor};

    #[derive(Module, Debug)]
    struct Model {
        embedding: Embedding,
    }

    #[test]
    fn the_head_runs_without_the_trunk() {
        let device = Device::flex();
        let model = Model {
            embedding: EmbeddingConfig::new(4, 3).init(&device),
        };
        let known = Tensor::<2, Int>::from_data([[1, 3]], &device);
        let net = Network::capture(
            &model,
            known.clone(),
            |m: &Model, tokens: Tensor<2, Int>| {
                m.embedding
                    .forward(tokens)
                    .exp()
                    .sum_dim(1)
                    .squeeze_dim::<2>(1)
            },
        )
        .unwrap();
        let inputs = Inputs::new(known);
        let pass = net
            .run(
                inputs.tensors().to_vec(),
                &Probes::new().with_activation("embedding"),
            )
            .unwrap();
        let site = MapLayer {
            layer: "embedding",
            activation: pass.activation("embedding").unwrap(),
            layout: known_layout(&net, &inputs, "embedding").unwrap(),
        };
        // The trunk fails for a token that it doesn't know, so it can't have run.
        let unknown = Inputs::new(Tensor::<2, Int>::from_data([[1, 9]], &device));
        assert!(net.forward(unknown.tensors().to_vec()).is_err());
        let pass = site.head(&net, &unknown).unwrap();
        let evidence = site.evidence(&net, &unknown, pass, &Class(2)).unwrap();
        let whole = super::evidence(&net, &inputs, &Class(2), "embedding", None).unwrap();
        assert_eq!(evidence.activation.scores, whole.activation.scores);
        let data = |gradient: &AnyTensor| gradient.reshape([6]).into_data();
        data(&evidence.gradient).assert_eq(&data(&whole.gradient), true);
    }
}
