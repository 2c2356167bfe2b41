//! The layers at which a network is explained.

use std::sync::Arc;

use backdraft_graph::Probes;

use crate::rows::cat_rows;
use crate::{AnyTensor, Error, Inputs, Network};

/// Layers of a network whose outputs take the place of inputs.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    net: Network,
    layers: Vec<String>,
    /// Where the network's own inputs come from, if it begins at a layer itself.
    outer: Option<Arc<Self>>,
}

impl Site {
    /// The network that begins at the layers, and its inputs.
    pub(super) fn open(
        net: &Network,
        layers: &[String],
        inputs: &Inputs,
        kept: bool,
    ) -> Result<(Network, Inputs), Error> {
        let site = Self {
            net: net.clone(),
            layers: layers.to_vec(),
            outer: inputs.site(),
        };
        let outputs = site.outputs(inputs.tensors())?;
        let mut opened = net.clone();
        for layer in layers {
            opened = opened.with_input_at(layer)?;
        }
        Ok((opened, inputs.at_site(site, outputs, kept)))
    }

    fn outputs(&self, inputs: &[AnyTensor]) -> Result<Vec<AnyTensor>, Error> {
        let layers = self.layers.iter();
        let probes = layers.fold(Probes::new(), Probes::with_activation);
        let pass = self.net.run(inputs.to_vec(), &probes)?;
        let outputs = self.layers.iter().map(|layer| pass.activation(layer));
        Ok(outputs.collect::<Result<_, _>>()?)
    }

    /// All inputs of the network behind the layers, for inputs of the whole network. Those with a batch of one
    /// serve all samples.
    pub(crate) fn inputs_behind(
        &self,
        inputs: &[AnyTensor],
        samples: usize,
    ) -> Result<Vec<AnyTensor>, Error> {
        let mut inputs = match &self.outer {
            Some(outer) => outer.inputs_behind(inputs, samples)?,
            None => same_rows(inputs, samples),
        };
        inputs.extend(self.outputs(&inputs)?);
        Ok(inputs)
    }
}

/// Repeats inputs with a batch of one where others have a row for each sample.
fn same_rows(inputs: &[AnyTensor], samples: usize) -> Vec<AnyTensor> {
    let rows = |input: &AnyTensor| input.shape().first().copied();
    if !inputs.iter().any(|input| rows(input) == Some(samples)) {
        return inputs.to_vec();
    }
    let repeated = inputs.iter().map(|input| match rows(input) {
        Some(1) if samples > 1 => cat_rows(vec![input.clone(); samples]),
        _ => input.clone(),
    });
    repeated.collect()
}
