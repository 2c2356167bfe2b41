//! What methods need of a model that they look at from outside.

use burn::tensor::Tensor;

use backdraft_graph::{Probes, Rules};

use crate::target::Explained;
use crate::{AnyTensor, Error, Inputs, Network, Target};

/// A model whose outputs and input gradients can be computed: a captured [`Network`], or an
/// [`Opaque`](crate::Opaque) closure that can't be captured.
pub trait Differentiable {
    /// The outputs, without gradients.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model.
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error>;

    /// The target's score for every row, and its gradient with respect to every input that is
    /// [explained](Inputs::explained).
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if the inputs don't fit the model, the target doesn't fit the outputs, or doesn't
    /// depend differentiably on an input.
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
    fn outputs(&self, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
        Ok(self.forward(inputs.tensors().to_vec())?.outputs().to_vec())
    }

    fn gradients(&self, inputs: &Inputs, target: &dyn Target) -> Result<Differentiated, Error> {
        gradients_by_rules(self, inputs, target, Rules::new())
    }
}

/// The input gradients of a network with gradient rules in place of some derivatives.
pub(crate) fn gradients_by_rules(
    net: &Network,
    inputs: &Inputs,
    target: &dyn Target,
    rules: Rules,
) -> Result<Differentiated, Error> {
    inputs.floats()?;
    let probes = inputs
        .explained()
        .fold(Probes::new(), Probes::with_input_gradient);
    let pass = net.run(inputs.tensors().to_vec(), &probes.with_rules(rules))?;
    let Explained { scores, name } = inputs.scores(target, pass.outputs())?;
    let values = scores.clone().without_autodiff();
    let gradients = pass.backward(scores)?;
    Ok(Differentiated {
        scores: values,
        target: name,
        gradients: (inputs.explained())
            .map(|input| gradients.input(input))
            .collect::<Result<_, _>>()?,
    })
}
