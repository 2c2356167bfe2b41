//! Any method, averaged over noisy copies of the input.

use std::marker::PhantomData;

use crate::noise::level::{NoiseLevel, check_draws};
use crate::noise::statistic::{Mean, MeanSquare, Moments, Statistic, Variance};
use crate::run::batching::Work;
use crate::run::budget;
use crate::run::plan::bytes;
use crate::targets::ResolvedTarget;
use crate::{Attribution, Error, Inputs, Method, Model, Plan, Target};

/// SmoothGrad: the mean of a method's results over noisy copies of the input.
///
/// ```text
/// A(x) = 1/n · sum over n draws of A(x + noise),   noise normal with standard deviation s
/// ```
///
/// Smilkov et al., [*SmoothGrad: removing noise by adding noise*](https://arxiv.org/abs/1706.03825), 2017.
/// It wraps any method: the plain gradient as in the paper, Grad-CAM, integrated gradients, one of your own.
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](NoiseTunnel::with_draws) | 50 draws |
/// | [`with_noise`](NoiseTunnel::with_noise) | 0.15 of each sample's range |
/// | [`with_seed`](NoiseTunnel::with_seed) | 0 |
///
/// Noise depends on the seed alone: all samples of a batch share it, so a sample's result doesn't depend on
/// its batch, and neither on how many rows are computed at once. A target such as
/// [`TopClass`](crate::TopClass) is that of the clean input.
///
/// ```
/// use backdraft::{Class, Method, Network, NoiseLevel, Saliency, SmoothGrad};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// // At its kink a rectifier's gradient is 0 or 1; on average over the noise it is a half.
/// let x = Tensor::<2>::from_data([[0.0, 9.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| relu(x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let method = SmoothGrad::new(Saliency::new())
///     .with_noise(NoiseLevel::Absolute(0.5))
///     .with_draws(400);
/// let smooth = method.attribute(&net, x, Class(0))?;
/// assert!((smooth.sums()[0] - 0.5).abs() < 0.1);
/// # Ok::<(), backdraft::Error>(())
/// ```
pub type SmoothGrad<T> = NoiseTunnel<T, Mean>;

/// SmoothGrad with squares: the mean of a method's squared results over noisy copies of the input. Never
/// negative.
///
/// ```text
/// A(x) = 1/n · sum over n draws of A(x + noise)²
/// ```
///
/// Hooker et al., [*A Benchmark for Interpretability Methods in Deep Neural
/// Networks*](https://arxiv.org/abs/1806.10758), 2019. Options are those of [`SmoothGrad`].
pub type SmoothGradSquared<T> = NoiseTunnel<T, MeanSquare>;

/// VarGrad: the variance of a method's results over noisy copies of the input (the mean squared deviation,
/// not Bessel-corrected). Never negative.
///
/// Adebayo et al., [*Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter
/// Values*](https://arxiv.org/abs/1810.03307), 2018. Options are those of [`SmoothGrad`].
pub type VarGrad<T> = NoiseTunnel<T, Variance>;

/// A method of type `T` over noisy copies of the input: [`SmoothGrad`], [`SmoothGradSquared`] or [`VarGrad`].
#[derive(Clone, Debug)]
pub struct NoiseTunnel<T, S> {
    method: T,
    draws: usize,
    noise: NoiseLevel,
    seed: u64,
    statistic: PhantomData<S>,
}

impl<T, S: Statistic> NoiseTunnel<T, S> {
    /// Fifty noisy copies for this method.
    pub fn new(method: T) -> Self {
        Self {
            method,
            draws: 50,
            noise: NoiseLevel::Relative(0.15),
            seed: 0,
            statistic: PhantomData,
        }
    }

    /// How many noisy copies there are.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// How strong the noise is.
    #[must_use]
    pub fn with_noise(mut self, noise: NoiseLevel) -> Self {
        self.noise = noise;
        self
    }

    /// What the noise depends on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many noisy copies are computed at once.
    fn copies<M>(&self, model: &M, inputs: &Inputs) -> Result<usize, Error>
    where
        M: Model + ?Sized,
        T: Method<M>,
    {
        budget::copies(inputs, || self.method.cost(model, inputs))
    }
}

impl<M, T, S> Method<M> for NoiseTunnel<T, S>
where
    M: Model + ?Sized,
    T: Method<M>,
    S: Statistic,
{
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        check_draws(self.draws)?;
        let noise = self.noise.check()?;
        let clean = ResolvedTarget::at(model, inputs, target)?;
        let floats = inputs.floats()?;
        let rows = inputs.rows();
        let copies = self.copies(model, inputs)?;
        let mut work = Work::new(inputs, copies, self.draws);
        let mut moments: Vec<Moments> = Vec::new();
        let mut last = None;
        let mut options: Option<Vec<(String, String)>> = None;
        for chunk in work.chunks() {
            let draws = chunk.clone();
            let versions = draws.map(|draw| noise.add(&floats, inputs, self.seed, draw));
            let stacked = inputs
                .stacked(&versions.collect::<Vec<_>>())
                .without_progress();
            let result = self.method.compute(model, &stacked, clean.target());
            let result = result.map_err(|error| match error {
                Error::NotFinite(error) => Error::NotFinite(error.among(inputs.samples())),
                error => error,
            })?;
            moments.resize_with(result.values().len(), Moments::default);
            for (moments, values) in moments.iter_mut().zip(result.values()) {
                for copy in 0..chunk.len() {
                    moments.add(values.rows(copy * rows..(copy + 1) * rows));
                }
            }
            work.advance(chunk.len())?;
            match &mut options {
                None => options = Some(result.options().to_vec()),
                // What differs between draws, such as adaptive steps, is no option of the whole.
                Some(options) => options.retain(|option| result.options().contains(option)),
            }
            last = Some(result);
        }
        let values = moments.into_iter().filter_map(Moments::statistic::<S>);
        let name = last.as_ref().map_or("", Attribution::method);
        let name = format!("{} of {name}", S::NAME);
        let mut result = Attribution::new(name, clean.name, values.collect(), clean.scores)?
            .with_option("draws", self.draws)
            .with_option("noise", self.noise)
            .with_option("seed", self.seed);
        if let Some(last) = last {
            for (option, value) in options.into_iter().flatten() {
                result = result.with_option(format!("{} {option}", last.method()), value);
            }
            if let Some(layer) = last.layer() {
                result = result.with_layer(layer);
            }
            result = result.lying_like(&last);
        }
        Ok(result)
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        let clean = Plan::outputs(model, inputs)?;
        let floats = inputs.floats()?;
        let copies = self.copies(model, inputs)?.clamp(1, self.draws.max(1));
        // Beside the stack the mean, the sum of squared deviations and what is computed for the next ones.
        let held = (2 * copies as u64 + 5) * bytes(&floats);
        let stacked = inputs.stacked(&vec![floats; copies]);
        let run = self.method.cost(model, &stacked)?.holding(held);
        Ok(clean.then(run.fraction(self.draws, copies)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunError;
    use crate::{AtLayer, Baseline, Class, GradCam, IntegratedGradients, Network, Saliency};
    use burn::nn::Linear;
    use burn::tensor::{Device, Tensor, Tolerance};
    use std::ops::ControlFlow;
    use std::sync::{Arc, Mutex};

    fn x() -> Tensor<2> {
        Tensor::from_data([[1.0, 2.0], [-1.0, 0.5]], &Device::flex())
    }

    fn net(forward: fn(Tensor<2>) -> Tensor<2>) -> Network {
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
        Network::capture(&Vec::new(), x(), forward).unwrap()
    }

    fn values(method: &impl Method, net: &Network) -> Tensor<2> {
        values_at(method, net, x().into())
    }

    fn values_at(method: &impl Method, net: &Network, inputs: Inputs) -> Tensor<2> {
        let result = method.attribute(net, inputs, Class(0)).unwrap();
        result.tensor().unwrap()
    }

    #[test]
    fn where_the_gradient_is_constant_noise_changes_nothing() {
        let net = net(|x| x * 3.0);
        let mean = values(&SmoothGrad::new(Saliency::new()), &net).into_data();
        let gradient = values(&Saliency::new(), &net).into_data();
        mean.assert_approx_eq::<f32>(&gradient, Tolerance::absolute(1e-6));
        let variance = values(&VarGrad::new(Saliency::new()), &net);
        assert_eq!(variance.abs().max().into_scalar::<f32>(), 0.0);
        let squares = values(&SmoothGradSquared::new(Saliency::new()), &net);
        assert!((squares.max().into_scalar::<f32>() - 9.0).abs() < 1e-5);
    }

    #[test]
    fn the_variance_is_that_of_the_gradient() {
        // The gradient of x² is 2 x, so its variance is four times that of the noise.
        let net = net(|x| x.clone() * x);
        let method = VarGrad::new(Saliency::new())
            .with_noise(NoiseLevel::Absolute(0.5))
            .with_draws(2000);
        let inputs = Inputs::new(x()).with_batch_size(500);
        let variance = values_at(&method, &net, inputs).into_data();
        let variance: Vec<f32> = variance.iter::<f32>().collect();
        assert!((variance[0] - 1.0).abs() < 0.1, "{variance:?}");
        assert_eq!(variance[1], 0.0);
    }

    #[test]
    fn the_internal_batch_and_the_other_samples_change_nothing() {
        let net = net(|x| (x.clone() * x).tanh());
        let method = SmoothGrad::new(Saliency::new()).with_draws(7);
        let with =
            |x: Tensor<2>, rows| values_at(&method, &net, Inputs::new(x).with_batch_size(rows));
        let expected = with(x(), 1);
        for rows in [3, 8] {
            let actual = with(x(), rows).into_data();
            actual
                .assert_approx_eq::<f32>(&expected.clone().into_data(), Tolerance::relative(1e-6));
        }
        let alone = with(x().slice([1..2, 0..2]), 8).into_data();
        let expected = expected.slice([1..2, 0..2]).into_data();
        alone.assert_approx_eq::<f32>(&expected, Tolerance::relative(1e-6));
    }

    #[test]
    fn path_and_layer_methods_can_be_wrapped() {
        let net = net(|x| (x.clone() * x).tanh());
        // A baseline for each sample, and steps of the path within the copies.
        let baseline = Baseline::tensor(x() * 0.5);
        let integrated = IntegratedGradients::new()
            .with_baseline(baseline)
            .with_steps(5);
        let wrapped = SmoothGrad::new(integrated.clone()).with_noise(NoiseLevel::Absolute(1e-6));
        let (wrapped, plain) = (values(&wrapped, &net), values(&integrated, &net));
        wrapped
            .into_data()
            .assert_approx_eq::<f32>(&plain.into_data(), Tolerance::absolute(1e-4));

        let forward = |_: &Vec<Linear>, x: Tensor<3>| (x * 2.0).sum_dim(2).squeeze_dim::<2>(2);
        let x = Tensor::<3>::from_data([[[1.0, 2.0]]], &Device::flex());
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let cam = SmoothGrad::new(GradCam::at("mul_scalar")).with_draws(3);
        let cam = cam.attribute(&net, x, Class(0)).unwrap();
        assert_eq!(cam.method(), "smooth-grad of grad-cam");
        assert_eq!(cam.layer(), Some("mul_scalar"));
        assert_eq!(cam.option("grad-cam relu"), Some("true"));
    }

    #[test]
    fn nothing_to_average_is_refused() {
        let none = SmoothGrad::new(Saliency::new()).with_draws(0);
        let error = none
            .attribute(&net(|x| x), x(), Class(0))
            .unwrap_err()
            .to_string();
        assert!(error.contains("draws can't be 0"), "{error}");
    }

    #[test]
    fn of_a_path_in_a_tunnel_the_tunnel_reports() {
        let net = net(|x| (x.clone() * x).tanh());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        // Eight rows are four copies of two samples.
        let inputs = Inputs::new(x())
            .with_batch_size(8)
            .with_progress(move |done, total| {
                notes.lock().unwrap().push((done, total));
                ControlFlow::Continue(())
            });
        let path = IntegratedGradients::new().with_steps(3);
        values_at(&SmoothGrad::new(path).with_draws(10), &net, inputs.clone());
        assert_eq!(*seen.lock().unwrap(), [(4, 10), (8, 10), (10, 10)]);
        // At a layer it is the method there that reports.
        seen.lock().unwrap().clear();
        let layer = AtLayer::new(IntegratedGradients::new().with_steps(6), "mul");
        values_at(&layer, &net, inputs);
        assert_eq!(*seen.lock().unwrap(), [(4, 6), (6, 6)]);
    }

    #[test]
    fn how_to_run_is_that_of_the_call_and_not_of_the_first_one() {
        let net = net(|x| (x.clone() * x).tanh());
        let inputs = Inputs::new(x());
        let layer = AtLayer::new(IntegratedGradients::new().with_steps(6), "mul");
        values_at(&layer, &net, inputs.clone());
        let stopped = inputs.with_progress(|_, _| ControlFlow::Break(()));
        let error = layer.attribute(&net, stopped, Class(0)).unwrap_err();
        assert!(
            matches!(error, Error::Run(RunError::Cancelled { .. })),
            "{error}"
        );
    }
}
