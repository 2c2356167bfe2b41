//! What methods need of a model whose gradients they use.

use burn::tensor::Tensor;

use backdraft_graph::{Pass, Probes};

use crate::finite::check;
use crate::finite::origin::Backward;
use crate::targets::Explained;
use crate::{AnyTensor, Error, Inputs, Model, Network, Target};

/// A model whose input gradients can be computed: a captured [`Network`], or an
/// [`Opaque`](crate::Opaque) closure that can't be captured.
pub trait Differentiable: Model {
    /// The target's score for every row, and its gradient with respect to every input that is
    /// [explained](Inputs::explained).
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model, the target doesn't fit the outputs, or doesn't
    /// depend differentiably on an input, and [`Error::NotFinite`] if a score or gradient is NaN or infinite.
    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error>;
}

/// A target's scores and what they change with.
#[derive(Clone, Debug)]
pub struct Differentiated {
    /// One score for each row.
    pub scores: Tensor<1>,
    /// The target in words.
    pub target: String,
    /// The gradient of every row's score, one tensor for each explained input.
    pub gradients: Vec<AnyTensor>,
}

impl Differentiated {
    /// The values of the scores.
    pub fn values(&self) -> Vec<f32> {
        self.scores.clone().into_data().iter::<f32>().collect()
    }
}

impl Differentiable for Network {
    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
        let pass = run_for_gradients(self, inputs, Probes::new())?;
        input_gradients(self, pass, inputs, target)
    }
}

/// The probes, and those for the gradients of all explained inputs.
pub(crate) fn with_gradients(probes: Probes, inputs: &Inputs) -> Probes {
    inputs.explained().fold(probes, Probes::with_input_gradient)
}

/// Runs a network so that the gradients of the explained inputs can be computed, and whatever else is probed.
pub(crate) fn run_for_gradients(
    net: &Network,
    inputs: &Inputs,
    probes: Probes,
) -> Result<Pass, Error> {
    inputs.floats()?;
    let probes = with_gradients(probes, inputs);
    let pass = net.run(inputs.tensors().to_vec(), &probes)?;
    inputs.memo().remember_outputs(net, pass.outputs());
    Ok(pass)
}

/// The gradients of the explained inputs after such a run, checked to be finite.
pub(crate) fn input_gradients(
    net: &Network,
    pass: Pass,
    inputs: &Inputs,
    target: &dyn Target,
) -> Result<Differentiated, Error> {
    let Explained { scores, name } = inputs.scores(target, pass.outputs())?;
    let values = scores.clone().without_autodiff();
    let gradients = pass.backward(scores)?;
    let gradients = (inputs.explained())
        .map(|input| inputs.samples_first(input, &gradients.input(input)?.upcast()))
        .collect::<Result<Vec<_>, Error>>()?;
    let backward = Backward {
        net,
        inputs,
        target,
        probes: with_gradients(Probes::new(), inputs),
    };
    check::gradients(&backward, &values, &gradients)?;
    Ok(Differentiated {
        scores: values,
        target: name,
        gradients,
    })
}
