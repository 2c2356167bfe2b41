//! Layers whose outputs are explained in place of inputs.

use std::sync::Arc;

use backdraft_graph::{Arrangement, Probes};

use crate::inputs::rows::cat_rows;
use crate::{AnyTensor, Error, Network};

/// Layers of a network whose outputs take the place of inputs.
#[derive(Clone, Debug)]
pub(crate) struct LayerInputs {
    net: Network,
    layers: Vec<String>,
    /// Where the network's own inputs come from, if it begins at a layer itself.
    outer: Option<Arc<Self>>,
}

impl LayerInputs {
    pub(crate) fn new(net: &Network, layers: &[String], outer: Option<Arc<Self>>) -> Self {
        Self {
            net: net.clone(),
            layers: layers.to_vec(),
            outer,
        }
    }

    /// What the layers compute for these inputs of the network.
    pub(crate) fn outputs(&self, inputs: &[AnyTensor]) -> Result<Vec<AnyTensor>, Error> {
        let layers = self.layers.iter();
        let probes = layers.fold(Probes::new(), Probes::with_activation);
        let pass = self.net.run(inputs.to_vec(), &probes)?;
        let outputs = self.layers.iter().map(|layer| pass.activation(layer));
        Ok(outputs.collect::<Result<_, _>>()?)
    }

    /// All inputs of the network after the layers, for inputs of the whole network. Those that are
    /// `repeated` may have a batch of one that serves all samples.
    pub(crate) fn inputs_after(
        &self,
        inputs: &[AnyTensor],
        samples: usize,
        repeated: &Repeated,
    ) -> Result<Vec<AnyTensor>, Error> {
        let mut inputs = match &self.outer {
            Some(outer) => outer.inputs_after(inputs, samples, repeated)?,
            None => same_rows(inputs, samples, repeated),
        };
        inputs.extend(self.outputs(&inputs)?);
        Ok(inputs)
    }
}

/// How the samples of the inputs that have some come first.
type Repeated<'a> = dyn Fn(usize) -> Option<&'a Arrangement> + 'a;

/// Gives all inputs with samples the same number of them.
fn same_rows(inputs: &[AnyTensor], samples: usize, repeated: &Repeated) -> Vec<AnyTensor> {
    let repeated = inputs.iter().enumerate().map(|(position, input)| {
        let arrangement = repeated(position).filter(|arrangement| arrangement.fits(&input.shape()));
        let Some(arrangement) = arrangement else {
            return input.clone();
        };
        let rows = arrangement.apply(input);
        if samples == 1 || rows.shape().first() != Some(&1) {
            return input.clone();
        }
        let all = cat_rows(vec![rows; samples]);
        arrangement.undo(&all).unwrap_or_else(|| input.clone())
    });
    repeated.collect()
}
