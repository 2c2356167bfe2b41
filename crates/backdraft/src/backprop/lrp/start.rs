//! Where relevance begins: at the outputs.

use backdraft_graph::Pass;
use burn::tensor::Tensor;

use crate::inputs::rows::flat;
use crate::model::leaves::Leaves;
use crate::targets::Explained;
use crate::{AnyTensor, Error, Inputs, Target, graph};

/// The relevance of all outputs.
pub(super) struct Start {
    pub(super) target: String,
    pub(super) scores: Tensor<1>,
    /// Of each float output; `None` if the target doesn't depend on it.
    relevance: Vec<Option<Tensor<2>>>,
}

impl Start {
    /// Every output times the target's derivative by it: the logit, for a class.
    pub(super) fn of(inputs: &Inputs, target: &dyn Target, pass: &Pass) -> Result<Self, Error> {
        let outputs = pass.outputs().iter().cloned();
        let outputs: Vec<_> = outputs.map(AnyTensor::without_autodiff).collect();
        let (leaves, tracked) = Leaves::of(&outputs);
        let Explained { scores, name } = inputs.scores(target, &tracked)?;
        if !scores.is_tracked() {
            return Err(Error::Graph(graph::Error::Pass(
                graph::PassError::NotDifferentiable {
                    what: "the outputs".into(),
                },
            )));
        }
        let gradients = leaves.gradients(&scores.clone().backward()).into_iter();
        let floats = outputs.iter().filter(|output| output.is_float());
        let relevance = floats.zip(gradients);
        let relevance = relevance.map(|(output, gradient)| Some(flat(output) * gradient?));
        Ok(Self {
            target: name,
            scores: scores.without_autodiff(),
            relevance: relevance.collect(),
        })
    }

    /// A number whose gradient by every output is the output's relevance.
    pub(super) fn weighted(&self, pass: &Pass) -> Tensor<1> {
        let floats = pass.outputs().iter().filter(|output| output.is_float());
        let terms = floats
            .zip(&self.relevance)
            .filter_map(|(output, relevance)| {
                let relevance = relevance.clone()?;
                Some((flat(output) * relevance).sum())
            });
        let sum = terms.reduce(|a, b| a + b);
        sum.expect("a target is computed from float outputs")
    }

    /// What every sample's relevance sums to.
    pub(super) fn per_sample(&self, samples: usize) -> Vec<f32> {
        let outputs = self.relevance.iter().flatten();
        let sums = outputs.map(|relevance| {
            let per_sample = relevance.shape().num_elements() / samples.max(1);
            relevance.clone().reshape([samples, per_sample]).sum_dim(1)
        });
        let total = sums.reduce(|a, b| a + b);
        total.map_or_else(Vec::new, |total| total.into_data().iter::<f32>().collect())
    }
}
