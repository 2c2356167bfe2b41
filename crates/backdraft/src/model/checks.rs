//! What a network checks for itself, for models that are only called.

use backdraft_graph::{Error as GraphError, InputError, Supplied};

use crate::inputs::rows::flat;
use crate::{AnyTensor, Error, Inputs};

/// Checks that no input is empty, and that float ones are finite.
pub(super) fn check_inputs(inputs: &Inputs) -> Result<(), Error> {
    for (input, tensor) in inputs.tensors().iter().enumerate() {
        let shape = tensor.shape();
        if shape.num_elements() == 0 {
            let shape = format!("{:?}", shape.as_slice());
            return Err(GraphError::Input(InputError::Empty { input, shape }).into());
        }
        let count = not_finite(tensor);
        if count > 0 {
            return Err(GraphError::Input(InputError::NonFinite {
                tensor: Supplied::Input(input),
                count,
            })
            .into());
        }
    }
    Ok(())
}

/// How many elements are NaN or infinite; none of a tensor that isn't float.
pub(super) fn not_finite(tensor: &AnyTensor) -> i64 {
    if !tensor.is_float() {
        return 0;
    }
    let finite = flat(&tensor.clone().without_autodiff()).is_finite();
    finite.bool_not().int().sum().into_scalar::<i64>()
}
