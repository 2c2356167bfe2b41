//! The samples of layers' outputs.

use crate::inputs::inputs::check_layer_rows;
use crate::inputs::rows::only_row;
use crate::{AnyTensor, Error, Inputs, Network};

/// A layer's output, or the gradient there, with the samples first.
///
/// # Errors
///
/// [`LayerError::LayerRows`](crate::layer::LayerError::LayerRows) if it isn't float or its samples can't be told.
pub(super) fn layer_rows(
    net: &Network,
    layer: &str,
    inputs: &Inputs,
    output: &AnyTensor,
) -> Result<AnyTensor, Error> {
    let arrangement = net.layer_rows(layer, inputs.tensors().to_vec())?;
    let arrangement = arrangement.filter(|arrangement| arrangement.fits(&output.shape()));
    let arranged = match arrangement {
        Some(arrangement) => arrangement.apply(output),
        None if inputs.rows() == 1 && output.is_float() && output.shape().first() != Some(&1) => {
            only_row(output)
        }
        None => output.clone(),
    };
    check_layer_rows(layer, &arranged, inputs.rows())?;
    Ok(arranged)
}
