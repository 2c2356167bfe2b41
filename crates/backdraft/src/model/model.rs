//! What methods need of every model.

use backdraft_graph::{Batch, Cost, Nearby, Probes};

use crate::finite::Origin;
use crate::finite::origin::in_outputs;
use crate::{AnyTensor, Error, Inputs, Network};

/// A model whose outputs can be computed: a captured [`Network`], an [`Opaque`](crate::Opaque) closure of Burn, or a
/// [`BlackBox`](crate::BlackBox) of any engine.
///
/// Methods that only compare outputs are for every model, those that need gradients for
/// [`Differentiable`](crate::Differentiable) ones, and those that look at layers or use gradient rules for a
/// [`Network`].
pub trait Model {
    /// The outputs, without gradients.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model.
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error>;

    /// How many samples the inputs hold, and where. By default their [first
    /// dimensions](Inputs::by_first_dimension) tell; a network's graph knows it.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model.
    fn batch_of(&self, inputs: &Inputs) -> Result<Batch, Error> {
        Ok(inputs.by_first_dimension())
    }

    /// Where the first number arises that isn't finite, for inputs at which a score isn't: a message that says so names
    /// it. `None`, the default, if the model doesn't show its layers.
    fn not_finite_at(&self, inputs: &Inputs) -> Option<Origin> {
        let _ = inputs;
        None
    }

    /// What [`outputs`](Self::outputs) takes for inputs of these shapes; `None`, the default, if that isn't known.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model.
    fn outputs_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        let _ = inputs;
        Ok(None)
    }

    /// The model near these inputs, if it can compute versions that differ from them in a small box with less work than
    /// others. `None`, the default, if it can't.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model.
    fn nearby(&self, inputs: &Inputs) -> Result<Option<Nearby>, Error> {
        let _ = inputs;
        Ok(None)
    }

    /// What [`gradients`](crate::Differentiable::gradients) take for inputs of these shapes; `None`, the default, if
    /// that isn't known, or the model has none.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model.
    fn gradients_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        let _ = inputs;
        Ok(None)
    }
}

impl Model for Network {
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        if let Some(known) = inputs.memo().outputs(self) {
            return Ok(known);
        }
        let outputs = self.forward(inputs.tensors().to_vec())?.outputs().to_vec();
        inputs.memo().remember_outputs(self, &outputs);
        Ok(outputs)
    }

    fn batch_of(&self, inputs: &Inputs) -> Result<Batch, Error> {
        Ok(self.batch(inputs.tensors().to_vec())?)
    }

    fn not_finite_at(&self, inputs: &Inputs) -> Option<Origin> {
        in_outputs(self, inputs)
    }

    fn outputs_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        Ok(Some(self.cost(inputs.tensors().to_vec(), &Probes::new())?))
    }

    /// Where one input is explained.
    fn nearby(&self, inputs: &Inputs) -> Result<Option<Nearby>, Error> {
        let mut explained = inputs.explained();
        match (explained.next(), explained.next()) {
            (Some(input), None) => Ok(Nearby::new(self, inputs.tensors().to_vec(), input)?),
            _ => Ok(None),
        }
    }

    fn gradients_cost(&self, inputs: &Inputs) -> Result<Option<Cost>, Error> {
        let probes = inputs
            .explained()
            .fold(Probes::new(), Probes::with_input_gradient);
        Ok(Some(self.cost(inputs.tensors().to_vec(), &probes)?))
    }
}
