//! DeepLIFT.

use backdraft_graph::{Pass, Probes};
use burn::tensor::Tensor;

use crate::backprop::deep_lift::deep_lift_rule::DeepLiftRule;
use crate::backprop::deep_lift::seeds::seeds;
use crate::baseline::Average;
use crate::finite::check;
use crate::finite::origin::Backward;
use crate::inputs::rows::{flat, zip_all};
use crate::model::differentiable::with_gradients;
use crate::run::batching::Work;
use crate::run::budget;
use crate::run::plan::bytes;
use crate::targets::ResolvedTarget;
use crate::{AnyTensor, Attribution, Baseline, Error, Inputs, Method, Network, Plan, Target};

/// DeepLIFT: the difference between the target at the input and at a reference, followed back through the
/// difference of every activation.
///
/// ```text
/// A_i = m_i (x_i - b_i),   with multipliers m in place of derivatives and their chain rule
/// ```
///
/// Shrikumar et al., [*Learning Important Features Through Propagating Activation
/// Differences*](https://arxiv.org/abs/1704.02685), ICML 2017. Attributions sum to `F(x) - F(b)`. Two forward
/// passes and one backward pass give what a path method needs many for.
///
/// | option | default |
/// |---|---|
/// | [`with_baseline`](Self::with_baseline) | zeros |
/// | [`with_rule`](Self::with_rule) | [`DeepLiftRule::Rescale`] |
/// | [`with_threshold`](Self::with_threshold) | 1e-6 |
///
/// Every operation has a multiplier, whether it is a module or a function, used once or often:
///
/// - linear operations (convolution, sums, residual additions, pooling by means, normalization with fixed
///   statistics, ...): their derivative;
/// - functions of one element (every rectifier, sigmoid, tanh, GELU, exp, powers, clamps, ...): the slope of
///   the line from reference to input, `(f(x) - f(b)) / (x - b)`, and where `|x - b|` is below the threshold the
///   derivative, into which it passes continuously;
/// - products of two activations (gates of an LSTM, attention): each factor's multiplier is the mean of the other
///   factor at input and reference;
/// - normalization (layer, RMS, group and the like, as a module or written out): the product with its statistic, whose
///   terms are shared so that neither grows large;
/// - softmax, attention, maxima and choices by a mask: rules of their own that keep the sum exact;
/// - whatever is left: the derivative averaged over the line from reference to input.
///
/// Sorting keeps the sum only up to the error of that average, and integers computed from the input that
/// choose values (`argmax`, then `gather`) have no multiplier: the [gap](Attribution::gap) shows what is
/// missing. The target itself is differentiated on average over the line between the outputs, which is exact
/// for classes and margins and very close for [`LogProbability`](crate::LogProbability).
///
/// From a constant baseline, such as zero, a normalization divides by hardly more than the square root of its epsilon.
/// Where it is recognized (a sum, mean or maximum over dimensions that are kept, with powers and constants, by which the
/// tensor itself is divided) contributions stay of the size of the change all the same. Written in another way, as with
/// reshaped statistics, it is a product as any other: its terms then cancel, and grow with every block of a
/// transformer. The gap says so, as [cancellation](crate::attribution::Cancellation).
///
/// The paper's example is `F(x) = 1 - relu(1 - x)`, flat at the input 2, with reference 0:
///
/// ```
/// use backdraft::{Class, DeepLift, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[2.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| 1.0 - relu(1.0 - x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// let attribution = DeepLift::new().attribute(&net, x, Class(0))?;
/// assert_eq!(attribution.sums(), [1.0]);
/// assert_eq!(attribution.gap().unwrap()[0].absolute, 0.0);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DeepLift {
    baseline: Baseline,
    rule: DeepLiftRule,
    threshold: f64,
}

impl Default for DeepLift {
    fn default() -> Self {
        Self {
            baseline: Baseline::zeros(),
            rule: DeepLiftRule::Rescale,
            threshold: 1e-6,
        }
    }
}

impl DeepLift {
    /// The Rescale rule, with zero as reference.
    pub fn new() -> Self {
        Self::default()
    }

    /// The reference. Over an [average](Baseline::average) or [distribution](Baseline::distribution) results
    /// are averaged, as [`DeepLiftShap`](crate::DeepLiftShap) does.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = baseline;
        self
    }

    /// The rule for nonlinearities.
    #[must_use]
    pub fn with_rule(mut self, rule: DeepLiftRule) -> Self {
        self.rule = rule;
        self
    }

    /// Below which difference between input and reference of an operation its derivative takes the place of
    /// the slope, which would be rounding errors divided by each other.
    #[must_use]
    pub fn with_threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    pub(crate) fn explain_as(
        &self,
        method: &str,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        if !(self.threshold.is_finite() && self.threshold >= 0.0) {
            return Err(Error::InvalidOption {
                option: "threshold",
                value: self.threshold.to_string(),
                requirement: "it must be a finite number that isn't negative",
            });
        }
        let baselines = self.baseline.resolve(inputs)?;
        let mut average = Average::new(baselines.len());
        let copies = self.copies(net, inputs)?;
        let mut work = Work::new(inputs, copies, baselines.len());
        let mut at_input = None;
        for chunk in baselines.chunks(copies) {
            let comparison = self.compare(net, inputs, chunk)?;
            let resolved = match &at_input {
                Some(resolved) => resolved,
                None => at_input.insert(comparison.resolved(net, inputs, target)?),
            };
            comparison.add_to(net, &mut average, inputs, resolved.target())?;
            work.advance(chunk.len())?;
        }
        let at_input = at_input.map_or_else(|| ResolvedTarget::at(net, inputs, target), Ok)?;
        Ok(
            Attribution::new(method, at_input.name, average.values, at_input.scores)?
                .with_baseline(self.baseline.to_string(), average.scores)?
                .with_option("rule", self.rule)
                .with_option("threshold", self.threshold),
        )
    }

    /// Runs the network at the inputs and at several baselines.
    fn compare(
        &self,
        net: &Network,
        inputs: &Inputs,
        baselines: &[Vec<AnyTensor>],
    ) -> Result<Comparison, Error> {
        let input = inputs.stacked(&vec![inputs.floats()?; baselines.len()]);
        let reference = inputs.stacked(baselines);
        let pass = net.run(input.tensors().to_vec(), &self.probes(&input, &reference))?;
        Ok(Comparison {
            input,
            reference,
            pass,
        })
    }

    fn probes(&self, input: &Inputs, reference: &Inputs) -> Probes {
        let probes = Probes::new()
            .with_reference(reference.tensors().to_vec())
            .with_rules(self.rule.rule_map(self.threshold));
        with_gradients(probes, input)
    }

    /// How many baselines are compared with at once.
    fn copies(&self, net: &Network, inputs: &Inputs) -> Result<usize, Error> {
        let one = || Plan::run(net, inputs, &self.probes(inputs, inputs));
        budget::copies(inputs, one)
    }
}

/// A run at copies of the inputs, one beside each of several baselines.
struct Comparison {
    input: Inputs,
    reference: Inputs,
    pass: Pass,
}

impl Comparison {
    /// The target as it is at the inputs.
    fn resolved<'a>(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &'a dyn Target,
    ) -> Result<ResolvedTarget<'a>, Error> {
        let outputs = self.pass.outputs().iter().cloned();
        let outputs: Vec<_> = outputs.map(AnyTensor::without_autodiff).collect();
        ResolvedTarget::of(net, &self.input.copy_of(&outputs, 0)?, inputs, target)
    }

    /// Adds the contributions against every baseline.
    fn add_to(
        self,
        net: &Network,
        average: &mut Average,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<(), Error> {
        let Self {
            input,
            reference,
            pass,
        } = self;
        let scores = reference.scores(target, pass.reference_outputs())?;
        let scores = check::baseline_scores(net, &reference, &scores)?;
        let seeds = seeds(&input, target, pass.reference_outputs(), pass.outputs())?;
        let score = weighted(pass.outputs(), &seeds);
        let multipliers = pass.backward(score)?;
        let multipliers = (input.explained())
            .map(|position| input.samples_first(position, &multipliers.input(position)?))
            .collect::<Result<Vec<_>, Error>>()?;
        let backward = Backward {
            net,
            inputs: &input,
            target,
            probes: with_gradients(Probes::new(), &input),
        };
        check::multipliers(&backward, &multipliers)?;
        let difference = zip_all(&input.floats()?, &reference.floats()?, |x, b| x - b);
        let contributions = zip_all(&multipliers, &difference, |m, d| m * d);
        let rows = inputs.rows();
        for copy in 0..input.rows() / rows {
            let range = copy * rows..(copy + 1) * rows;
            let values = contributions
                .iter()
                .map(|values| values.rows(range.clone()));
            average.add(&values.collect::<Vec<_>>(), &scores[range.clone()]);
        }
        Ok(())
    }
}

/// The sum of all outputs times their seeds.
fn weighted(outputs: &[AnyTensor], seeds: &[Tensor<2>]) -> Tensor<1> {
    let floats = outputs.iter().filter(|output| output.is_float());
    let terms = floats
        .zip(seeds)
        .map(|(output, seed)| (flat(output) * seed.clone()).sum());
    let sum = terms.reduce(|a, b| a + b);
    sum.expect("a target is computed from float outputs")
}

/// Values have the inputs' shapes; an average over several baselines has a gap to their mean score.
impl Method for DeepLift {
    fn compute(
        &self,
        net: &Network,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        self.explain_as("deep-lift", net, inputs, target)
    }

    fn cost(&self, net: &Network, inputs: &Inputs) -> Result<Plan, Error> {
        let baselines = self.baseline.count();
        let floats = inputs.floats()?;
        let copies = self.copies(net, inputs)?.clamp(1, baselines);
        let stacked = inputs.stacked(&vec![floats.clone(); copies]);
        let probes = self.probes(&stacked, &stacked);
        // Input, reference, difference and contributions of a stack; the baselines and the average.
        let held = (4 * copies + baselines + 2) as u64 * bytes(&floats);
        let run = Plan::run(net, &stacked, &probes)?.holding(held);
        Ok(run.fraction(baselines, copies))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, LogProbability, Saliency, Score};
    use burn::nn::Linear;
    use burn::tensor::activation::{gelu, relu, sigmoid, softmax, tanh};
    use burn::tensor::{Device, TensorData};

    fn x() -> Tensor<2> {
        Tensor::from_data([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]], &Device::flex())
    }

    fn net(forward: fn(Tensor<2>) -> Tensor<2>) -> Network {
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
        Network::capture(&Vec::new(), x(), forward).unwrap()
    }

    fn assert_complete(result: &Attribution) {
        for gap in result.gap().unwrap() {
            assert!(gap.absolute.abs() < 1e-5, "{gap:?}");
        }
    }

    #[test]
    fn a_change_that_the_gradient_does_not_see_is_found() {
        // f(x) = relu(x), reference 2, input -2: the output fell by 2, the gradient is 0.
        let x = Tensor::<2>::from_data([[-2.0]], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<2>| relu(x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let method = DeepLift::new().with_baseline(Baseline::constant(2.0));
        let result = method.attribute(&net, x.clone(), Class(0)).unwrap();
        assert_eq!(result.sums(), [-2.0]);
        assert_eq!(
            Saliency::new().attribute(&net, x, Class(0)).unwrap().sums(),
            [0.0]
        );
    }

    #[test]
    fn gates_and_softmax_are_complete() {
        let gate = net(|x| sigmoid(x.clone()) * tanh(x.clone()) + gelu(x));
        let attention = net(|x| softmax(x.clone() * 3.0, 1) * x);
        for net in [gate, attention] {
            for baseline in [Baseline::zeros(), Baseline::constant(-0.7)] {
                let method = DeepLift::new().with_baseline(baseline);
                assert_complete(&method.attribute(&net, x(), Class(1)).unwrap());
            }
        }
    }

    #[test]
    fn targets_that_are_not_linear_are_complete_too() {
        let net = net(|x| tanh(x) * 4.0);
        let result = DeepLift::new()
            .attribute(&net, x(), LogProbability(2))
            .unwrap();
        assert_complete(&result);
        let energy = Score::new("energy", |y: Tensor<2>| {
            (y.clone() * y).sum_dim(1).squeeze_dim(1)
        });
        assert_complete(&DeepLift::new().attribute(&net, x(), energy).unwrap());
    }

    #[test]
    fn close_to_the_reference_it_is_the_gradient() {
        let net = net(|x| sigmoid(x.clone()) * x);
        let gradient = Saliency::new().attribute(&net, x(), Class(0)).unwrap();
        let gradient = gradient.tensor::<2>().unwrap();
        let shift = 1e-5;
        let method = DeepLift::new().with_baseline(Baseline::tensor(x() - shift));
        let result = method.attribute(&net, x(), Class(0)).unwrap();
        let multiplier = result.tensor::<2>().unwrap() / shift;
        let error = (multiplier - gradient).abs().max().into_scalar::<f32>();
        assert!(error < 0.05, "{error}");
    }

    #[test]
    fn a_linear_function_gives_its_terms() {
        let net = net(|x| (x * 3.0 + 1.0).sum_dim(1));
        let result = DeepLift::new().attribute(&net, x(), Class(0)).unwrap();
        let expected = TensorData::from([[3.0, -6.0, 1.5], [9.0, 0.75, -3.0]]);
        result
            .tensor::<2>()
            .unwrap()
            .into_data()
            .assert_eq(&expected, false);
    }

    #[test]
    fn a_threshold_must_be_a_number() {
        let method = DeepLift::new().with_threshold(f64::NAN);
        let error = method.attribute(&net(|x| x), x(), Class(0)).unwrap_err();
        assert!(
            error.to_string().contains("threshold can't be NaN"),
            "{error}"
        );
    }
}
