//! What makes another network of a network: rewrites, and layers where it begins or ends.

use burn::tensor::Device;

use crate::ir::graph::Graph;
use crate::network::weights::Weights;
use crate::transform::cut::{self, Cut};
use crate::transform::rewrite;
use crate::{AnyTensor, Error, Rewrite};

/// A change to every graph of a network.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Rewrite(Rewrite),
    Cut(Cut),
}

/// Makes the changes in order. Gives an example of every input that the graph has then: the `recorded` ones, and
/// zeros for layers.
pub(crate) fn apply(
    changes: &[Change],
    graph: &mut Graph,
    recorded: &[AnyTensor],
    weights: &Weights,
    device: &Device,
) -> Result<Vec<AnyTensor>, Error> {
    let mut inputs = recorded.to_vec();
    for change in changes {
        match change {
            Change::Rewrite(rewrite) => {
                rewrite::apply(*rewrite, graph, &inputs, weights, device)?;
            }
            Change::Cut(Cut::InputAt(layer)) => {
                inputs.push(cut::input_at(graph, layer, device)?);
            }
            Change::Cut(Cut::OutputAt(layer)) => cut::output_at(graph, layer)?,
        }
    }
    Ok(inputs)
}
