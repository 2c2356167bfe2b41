//! What class activation maps are computed from.

use backdraft_graph::{Pass, Probes};

use crate::inputs::token_layout::{Grid, TokenLayout};
use crate::layer::LayerError;
use crate::{AnyTensor, Error, Inputs, Network, Plan, Target};

/// A layer's activation and a target's gradient there, of shape `[batch, channels, positions...]`.
pub(super) struct Evidence {
    pub(super) activation: AnyTensor,
    pub(super) gradient: AnyTensor,
    pub(super) target: String,
    pub(super) scores: Vec<f32>,
    /// Where the positions lie, for tokens.
    pub(super) grid: Option<Grid>,
}

/// The evidence for every target. The network below the layer is computed once, and what is above once for
/// each target.
pub(super) fn evidence_each(
    net: &Network,
    inputs: &Inputs,
    targets: &[&dyn Target],
    layer: &str,
    tokens: Option<&TokenLayout>,
) -> Result<Vec<Evidence>, Error> {
    let Some((first, others)) = targets.split_first() else {
        return Ok(Vec::new());
    };
    if let (None, Some(activation)) = (tokens, inputs.memo().activation(net, layer)) {
        let site = Site {
            layer,
            activation,
            grid: None,
        };
        let evidence = targets
            .iter()
            .map(|target| site.evidence_for(net, inputs, *target));
        return evidence.collect();
    }
    let probes = probes(net, layer, tokens).with_layer_gradient(layer);
    let pass = net.run(inputs.tensors().to_vec(), &probes)?;
    let site = Site::of(net, inputs, &pass, layer, tokens)?;
    let mut found = vec![site.evidence(inputs, pass, first)?];
    for target in others {
        found.push(site.evidence_for(net, inputs, *target)?);
    }
    Ok(found)
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

/// Probes of a run that a [`Site`] can be read off.
pub(super) fn probes(net: &Network, layer: &str, tokens: Option<&TokenLayout>) -> Probes {
    let probes = Probes::new().with_activation(layer);
    match tokens {
        Some(tokens) => tokens.probe(net, probes),
        None => probes,
    }
}

/// A layer, with its activation for the inputs.
pub(super) struct Site<'a> {
    layer: &'a str,
    activation: AnyTensor,
    grid: Option<Grid>,
}

impl<'a> Site<'a> {
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
        self.evidence(inputs, self.head(net, inputs)?, target)
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
        inputs: &Inputs,
        pass: Pass,
        target: &dyn Target,
    ) -> Result<Evidence, Error> {
        let explained = inputs.scores(target, pass.outputs())?;
        let scores = explained.values();
        let gradient = pass.backward(explained.scores)?.layer(self.layer)?;
        Ok(Evidence {
            activation: self.arrange(&self.activation)?,
            gradient: self.arrange(&gradient)?,
            target: explained.name,
            scores,
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
    let shape = activation.shape();
    let unfit = |needs| {
        Error::Layer(LayerError::LayerShape {
            layer: layer.into(),
            shape: format!("{:?}", shape.as_slice()),
            needs,
        })
    };
    let Some(layout) = tokens else {
        return if activation.is_float() && (3..=5).contains(&shape.num_dims()) {
            Ok(None)
        } else {
            Err(unfit(NOT_SPATIAL))
        };
    };
    match *shape.as_slice() {
        [_, count, _] if activation.is_float() => {
            layout.grid(net, inputs, pass, layer, count).map(Some)
        }
        _ => Err(unfit(NOT_TOKENS)),
    }
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
        let site = Site {
            layer: "embedding",
            activation: pass.activation("embedding").unwrap(),
            grid: None,
        };
        // The trunk fails for a token that it doesn't know, so it can't have run.
        let unknown = Inputs::new(Tensor::<2, Int>::from_data([[1, 9]], &device));
        assert!(net.forward(unknown.tensors().to_vec()).is_err());
        let pass = site.head(&net, &unknown).unwrap();
        let evidence = site.evidence(&unknown, pass, &Class(2)).unwrap();
        let whole = evidence_each(&net, &inputs, &[&Class(2)], "embedding", None).unwrap();
        assert_eq!(evidence.scores, whole[0].scores);
        let data = |gradient: &AnyTensor| gradient.reshape([6]).into_data();
        data(&evidence.gradient).assert_eq(&data(&whole[0].gradient), true);
    }
}
