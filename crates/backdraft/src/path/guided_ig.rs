//! Guided IG.

use burn::tensor::{Tensor, TensorData};

use crate::inputs::rows::flat;
use crate::path::along::Along;
use crate::path::average_over::{average_over, plan_over};
use crate::path::guided_walk::{GuidedWalk, Range};
use crate::path::path::Path;
use crate::path::quadrature::at_least_one;
use crate::path::straight_line::StraightLine;
use crate::run::batching::Work;
use crate::{
    AnyTensor, Attribution, Baseline, Differentiable, Error, Inputs, Method, Plan, Target,
};

/// Guided integrated gradients: gradients integrated along a path that avoids large ones.
///
/// ```text
/// A_i = sum over steps k of dF/dx_i (x_k) · (x_{k+1} - x_k)_i
/// ```
///
/// Kapishnikov et al., [*Guided Integrated Gradients: An Adaptive Path Method for Removing
/// Noise*](https://arxiv.org/abs/2106.09788), CVPR 2021. `x_k` is the point after `k` steps, from the baseline `b` to the
/// input `x`. Every step brings it nearer to the input by the same amount, summed over all features, and moves those with
/// the smallest absolute gradients first, as far as they may go. So a feature changes where the model hardly reacts to it,
/// and noise counts for less. No feature may be further from the straight line than a part of its own way. Attributions sum
/// to `F(x) - F(b)` up to the error of the finite sum, the [gap](Attribution::gap).
///
/// | option | default |
/// |---|---|
/// | [`with_baseline`](Self::with_baseline) | zeros |
/// | [`with_steps`](Self::with_steps) | 200 |
/// | [`with_fraction`](Self::with_fraction) | 0.25: a quarter of the features at a time |
/// | [`with_max_distance`](Self::with_max_distance) | 0.02 |
///
/// Every step waits for the gradient of the one before it, so only the samples of a batch are computed together. Which
/// features move is decided by comparisons, in which the last digits of a gradient may count: results of different
/// backends and precisions can differ more than those of other methods.
///
/// ```
/// use backdraft::{Class, GuidedIg, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // F = x_0 x_1 + x_0: at zero the gradient is 1 and 0, so x_1 moves first, while it changes nothing.
/// let x = Tensor::<2>::from_data([[1.0, 1.0]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| {
///     let (a, b) = (x.clone().narrow(1, 0, 1), x.narrow(1, 1, 1));
///     a.clone() * b + a
/// };
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let guided = GuidedIg::new().with_max_distance(1.0).attribute(&net, x, Class(0))?;
/// let values = guided.tensor::<2>()?.into_data().try_to_vec::<f32>().unwrap();
/// assert!((values[0] - 2.0).abs() < 1e-4 && values[1].abs() < 1e-4);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GuidedIg {
    path: StraightLine,
    steps: usize,
    fraction: f64,
    max_distance: f64,
}

impl Default for GuidedIg {
    fn default() -> Self {
        Self {
            path: StraightLine::default(),
            steps: 200,
            fraction: 0.25,
            max_distance: 0.02,
        }
    }
}

impl GuidedIg {
    /// Two hundred steps from zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the path begins.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.path = StraightLine::from(baseline);
        self
    }

    /// How many steps the path has, each with one gradient.
    #[must_use]
    pub fn with_steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// Which part of the features, from 0 to 1, moves at a time: those with the smallest absolute gradients.
    #[must_use]
    pub fn with_fraction(mut self, fraction: f64) -> Self {
        self.fraction = fraction;
        self
    }

    /// How far from the straight line a feature may be, as a part of its way from the baseline to the input: from 0, the
    /// straight line of [`IntegratedGradients`](super::IntegratedGradients), to 1, anywhere between both.
    #[must_use]
    pub fn with_max_distance(mut self, distance: f64) -> Self {
        self.max_distance = distance;
        self
    }

    fn check(&self) -> Result<(), Error> {
        at_least_one(self.steps)?;
        let parts = [
            ("fraction", self.fraction),
            ("the largest distance", self.max_distance),
        ];
        match parts
            .into_iter()
            .find(|(_, part)| !(0.0..=1.0).contains(part))
        {
            Some((option, part)) => Err(Error::InvalidOption {
                option,
                value: part.to_string(),
                requirement: "it is a part of the whole, from 0 to 1",
            }),
            None => Ok(()),
        }
    }

    /// Steps from a baseline to the input, of all rows at once.
    fn walk<M: Differentiable + ?Sized>(
        &self,
        along: &Along<'_, M>,
        work: &mut Work,
    ) -> Result<Vec<AnyTensor>, Error> {
        let like = along.at(1.0);
        let ends = rows_of(&along.at(0.0))
            .into_iter()
            .zip(rows_of(&along.inputs.floats()?));
        let mut walks: Vec<_> = ends
            .map(|(start, end)| GuidedWalk::new(start, end, self.fraction))
            .collect();
        for step in 1..=self.steps {
            let range = Range::around(step as f64 / self.steps as f64, self.max_distance);
            let points = tensors_of(walks.iter().map(GuidedWalk::point), &like);
            along.each_of(work, [points], |point| {
                for (walk, gradients) in walks.iter_mut().zip(rows_of(&point.gradients)) {
                    walk.step(&range, &gradients);
                }
            })?;
        }
        Ok(tensors_of(walks.iter().map(GuidedWalk::values), &like))
    }
}

impl<M: Differentiable + ?Sized> Method<M> for GuidedIg {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        self.check()?;
        let (name, path, steps) = ("guided-ig", &self.path, self.steps);
        let result = average_over(name, path, model, inputs, target, steps, |along, work| {
            self.walk(along, work)
        })?;
        Ok(result
            .with_option("steps", steps * path.count())
            .with_option("fraction", self.fraction)
            .with_option("max distance", self.max_distance))
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        self.check()?;
        // In double precision the ends, the point, the gradient and the values: ten of the inputs' size, and the average.
        plan_over(&self.path, model, inputs, self.steps, 12)
    }
}

/// The values of every row, one tensor after the other.
fn rows_of(tensors: &[AnyTensor]) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for tensor in tensors {
        let flat = flat(tensor);
        let [count, elements] = flat.dims();
        let values: Vec<f64> = flat.into_data().iter().collect();
        rows.resize(count, Vec::new());
        for (row, values) in rows.iter_mut().zip(values.chunks(elements)) {
            row.extend(values);
        }
    }
    rows
}

/// The opposite of [`rows_of`], for tensors like these.
fn tensors_of<'a>(rows: impl Iterator<Item = &'a [f64]>, like: &[AnyTensor]) -> Vec<AnyTensor> {
    let rows: Vec<&[f64]> = rows.collect();
    let mut first = 0;
    let mut tensor = |like: &AnyTensor| {
        let elements = like.shape().num_elements() / rows.len();
        let range = first..first + elements;
        first += elements;
        let values: Vec<f64> = rows
            .iter()
            .flat_map(|row| row[range.clone()].iter().copied())
            .collect();
        let data = TensorData::new(values, [rows.len(), elements]);
        let tensor = Tensor::<2>::from_data(data, (&like.device(), like.dtype()));
        AnyTensor::from(tensor).reshape_to(like.shape())
    };
    like.iter().map(&mut tensor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, IntegratedGradients, Network, Quadrature};
    use burn::nn::Linear;
    use burn::tensor::Device;
    use burn::tensor::activation::sigmoid;

    fn x() -> Tensor<2> {
        Tensor::from_data([[1.0, -2.0, 0.5], [2.0, 1.0, 3.0]], &Device::flex())
    }

    fn net() -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<2>| {
            let product = x.clone().narrow(1, 0, 1) * x.clone().narrow(1, 1, 1);
            product + sigmoid(x.narrow(1, 2, 1) * 3.0)
        };
        Network::capture(&Vec::new(), x(), forward).unwrap()
    }

    fn values(method: &impl Method, x: Tensor<2>) -> Vec<f32> {
        let result = method.attribute(&net(), x, Class(0)).unwrap();
        result.tensor::<2>().unwrap().into_data().iter().collect()
    }

    #[test]
    fn without_distance_it_is_integrated_gradients() {
        let guided = GuidedIg::new().with_max_distance(0.0).with_steps(7);
        let straight = IntegratedGradients::new()
            .with_steps(7)
            .with_quadrature(Quadrature::Left);
        for (guided, straight) in values(&guided, x()).iter().zip(values(&straight, x())) {
            assert!((guided - straight).abs() < 1e-5, "{guided} {straight}");
        }
    }

    #[test]
    fn a_sample_does_not_depend_on_its_batch_and_the_gap_is_small() {
        let guided = GuidedIg::new().with_max_distance(0.3);
        let both = values(&guided, x());
        let alone = values(&guided, x().narrow(0, 1, 1));
        assert_eq!(both[3..], alone);
        let result = guided.attribute(&net(), x(), Class(0)).unwrap();
        for gap in result.gap().unwrap() {
            assert!(gap.relative.unwrap().abs() < 0.01, "{gap:?}");
        }
        assert_eq!(result.option("steps"), Some("200"));
    }

    #[test]
    fn several_inputs_are_features_of_one_walk() {
        let forward = |_: &Vec<Linear>, (a, b): (Tensor<2>, Tensor<2>)| a.clone() * b + a;
        let one = Tensor::<2>::ones([1, 1], &Device::flex());
        let pair = (one.clone(), one);
        let net = Network::capture(&Vec::new(), pair.clone(), forward).unwrap();
        let method = GuidedIg::new().with_max_distance(1.0).with_steps(10);
        let result = method.attribute(&net, pair, Class(0)).unwrap();
        // The second input moves first, while the gradient there is zero.
        for (values, expected) in result.values().iter().zip([2.0, 0.0]) {
            let value: f32 = flat(values).into_scalar();
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
    }

    #[test]
    fn parts_that_are_none_are_refused() {
        let error = |method: GuidedIg| {
            let error = method.attribute(&net(), x(), Class(0)).unwrap_err();
            error.to_string()
        };
        assert!(error(GuidedIg::new().with_steps(0)).contains("steps can't be 0"));
        for part in [-0.1, 1.1, f64::NAN] {
            assert!(error(GuidedIg::new().with_fraction(part)).contains("fraction can't be"));
            let distance = GuidedIg::new().with_max_distance(part);
            assert!(error(distance).contains("the largest distance can't be"));
        }
    }
}
