//! Integrated gradients.

use crate::Baseline;
use crate::path::path_integral::PathIntegral;
use crate::path::straight_line::StraightLine;

/// Integrated gradients: the gradient, averaged over the straight line from a baseline to the input, times
/// their difference.
///
/// ```text
/// A_i = (x_i - b_i) · integral over a from 0 to 1 of dF/dx_i (b + a (x - b))
/// ```
///
/// Sundararajan et al., [*Axiomatic Attribution for Deep Networks*](https://arxiv.org/abs/1703.01365),
/// 2017. Attributions sum to `F(x) - F(b)`; how far the finite sum is off is the
/// [gap](crate::Attribution::gap).
///
/// | option | default |
/// |---|---|
/// | [`with_baseline`](PathIntegral::with_baseline) | zeros |
/// | [`with_steps`](PathIntegral::with_steps) | 50 |
/// | [`with_quadrature`](PathIntegral::with_quadrature) | Gauss-Legendre |
/// | [`with_tolerance`](PathIntegral::with_tolerance) | none: the number of steps is fixed |
/// | [`with_max_steps`](PathIntegral::with_max_steps) | 1000, where there is a tolerance |
///
/// A step is one gradient for each sample. With an [average](Baseline::average) of baselines, each has its
/// own path, and attributions and baseline scores are averaged; the result's option `steps` counts the steps of
/// all paths.
///
/// The paper's example: `F(x) = 1 - relu(1 - x)` rises from 0 to 1 between the baseline 0 and 1, and is flat
/// at the input 2. The gradient there is zero; integrated gradients find the rise:
///
/// ```
/// use backdraft::{Class, IntegratedGradients, Method, Network, Quadrature, Saliency};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::relu};
///
/// let x = Tensor::<2>::from_data([[2.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| 1.0 - relu(1.0 - x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// let gradient = Saliency::new().attribute(&net, x.clone(), Class(0))?;
/// assert_eq!(gradient.sums(), [0.0]);
///
/// let midpoints = IntegratedGradients::new().with_quadrature(Quadrature::Midpoint);
/// let attribution = midpoints.attribute(&net, x.clone(), Class(0))?;
/// assert!((attribution.sums()[0] - 1.0).abs() < 1e-6);
///
/// // Refines the path where the gradient changes, until the gap is below 0.1%.
/// let adaptive = IntegratedGradients::new().with_tolerance(1e-3);
/// let attribution = adaptive.attribute(&net, x, Class(0))?;
/// assert_eq!(attribution.option("converged"), Some("true"));
/// assert!(attribution.gap().unwrap()[0].absolute.abs() < 1e-3);
/// # Ok::<(), backdraft::Error>(())
/// ```
pub type IntegratedGradients = PathIntegral<StraightLine>;

impl Default for IntegratedGradients {
    fn default() -> Self {
        Self::along(StraightLine::default())
    }
}

impl IntegratedGradients {
    /// Fifty Gauss-Legendre steps from zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the path begins.
    #[must_use]
    pub fn with_baseline(self, baseline: Baseline) -> Self {
        self.with_path(StraightLine::from(baseline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribution, Class, Inputs, Method, Network, TopClass};
    use burn::nn::Linear;
    use burn::tensor::activation::{relu, sigmoid};
    use burn::tensor::{Device, Tensor};
    use std::ops::ControlFlow;
    use std::sync::{Arc, Mutex};

    fn x(values: [[f32; 2]; 2]) -> Tensor<2> {
        Tensor::from_data(values, &Device::flex())
    }

    fn net(forward: fn(Tensor<2>) -> Tensor<2>) -> Network {
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
        Network::capture(&Vec::new(), x([[0.0; 2]; 2]), forward).unwrap()
    }

    fn values(attribution: &Attribution) -> Vec<f32> {
        let values = attribution.tensor::<2>().unwrap();
        values.into_data().iter::<f32>().collect()
    }

    #[test]
    fn a_product_is_shared_evenly() {
        // x0 x1 from zero: the integral of a x1 over a is x1 / 2.
        let net = net(|x| {
            let (a, b) = (x.clone().narrow(1, 0, 1), x.narrow(1, 1, 1));
            a * b
        });
        let result = IntegratedGradients::new()
            .with_steps(3)
            .attribute(&net, x([[2.0, 3.0], [4.0, -1.0]]), Class(0))
            .unwrap();
        for (value, expected) in values(&result).into_iter().zip([3.0, 3.0, -2.0, -2.0]) {
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        }
        assert_eq!(result.baseline(), Some("zeros"));
        assert_eq!(result.option("steps"), Some("3"));
        for gap in result.gap().unwrap() {
            assert!(gap.absolute.abs() < 1e-6);
        }
    }

    #[test]
    fn the_top_class_is_that_of_the_input_all_along_the_path() {
        // At the baseline (1, 0) class 0 is preferred, at the input class 1.
        let net = net(|x| x);
        let baseline = Baseline::channels([1.0, 0.0]);
        let result = IntegratedGradients::new()
            .with_baseline(baseline)
            .attribute(&net, x([[0.0, 5.0], [0.0, 7.0]]), TopClass)
            .unwrap();
        assert_eq!(result.target(), "class 1");
        let expected = [0.0, 5.0, 0.0, 7.0];
        for (value, expected) in values(&result).into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
        assert_eq!(result.baseline_scores(), Some([0.0, 0.0].as_slice()));
    }

    #[test]
    fn refinement_finds_a_kink_that_fixed_steps_miss() {
        // The rise is over after 1% of the path.
        let net = net(|x| 1.0 - relu(1.0 - x * 100.0));
        let input = x([[1.0, 2.0], [1.0, 0.5]]);
        let relative = |method: IntegratedGradients| {
            let result = method.attribute(&net, input.clone(), Class(0)).unwrap();
            let gaps = result.gap().unwrap().into_iter();
            let worst = gaps
                .map(|gap| gap.relative.unwrap().abs())
                .fold(0.0, f64::max);
            (worst, result)
        };
        let (fixed, _) = relative(IntegratedGradients::new());
        let (adaptive, result) = relative(IntegratedGradients::new().with_tolerance(1e-2));
        assert!(fixed > 1e-2 && adaptive <= 1e-2, "{fixed} {adaptive}");
        assert_eq!(result.option("converged"), Some("true"));
        let steps: usize = result.option("steps").unwrap().parse().unwrap();
        assert!((50..200).contains(&steps), "{steps}");

        let (_, spent) = relative(
            IntegratedGradients::new()
                .with_tolerance(1e-9)
                .with_max_steps(100),
        );
        assert_eq!(spent.option("converged"), Some("false"));
        let steps: usize = spent.option("steps").unwrap().parse().unwrap();
        assert!(steps <= 100, "{steps}");
    }

    #[test]
    fn several_baselines_are_averaged() {
        let net = net(sigmoid);
        let input = x([[1.0, 2.0], [3.0, -1.0]]);
        let at = |baseline: Baseline| {
            let method = IntegratedGradients::new().with_baseline(baseline);
            method.attribute(&net, input.clone(), Class(0)).unwrap()
        };
        let (zero, half) = (Baseline::zeros(), Baseline::constant(0.5));
        let average = at(Baseline::average([zero.clone(), half.clone()]));
        let each = values(&at(zero)).into_iter().zip(values(&at(half)));
        for (value, (a, b)) in values(&average).into_iter().zip(each) {
            assert!((value - 0.5 * (a + b)).abs() < 1e-6);
        }
        assert!(average.gap().unwrap()[0].absolute.abs() < 1e-6);
        assert_eq!(average.option("steps"), Some("100"));
    }

    #[test]
    fn the_internal_batch_changes_nothing() {
        let net = net(|x| sigmoid(x.clone() * 3.0) * x);
        let input = x([[1.0, 2.0], [3.0, -1.0]]);
        let with = |rows| {
            let inputs = Inputs::new(input.clone()).with_batch_size(rows);
            IntegratedGradients::new()
                .with_steps(7)
                .attribute(&net, inputs, Class(0))
                .unwrap()
                .tensor::<2>()
                .unwrap()
        };
        let expected = with(1).into_data();
        for rows in [3, 8, 100] {
            let actual = with(rows).into_data();
            actual.assert_approx_eq::<f32>(&expected, burn::tensor::Tolerance::relative(1e-6));
        }
    }

    #[test]
    fn progress_is_reported_and_can_stop() {
        let net = net(|x| x.clone() * x);
        let input = x([[1.0, 2.0], [3.0, -1.0]]);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        let inputs = Inputs::new(input).with_batch_size(8);
        let watched = inputs.clone().with_progress(move |done, total| {
            notes.lock().unwrap().push((done, total));
            ControlFlow::Continue(())
        });
        let method = IntegratedGradients::new().with_steps(9);
        method.attribute(&net, watched, Class(0)).unwrap();
        // Eight rows are four points of two samples.
        assert_eq!(*seen.lock().unwrap(), [(4, 9), (8, 9), (9, 9)]);

        let stopped = inputs.with_progress(|_, _| ControlFlow::Break(()));
        let error = IntegratedGradients::new().attribute(&net, stopped, Class(0));
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), "cancelled after 4 of 50 units of work");
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        let net = net(|x| x.clone() * x);
        let input = x([[1.0, 2.0], [3.0, -1.0]]);
        let error = |method: IntegratedGradients| {
            method
                .attribute(&net, input.clone(), Class(0))
                .unwrap_err()
                .to_string()
        };
        assert!(error(IntegratedGradients::new().with_steps(0)).contains("steps can't be 0"));
        let tolerance = IntegratedGradients::new().with_tolerance(f64::NAN);
        assert!(error(tolerance).contains("tolerance can't be NaN"));
        let few = IntegratedGradients::new()
            .with_tolerance(0.1)
            .with_max_steps(4);
        assert!(error(few).contains("the most steps can't be 4"));
        let own = Baseline::tensor(input.clone());
        let error = error(IntegratedGradients::new().with_baseline(own));
        assert!(error.contains("equals its input"), "{error}");
    }
}
