//! The samples of layers' outputs.

use crate::inputs::rows::samples_first;
use crate::layer::error::LayerError;
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
    let arranged = samples_first(arrangement.as_ref(), output, inputs.rows());
    let arranged = arranged.unwrap_or_else(|| output.clone());
    check_layer_rows(layer, &arranged, inputs.rows())?;
    Ok(arranged)
}

/// Checks that a layer's output is float and has this many rows.
fn check_layer_rows(layer: &str, output: &AnyTensor, rows: usize) -> Result<(), Error> {
    let shape = output.shape();
    if output.is_float() && shape.first() == Some(&rows) {
        return Ok(());
    }
    Err(Error::Layer(LayerError::LayerRows {
        layer: layer.into(),
        kind: output
            .kind()
            .map_or("quantized tensor", |kind| kind.as_str()),
        shape: format!("{:?}", shape.as_slice()),
        samples: rows,
    }))
}
