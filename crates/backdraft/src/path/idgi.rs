//! IDGI.

use burn::tensor::{Tensor, TensorData};

use crate::inputs::rows::{flat, zip_all};
use crate::path::along::Along;
use crate::path::average_over::{average_over, plan_over};
use crate::path::path::Path;
use crate::path::quadrature::{Quadrature, at_least_one};
use crate::path::straight_line::StraightLine;
use crate::run::batching::{Point, Work};
use crate::{
    AnyTensor, Attribution, Baseline, Differentiable, Error, Inputs, Method, Plan, Target,
};

/// IDGI, important direction gradient integration: what the score changes by from one point of a path to the next, shared
/// among the features by the squares of their gradients.
///
/// ```text
/// A_i = sum over steps k of (F(x_{k+1}) - F(x_k)) · g_i² / |g|²,   g the gradient at x_k
/// ```
///
/// Yang, Wang & Bilgic, [*IDGI: A Framework to Eliminate Explanation Noise from Integrated
/// Gradients*](https://arxiv.org/abs/2303.14242), CVPR 2023. Of a step of the path only the part along the gradient changes
/// the score, so only that counts, and what a step contributes is what the score changes by: attributions sum to
/// `F(x) - F(b)` for any number of steps, up to rounding. Where the gradient is zero, nothing says whose change it is, and
/// it is left in the [gap](Attribution::gap). A square has no sign: a step's features all have that of the score's change.
///
/// The authors' score is a softmax probability, which a [`Score`](crate::Score) makes of logits.
///
/// | option | default |
/// |---|---|
/// | [`with_baseline`](Self::with_baseline) | zeros |
/// | [`with_steps`](Self::with_steps) | 50 equal ones |
///
/// [`Idgi::along`] takes any other [`Path`], such as a [`BlurPath`](super::BlurPath).
///
/// ```
/// use backdraft::{Class, Idgi, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // F = 3 x_0 + 4 x_1 changes by 7, of which the squares 9 and 16 have their shares.
/// let x = Tensor::<2>::from_data([[1.0, 1.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| x.clone().narrow(1, 0, 1) * 3.0 + x.narrow(1, 1, 1) * 4.0;
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let idgi = Idgi::new().attribute(&net, x, Class(0))?;
/// let values = idgi.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap();
/// assert!((values[0] - 7.0 * 9.0 / 25.0).abs() < 1e-4 && (values[1] - 7.0 * 16.0 / 25.0).abs() < 1e-4);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Idgi<P = StraightLine> {
    path: P,
    steps: usize,
}

impl Default for Idgi {
    fn default() -> Self {
        Self::along(StraightLine::default())
    }
}

impl Idgi {
    /// Fifty steps on the straight line from zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the path begins.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.path = StraightLine::from(baseline);
        self
    }
}

impl<P> Idgi<P> {
    /// Fifty steps along this path.
    pub fn along(path: P) -> Self {
        Self { path, steps: 50 }
    }

    /// How many steps the path has.
    #[must_use]
    pub fn with_steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// Where the steps begin.
    fn positions(&self) -> Result<Vec<f64>, Error> {
        let steps = at_least_one(self.steps)?;
        let points = Quadrature::Left.points(steps).into_iter();
        Ok(points.map(|(position, _)| position).collect())
    }
}

impl<M: Differentiable + ?Sized, P: Path> Method<M> for Idgi<P> {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        let positions = self.positions()?;
        let steps = positions.len();
        let result = average_over(
            "idgi",
            &self.path,
            model,
            inputs,
            target,
            steps,
            |along, work| changes(along, work, &positions),
        )?;
        Ok(result
            .with_option("steps", steps * self.path.count())
            .with_option("path", self.path.method()))
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        // The gradient and its squares, the sum and the average.
        plan_over(&self.path, model, inputs, self.positions()?.len(), 4)
    }
}

/// The sum of all steps' changes, shared.
fn changes<M: Differentiable + ?Sized>(
    along: &Along<'_, M>,
    work: &mut Work,
    positions: &[f64],
) -> Result<Vec<AnyTensor>, Error> {
    let mut sum: Option<Vec<AnyTensor>> = None;
    let mut add = |begin: &Point, end: &[f64]| {
        let change = end
            .iter()
            .zip(&begin.scores)
            .map(|(end, begin)| end - begin);
        let values = shared(&begin.gradients, &change.collect::<Vec<_>>());
        sum = Some(match sum.take() {
            None => values,
            Some(sum) => zip_all(&sum, &values, |sum, value| sum + value),
        });
    };
    let mut last: Option<Point> = None;
    along.each(work, positions.iter().copied(), |point| {
        if let Some(last) = last.take() {
            add(&last, &point.scores);
        }
        last = Some(point);
    })?;
    if let Some(last) = last {
        let end = along.scores.1.iter().copied().map(f64::from);
        add(&last, &end.collect::<Vec<_>>());
    }
    Ok(sum.unwrap_or_default())
}

/// Every row's change, shared in proportion to squared gradients.
fn shared(gradients: &[AnyTensor], changes: &[f64]) -> Vec<AnyTensor> {
    let flats: Vec<Tensor<2>> = gradients.iter().map(flat).collect();
    // Squares are those of multiples of the largest gradient, so that they don't vanish.
    let largest = flats.iter().map(|g| g.clone().abs().max_dim(1));
    let largest = largest
        .reduce(Tensor::max_pair)
        .expect("an input is explained");
    let is_zero = largest.clone().equal_elem(0.0);
    let largest = largest.mask_fill(is_zero, 1.0);
    let squares = flats.into_iter().map(|g| (g / largest.clone()).square());
    let squares: Vec<Tensor<2>> = squares.collect();
    let sums = squares.iter().map(|squares| squares.clone().sum_dim(1));
    let sum = sums.reduce(|a, b| a + b).expect("an input is explained");
    let (device, dtype) = (sum.device(), sum.dtype());
    let changes = TensorData::new(changes.to_vec(), [changes.len(), 1]);
    let changes = Tensor::<2>::from_data(changes, (&device, dtype));
    // The largest multiple is one, and so its square, unless the gradient is zero.
    let shares = changes / sum.clamp_min(1.0);
    let values = squares.into_iter().zip(gradients);
    values
        .map(|(squares, g)| AnyTensor::from(squares * shares.clone()).reshape_to(g.shape()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlurPath, Class, Network};
    use burn::nn::Linear;
    use burn::tensor::Device;
    use burn::tensor::activation::relu;

    fn x(values: [[f32; 2]; 2]) -> Tensor<2> {
        Tensor::from_data(values, &Device::flex())
    }

    fn explain(forward: fn(Tensor<2>) -> Tensor<2>, x: Tensor<2>, steps: usize) -> Attribution {
        let forward = move |_: &Vec<Linear>, x: Tensor<2>| forward(x);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let method = Idgi::new().with_steps(steps);
        method.attribute(&net, x, Class(0)).unwrap()
    }

    fn values(attribution: &Attribution) -> Vec<f32> {
        let values = attribution.tensor::<2>().unwrap();
        values.into_data().iter::<f32>().collect()
    }

    fn product(x: Tensor<2>) -> Tensor<2> {
        (x.clone().narrow(1, 0, 1) + 1.0) * (x.narrow(1, 1, 1) + 1.0)
    }

    #[test]
    fn every_step_shares_its_own_change() {
        // Two steps to (2, 4): at 0 the gradient is (1, 1) and the score goes from 1 to 6, at (1, 2) it is (3, 2) and
        // the score goes to 15.
        let result = explain(product, x([[2.0, 4.0], [0.0, 4.0]]), 2);
        let expected = [2.5 + 9.0 * 9.0 / 13.0, 2.5 + 9.0 * 4.0 / 13.0];
        // The second sample's score goes from 1 to 3, and with the gradient (3, 1) to 5.
        let second = [1.0 + 2.0 * 0.9, 1.0 + 2.0 * 0.1];
        for (value, expected) in values(&result).into_iter().zip([expected, second].concat()) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
        for gap in result.gap().unwrap() {
            assert!(gap.absolute.abs() < 1e-5);
        }
    }

    #[test]
    fn what_happens_where_the_gradient_is_zero_is_the_gap() {
        // Flat in the first half of the path.
        let result = explain(|x| relu(x - 1.0), x([[2.0, 0.0], [2.0, 0.0]]), 1);
        assert_eq!(values(&result), [0.0; 4]);
        assert_eq!(result.gap().unwrap()[0].absolute, -1.0);
    }

    #[test]
    fn gradients_whose_squares_vanish_count() {
        let result = explain(|x| x * 1e-30, x([[2.0, 0.0], [3.0, 0.0]]), 3);
        let values = values(&result);
        assert!((values[0] / 2e-30 - 1.0).abs() < 1e-4, "{values:?}");
        assert!((values[2] / 3e-30 - 1.0).abs() < 1e-4, "{values:?}");
    }

    #[test]
    fn it_goes_along_any_path() {
        let x = Tensor::<4>::from_data([[[[0.0, 3.0], [1.0, 2.0]]]], &Device::flex());
        let forward = |_: &Vec<Linear>, x: Tensor<4>| x.reshape([1, 4]).powi_scalar(2).sum_dim(1);
        let net = Network::capture(&Vec::new(), x.clone(), forward).unwrap();
        let method = Idgi::along(BlurPath::from(2.0)).with_steps(5);
        let result = method.attribute(&net, x, Class(0)).unwrap();
        assert_eq!(result.option("path"), Some("blur-ig"));
        assert!(result.gap().unwrap()[0].absolute.abs() < 1e-4);
    }

    #[test]
    fn no_steps_are_refused() {
        let x = x([[1.0, 2.0], [3.0, 4.0]]);
        let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x).unwrap();
        let error = Idgi::new()
            .with_steps(0)
            .attribute(&net, x, Class(0))
            .unwrap_err();
        assert!(error.to_string().contains("steps can't be 0"), "{error}");
    }
}
