//! What class activation maps are computed from.

use backdraft_graph::{Pass, Probes};
use burn::tensor::Shape;

use crate::finite::check;
use crate::finite::origin::Backward;
use crate::inputs::token_layout::{Grid, TokenLayout};
use crate::layer::LayerError;
use crate::targets::Explained;
use crate::{AnyTensor, Error, Inputs, Model, Network, Plan, Target};

/// A layer's activation, of shape `[batch, channels, positions...]`, and a target's scores.
pub(super) struct Activation {
    pub(super) values: AnyTensor,
    pub(super) target: String,
    pub(super) scores: Vec<f32>,
    /// Where the positions lie, for tokens.
    pub(super) grid: Option<Grid>,
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

/// What the activation for a target takes.
pub(super) fn activation_plan(
    net: &Network,
    inputs: &Inputs,
    layer: &str,
    tokens: Option<&TokenLayout>,
) -> Result<Plan, Error> {
    Plan::run(net, inputs, &probes(net, layer, tokens))
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
    grid: Option<Grid>,
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
        let grid = if let Some(tokens) = tokens {
            let Some(grid) = inputs.memo().recall(net, &grid_name(layer, tokens)) else {
                return Ok(None);
            };
            Some(grid)
        } else {
            check_spatial(layer, &activation)?;
            None
        };
        Ok(Some(Self {
            layer,
            activation,
            grid,
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
        let grid = grid(net, inputs, pass, layer, &activation, tokens)?;
        inputs.memo().remember_activation(net, layer, &activation);
        if let Some((tokens, grid)) = tokens.zip(grid) {
            let name = grid_name(layer, tokens);
            inputs.memo().remember(net, &name, grid);
        }
        Ok(Self {
            layer,
            activation,
            grid,
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
            gradient: self.arrange(&gradient)?,
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
            values: self.arrange(&self.activation)?,
            target: explained.name.clone(),
            scores: check::scores(net, inputs, explained)?,
            grid: self.grid,
        })
    }

    fn arrange(&self, tensor: &AnyTensor) -> Result<AnyTensor, Error> {
        match self.grid {
            Some(grid) => Ok(grid.arrange(tensor.upcast().to_tensor()?)),
            None => Ok(tensor.upcast()),
        }
    }
}

/// What a class activation map needs of a layer.
const NOT_SPATIAL: &str = "a class activation map needs [batch, channels, ...] with one to three spatial dimensions: \
     name a convolution, or an activation or pooling behind one";

/// What a token layout needs of a layer.
const NOT_TOKENS: &str = "a token layout needs [batch, tokens, features]: name a layer that computes a token \
     sequence, such as a normalization before an attention";

/// Where the layer's tokens lie; `None` for a layer whose positions have their places.
fn grid(
    net: &Network,
    inputs: &Inputs,
    pass: &Pass,
    layer: &str,
    activation: &AnyTensor,
    tokens: Option<&TokenLayout>,
) -> Result<Option<Grid>, Error> {
    let Some(layout) = tokens else {
        check_spatial(layer, activation)?;
        return Ok(None);
    };
    let shape = activation.shape();
    match *shape.as_slice() {
        [_, count, _] if activation.is_float() => {
            layout.grid(net, inputs, pass, layer, count).map(Some)
        }
        _ => Err(unfit(layer, &shape, NOT_TOKENS)),
    }
}

/// Checks that a layer's output has channels and one to three dimensions of positions.
fn check_spatial(layer: &str, activation: &AnyTensor) -> Result<(), Error> {
    let shape = activation.shape();
    if activation.is_float() && (3..=5).contains(&shape.num_dims()) {
        return Ok(());
    }
    Err(unfit(layer, &shape, NOT_SPATIAL))
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
    use burn::tensor::{Device, Int, Tensor};

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
            grid: None,
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
