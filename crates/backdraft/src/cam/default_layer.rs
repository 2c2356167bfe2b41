//! The layer that a class activation map looks at if none is named.

use backdraft_graph::{LookupError, Probes};

use crate::layer::LayerError;
use crate::{Error, Inputs, Layer, Network, Plan, Target, graph};

/// The last spatial layer; of a detector's scales the one that a target reads.
pub(super) fn read_by(target: &dyn Target, net: &Network, inputs: &Inputs) -> Result<Layer, Error> {
    let mut layers = net.spatial_layers()?;
    if layers.len() > 1 {
        let read = gradient_reaches(&layers, target, net, inputs)?;
        layers = last_of_each_branch(layers, &read, net)?;
    }
    match layers.as_slice() {
        [layer] => Ok(layer.clone()),
        several => Err(Error::Layer(LayerError::SeveralScales {
            layers: several.iter().map(|it| it.name().into()).collect(),
        })),
    }
}

/// The layer whose map takes most, and what it takes to choose one.
pub(super) fn dearest(net: &Network, inputs: &Inputs) -> Result<(Layer, Option<Plan>), Error> {
    let mut layers = net.spatial_layers()?;
    let choice = match layers.as_slice() {
        [_] => None,
        several => Some(Plan::run(net, inputs, &probes(several))?),
    };
    layers.sort_by_key(|layer| layer.output_shape().num_elements());
    let largest = layers.pop();
    let largest = largest.ok_or(graph::Error::Lookup(LookupError::NoSpatialLayer))?;
    Ok((largest, choice))
}

fn probes(layers: &[Layer]) -> Probes {
    layers.iter().fold(Probes::new(), |probes, layer| {
        probes.with_layer_gradient(layer.name())
    })
}

/// Which layers a target depends on.
fn gradient_reaches(
    layers: &[Layer],
    target: &dyn Target,
    net: &Network,
    inputs: &Inputs,
) -> Result<Vec<bool>, Error> {
    let pass = net.run(inputs.tensors().to_vec(), &probes(layers))?;
    let explained = inputs.scores(target, pass.outputs())?;
    let gradients = pass.backward(explained.scores)?;
    let reaches = layers.iter().map(|layer| {
        let gradient = gradients.layer(layer.name())?;
        Ok(gradient.flat().abs().sum().into_scalar::<f32>() != 0.0)
    });
    reaches.collect()
}

/// Of the layers that a target depends on those from which no other one of them is computed; all if it depends on none.
fn last_of_each_branch(
    layers: Vec<Layer>,
    read: &[bool],
    net: &Network,
) -> Result<Vec<Layer>, Error> {
    let read: Vec<&Layer> = (layers.iter().zip(read))
        .filter_map(|(layer, &read)| read.then_some(layer))
        .collect();
    let mut last = Vec::new();
    for layer in &read {
        let mut is_last = true;
        for other in &read {
            is_last &= !net.is_computed_from(other.name(), layer.name())?;
        }
        last.extend(is_last.then(|| Layer::clone(layer)));
    }
    Ok(if last.is_empty() { layers } else { last })
}
