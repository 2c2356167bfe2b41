//! What the checks are made on.

use std::sync::Arc;

use crate::baseline::generator;
use crate::evaluation::axioms::feature::{Layout, Rows};
use crate::evaluation::axioms::{Axiom, Feature};
use crate::run::batching::scores_at;
use crate::{AnyTensor, Baseline, Differentiable, Error, Inputs, Method, Network, Target, Tensors};

/// A network, inputs, a baseline and a target, on which methods are checked.
///
/// ```
/// use backdraft::axioms::{Completeness, Problem};
/// use backdraft::{Baseline, Class, IntegratedGradients, Network, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[2.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| 1.0 - relu(1.0 - x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// let problem = Problem::new(&net, x, Baseline::zeros(), Class(0))?;
/// let integrated = |baseline| IntegratedGradients::new().with_baseline(baseline);
/// assert!(Completeness::new().check(&problem, integrated)?.passed());
/// assert!(!Completeness::new().check(&problem, |_| Saliency::new())?.passed());
/// # Ok::<(), backdraft::Error>(())
/// ```
pub struct Problem<'a, M: ?Sized = Network> {
    model: &'a M,
    inputs: Inputs,
    layout: Layout,
    input: Rows,
    baseline: Rows,
    target: Arc<dyn Target + 'a>,
    seed: u64,
}

impl<M: ?Sized> Clone for Problem<'_, M> {
    fn clone(&self) -> Self {
        Self {
            inputs: self.inputs.clone(),
            layout: self.layout.clone(),
            input: self.input.clone(),
            baseline: self.baseline.clone(),
            target: Arc::clone(&self.target),
            ..*self
        }
    }
}

impl<'a, M: Differentiable + ?Sized> Problem<'a, M> {
    /// The inputs are what a method is given, with a row for each sample; several samples are several tries.
    /// The baseline must be a single one, not an average. A target that follows the outputs, such as
    /// [`TopClass`](crate::TopClass), is resolved at these inputs.
    ///
    /// # Errors
    ///
    /// A typed [`Error`] if inputs, baseline or target don't fit the model, or a sample is its own baseline;
    /// [`Error::ScoreNotFinite`] if the target isn't a finite number at an input or a baseline.
    pub fn new(
        model: &'a M,
        inputs: impl Tensors,
        baseline: Baseline,
        target: impl Target + 'a,
    ) -> Result<Self, Error> {
        let tensors = inputs.into_tensors().into_iter();
        let inputs = Inputs::new(tensors.map(AnyTensor::without_autodiff).collect::<Vec<_>>());
        let outputs = model.outputs(&inputs)?;
        let target = resolved(target, &outputs)?;
        let floats = inputs.floats()?;
        let values = single(&baseline, &inputs)?;
        let layout = Layout::new(floats.clone(), inputs.samples());
        let problem = Self {
            input: layout.own_rows(&floats),
            baseline: layout.own_rows(&values),
            model,
            layout,
            inputs,
            target,
            seed: 0,
        };
        problem.check_scores(&problem.input)?;
        problem.check_scores(&problem.baseline)?;
        Ok(problem)
    }

    /// What the random choices of the checks depend on; 0 by default.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The same problem for another target, resolved at the inputs.
    pub(super) fn with_target<'b>(&self, target: impl Target + 'b) -> Result<Problem<'b, M>, Error>
    where
        'a: 'b,
    {
        let problem = Problem {
            target: resolved(target, &self.model.outputs(&self.inputs)?)?,
            ..self.clone()
        };
        problem.check_scores(&problem.input)?;
        Ok(problem)
    }

    /// The same problem for another model.
    pub(super) fn with_model<'b, N: ?Sized>(&self, model: &'b N) -> Problem<'b, N>
    where
        'a: 'b,
    {
        let Self {
            inputs,
            layout,
            input,
            baseline,
            target,
            seed,
            ..
        } = self.clone();
        Problem {
            model,
            inputs,
            layout,
            input,
            baseline,
            target,
            seed,
        }
    }

    pub(super) fn model(&self) -> &'a M {
        self.model
    }

    pub(super) fn target(&self) -> Arc<dyn Target + 'a> {
        Arc::clone(&self.target)
    }

    pub(super) fn input(&self) -> &Rows {
        &self.input
    }

    pub(super) fn baseline(&self) -> &Rows {
        &self.baseline
    }

    pub(super) fn features(&self) -> usize {
        self.layout.sizes().sum()
    }

    pub(super) fn feature(&self, position: usize) -> Feature {
        self.layout.feature(position)
    }

    pub(super) fn position(&self, feature: &Feature) -> Result<usize, Error> {
        self.layout.position(feature)
    }

    /// How many features each float input has, in order.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        self.layout.sizes()
    }

    /// Random numbers for one axiom.
    pub(super) fn random(&self, axiom: Axiom) -> rand::rngs::StdRng {
        generator(self.seed, axiom as usize)
    }

    /// The target's value for each sample at these values of the features.
    pub(super) fn scores(&self, values: &Rows) -> Result<Vec<f64>, Error> {
        let scores = scores_at(self.model, &self.inputs_at(values), &*self.target)?;
        Ok(scores.into_iter().map(f64::from).collect())
    }

    /// The target's gradient at these values of the features.
    pub(super) fn gradients(&self, values: &Rows) -> Result<Rows, Error> {
        let result = self
            .model
            .gradients(&self.inputs_at(values), &*self.target)?;
        Ok(self.layout.own_rows(&result.gradients))
    }

    /// What the method for this baseline says of this input.
    pub(super) fn attributions<A: Method<M>>(
        &self,
        method: &impl Fn(Baseline) -> A,
        input: &Rows,
        baseline: &Rows,
    ) -> Result<Rows, Error> {
        let method = method(Baseline::tensor(self.layout.tensors(baseline)));
        let result = method.compute(self.model, &self.inputs_at(input), &*self.target)?;
        self.layout.rows(result.values()).ok_or_else(|| {
            let shapes = result.values().iter().map(AnyTensor::shape);
            let shapes = shapes.map(|shape| format!("{:?}", shape.as_slice()));
            Error::NotPerFeature {
                method: result.method().into(),
                shapes: shapes.collect::<Vec<_>>().join(", "),
            }
        })
    }

    fn inputs_at(&self, values: &Rows) -> Inputs {
        self.inputs.with_floats(self.layout.tensors(values))
    }

    fn check_scores(&self, values: &Rows) -> Result<(), Error> {
        let scores = self.scores(values)?;
        match scores.iter().position(|score| !score.is_finite()) {
            Some(sample) => Err(Error::ScoreNotFinite {
                sample,
                score: scores[sample],
            }),
            None => Ok(()),
        }
    }
}

/// The target that this one stands for at these outputs.
fn resolved<'a>(
    target: impl Target + 'a,
    outputs: &[AnyTensor],
) -> Result<Arc<dyn Target + 'a>, Error> {
    Ok(match target.resolved(outputs)? {
        Some(resolved) => Arc::from(resolved),
        None => Arc::new(target),
    })
}

/// The values of a baseline that isn't an average.
fn single(baseline: &Baseline, inputs: &Inputs) -> Result<Vec<AnyTensor>, Error> {
    let [values] =
        <[_; 1]>::try_from(baseline.resolve(inputs)?).map_err(|_| Error::InvalidOption {
            option: "baseline of a problem",
            value: baseline.to_string(),
            requirement: "axioms are about one baseline, not about an average over several",
        })?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::axioms::testing::{net, x};
    use crate::{Class, TopClass};
    use burn::tensor::Tensor;

    #[test]
    fn an_average_of_baselines_is_none() {
        let net = net(|x| x);
        let average = Baseline::average([Baseline::zeros(), Baseline::constant(1.0)]);
        let error = Problem::new(&net, x([[1.0, 2.0]]), average, Class(0)).err();
        let error = error.unwrap().to_string();
        assert!(error.contains("one baseline"), "{error}");
    }

    #[test]
    fn a_score_that_is_no_number_is_refused() {
        let net = net(Tensor::log);
        let problem = Problem::new(&net, x([[1.0, 2.0]]), Baseline::zeros(), Class(0));
        let error = problem.err().unwrap().to_string();
        assert!(error.contains("sample 0 is -inf"), "{error}");
    }

    #[test]
    fn a_target_that_follows_the_outputs_stays_that_of_the_input() {
        let net = net(|x| x);
        let problem = Problem::new(&net, x([[1.0, 2.0]]), Baseline::zeros(), TopClass).unwrap();
        assert_eq!(problem.scores(&vec![vec![7.0, 3.0]]).unwrap(), [3.0]);
    }
}
