//! What the checks are made on.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use backdraft_graph::Rewrite;
use rand::rngs::StdRng;

use crate::evaluation::EvaluationError;
use crate::evaluation::feature::Feature;
use crate::evaluation::layout::{Layout, Rows};
use crate::evaluation::subject::Subject;
use crate::random::generator;
use crate::{
    AnyTensor, Attribution, Baseline, Differentiable, Error, Inputs, Network, Target, Tensors,
};

/// A model, inputs, a baseline and a target, on which methods are checked, and what several checks need of them: the
/// scores at input and baseline, and rewritten networks, are computed once.
///
/// Values of the features are [`Rows`]: for each sample the values of all float inputs, one after the other.
///
/// ```
/// use backdraft::axioms::Completeness;
/// use backdraft::evaluation::{Check, Problem};
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
    input_scores: OnceLock<Vec<f64>>,
    baseline_scores: OnceLock<Vec<f64>>,
    rewritten: Rewritten,
}

/// The networks that chains of rewrites made of the model.
type Rewritten = Arc<Mutex<Vec<(Vec<Rewrite>, Network)>>>;

impl<M: ?Sized> Clone for Problem<'_, M> {
    fn clone(&self) -> Self {
        Self {
            inputs: self.inputs.clone(),
            layout: self.layout.clone(),
            input: self.input.clone(),
            baseline: self.baseline.clone(),
            target: Arc::clone(&self.target),
            input_scores: self.input_scores.clone(),
            baseline_scores: self.baseline_scores.clone(),
            rewritten: Arc::clone(&self.rewritten),
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
    /// [`EvaluationError::ScoreNotFinite`] if the target isn't a finite number at an input or a baseline.
    pub fn new(
        model: &'a M,
        inputs: impl Tensors,
        baseline: Baseline,
        target: impl Target + 'a,
    ) -> Result<Self, Error> {
        let tensors = inputs.into_tensors().into_iter();
        let inputs = Inputs::new(tensors.map(AnyTensor::without_autodiff).collect::<Vec<_>>());
        let batch = model.batch_of(&inputs)?;
        let inputs = inputs.with_batch(batch)?;
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
            input_scores: OnceLock::new(),
            baseline_scores: OnceLock::new(),
            rewritten: Rewritten::default(),
        };
        check_finite(problem.input_scores()?)?;
        check_finite(problem.baseline_scores()?)?;
        Ok(problem)
    }

    /// What the random choices of the checks depend on; 0 by default.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The same problem for another target, resolved at the inputs.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_target<'b>(&self, target: impl Target + 'b) -> Result<Problem<'b, M>, Error>
    where
        'a: 'b,
    {
        let problem = Problem {
            target: resolved(target, &self.model.outputs(&self.inputs)?)?,
            input_scores: OnceLock::new(),
            baseline_scores: OnceLock::new(),
            ..self.clone()
        };
        check_finite(problem.input_scores()?)?;
        Ok(problem)
    }

    /// The same problem for another model that takes the same inputs.
    #[must_use]
    pub fn with_model<'b, N: ?Sized>(&self, model: &'b N) -> Problem<'b, N>
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
            input_scores: OnceLock::new(),
            baseline_scores: OnceLock::new(),
            rewritten: Rewritten::default(),
        }
    }

    /// The model.
    pub fn model(&self) -> &'a M {
        self.model
    }

    /// The target, as it is at the inputs.
    pub fn target(&self) -> Arc<dyn Target + 'a> {
        Arc::clone(&self.target)
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.input.len()
    }

    /// The values of the features in the inputs.
    pub fn input(&self) -> &Rows {
        &self.input
    }

    /// The values of the features in the baseline.
    pub fn baseline(&self) -> &Rows {
        &self.baseline
    }

    /// Number of features.
    pub(super) fn features(&self) -> usize {
        self.layout.sizes().sum()
    }

    /// The feature at a position among all.
    pub(super) fn feature(&self, position: usize) -> Feature {
        self.layout.feature(position)
    }

    /// The position of a feature among all.
    pub(super) fn position(&self, feature: &Feature) -> Result<usize, Error> {
        self.layout.position(feature)
    }

    /// How many features each float input has, in order.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        self.layout.sizes()
    }

    /// What random choices depend on.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Random numbers for one check: those of different streams are independent.
    pub(super) fn random(&self, stream: usize) -> StdRng {
        generator(self.seed, stream)
    }

    /// The target's value for each sample at the inputs.
    ///
    /// # Errors
    ///
    /// As for [`scores`](Self::scores).
    pub fn input_scores(&self) -> Result<&[f64], Error> {
        self.known_scores(&self.input_scores, &self.input)
    }

    /// The target's value for each sample at the baseline.
    ///
    /// # Errors
    ///
    /// As for [`scores`](Self::scores).
    pub fn baseline_scores(&self) -> Result<&[f64], Error> {
        self.known_scores(&self.baseline_scores, &self.baseline)
    }

    fn known_scores<'s>(
        &self,
        known: &'s OnceLock<Vec<f64>>,
        values: &Rows,
    ) -> Result<&'s [f64], Error> {
        if let Some(scores) = known.get() {
            return Ok(scores);
        }
        let scores = self.scores(values)?;
        Ok(known.get_or_init(|| scores))
    }

    /// The target's value for each sample at these values of the features.
    ///
    /// # Errors
    ///
    /// If the model fails there.
    pub fn scores(&self, values: &Rows) -> Result<Vec<f64>, Error> {
        let inputs = self.inputs_at(values)?;
        let explained = inputs.scores(&*self.target, &self.model.outputs(&inputs)?)?;
        Ok(explained.values().into_iter().map(f64::from).collect())
    }

    /// The target's gradient at these values of the features.
    ///
    /// # Errors
    ///
    /// If the model fails there, or the target doesn't depend differentiably on the inputs.
    pub fn gradients(&self, values: &Rows) -> Result<Rows, Error> {
        let result = self
            .model
            .gradients(&self.inputs_at(values)?, &*self.target)?;
        Ok(self.layout.own_rows(&result.gradients))
    }

    /// The method's attributions for this input and this baseline.
    ///
    /// # Errors
    ///
    /// If the method fails, or [`EvaluationError::NotPerFeature`] if its values aren't one for each feature.
    pub fn attributions(
        &self,
        method: &Subject<'_, M>,
        input: &Rows,
        baseline: &Rows,
    ) -> Result<Rows, Error> {
        self.rows_of(&self.attribution(method, input, baseline)?)
    }

    /// For each sample the parts that the method's attributions for this input and this baseline sum up: those of its
    /// features, or of its [regions](Attribution::regions) where several features share one.
    ///
    /// # Errors
    ///
    /// As for [`attributions`](Self::attributions).
    pub fn summands(
        &self,
        method: &Subject<'_, M>,
        input: &Rows,
        baseline: &Rows,
    ) -> Result<Rows, Error> {
        let result = self.attribution(method, input, baseline)?;
        let Some(regions) = result.regions() else {
            return self.rows_of(&result);
        };
        let of_sample = |sample| {
            regions
                .values(sample)
                .iter()
                .copied()
                .map(f64::from)
                .collect()
        };
        Ok((0..self.samples()).map(of_sample).collect())
    }

    fn attribution(
        &self,
        method: &Subject<'_, M>,
        input: &Rows,
        baseline: &Rows,
    ) -> Result<Attribution, Error> {
        let baseline = Baseline::tensor(self.layout.tensors(baseline)?);
        let inputs = self.inputs_at(input)?;
        method.attribution(baseline, self.model, &inputs, &*self.target)
    }

    fn rows_of(&self, result: &Attribution) -> Result<Rows, Error> {
        self.layout.rows(result.values()).ok_or_else(|| {
            let shapes = result.values().iter().map(AnyTensor::shape);
            let shapes = shapes.map(|shape| format!("{:?}", shape.as_slice()));
            Error::Evaluation(EvaluationError::NotPerFeature {
                method: result.method().into(),
                shapes: shapes.collect::<Vec<_>>().join(", "),
            })
        })
    }

    fn inputs_at(&self, values: &Rows) -> Result<Inputs, Error> {
        Ok(self.inputs.with_floats(self.layout.tensors(values)?))
    }
}

impl Problem<'_> {
    /// The network after these rewrites.
    ///
    /// # Errors
    ///
    /// If one of them finds no place, or can't be applied.
    pub fn rewritten(&self, chain: &[Rewrite]) -> Result<Network, Error> {
        let mut known = self
            .rewritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, network)) = known.iter().find(|(made_by, _)| made_by == chain) {
            return Ok(network.clone());
        }
        let network = chain
            .iter()
            .try_fold(self.model.clone(), |network, &rewrite| {
                network.rewritten(rewrite)
            })?;
        known.push((chain.to_vec(), network.clone()));
        Ok(network)
    }
}

fn check_finite(scores: &[f64]) -> Result<(), Error> {
    match scores.iter().position(|score| !score.is_finite()) {
        Some(sample) => Err(Error::Evaluation(EvaluationError::ScoreNotFinite {
            sample,
            score: scores[sample],
        })),
        None => Ok(()),
    }
}

/// The target that this one is at these outputs.
fn resolved<'a>(
    target: impl Target + 'a,
    outputs: &[AnyTensor],
) -> Result<Arc<dyn Target + 'a>, Error> {
    let outputs: Vec<_> = outputs.iter().map(AnyTensor::upcast).collect();
    Ok(match target.resolved(&outputs)? {
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
    use crate::evaluation::testing::{net, x};
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
