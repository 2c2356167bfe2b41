//! Expected gradients.

use rand::RngExt;

use crate::baseline::Average;
use crate::inputs::rows::{zip, zip_all};
use crate::noise::NoiseLevel;
use crate::random::generator;
use crate::run::batching::{Work, baseline_scores, gradients_plan};
use crate::run::budget;
use crate::targets::ResolvedTarget;
use crate::{Attribution, Baseline, Differentiable, Error, Inputs, Method, Plan, Target};

/// GradientSHAP, or expected gradients: integrated gradients whose baseline and position on the path are
/// drawn at random.
///
/// ```text
/// A_i = E over baselines b and a in [0, 1] of (x_i - b_i) · dF/dx_i (b + a (x - b))
/// ```
///
/// Lundberg & Lee, [*A Unified Approach to Interpreting Model
/// Predictions*](https://arxiv.org/abs/1705.07874), 2017; Erion et al., [*Improving performance of deep
/// learning models with axiomatic attribution priors*](https://arxiv.org/abs/1906.10670), 2021. For many
/// draws the attributions sum to `F(x)` minus the mean of `F` over all baselines; the
/// [gap](Attribution::gap) is what the finite number leaves, noise on the input included. On deep networks, whose gradient is rough along
/// the path, fifty draws may miss by half of the change: see the gap, and raise the number.
///
/// | option | default |
/// |---|---|
/// | [`with_draws`](Self::with_draws) | 50 draws |
/// | [`with_noise`](Self::with_noise) | none on the input |
/// | [`with_seed`](Self::with_seed) | 0 |
/// | [`with_points`](Self::with_points) | random ones |
///
/// Draws depend on the seed alone: all samples of a batch share them, so a sample's result doesn't depend on
/// its batch.
///
/// ```
/// use backdraft::{Baseline, Class, GradientShap, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor, activation::sigmoid};
///
/// let x = Tensor::<2>::from_data([[2.0, -1.0]], &Device::default());
/// let background = Tensor::<2>::from_data([[0.0, 0.0], [0.5, 0.5]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<2>| sigmoid(x);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
///
/// let method = GradientShap::new(Baseline::distribution(background)).with_draws(200);
/// let attribution = method.attribute(&net, x, Class(0))?;
/// assert!(attribution.gap().unwrap()[0].absolute.abs() < 0.05);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "GradientExplainer")]
#[derive(Clone, Debug)]
pub struct GradientShap {
    baselines: Baseline,
    draws: usize,
    noise: NoiseLevel,
    seed: u64,
    points: Option<Vec<(usize, f64)>>,
}

/// Expected gradients: [`GradientShap`] by the name of Erion et al., with baselines drawn from background data and no noise on
/// the input. With [stored points](GradientShap::with_points) it gives the same numbers as any other implementation.
///
/// ```
/// use backdraft::{Baseline, Class, ExpectedGradients, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // F = x²: from the baseline 0 at the middle of the path 3 · 3, from 1 at its end 2 · 6.
/// let x = Tensor::<2>::from_data([[3.0]], &Device::default());
/// let background = Tensor::<2>::from_data([[0.0], [1.0]], &Device::default());
/// let net = Network::capture(&Vec::<Linear>::new(), x.clone(), |_, x: Tensor<2>| x.clone() * x)?;
/// let method = ExpectedGradients::new(Baseline::distribution(background));
/// let method = method.with_points(vec![(0, 0.5), (1, 1.0)]);
/// assert_eq!(method.attribute(&net, x, Class(0))?.sums(), [10.5]);
/// # Ok::<(), backdraft::Error>(())
/// ```
pub type ExpectedGradients = GradientShap;

/// One random point on the path from a random baseline.
struct Draw {
    baseline: usize,
    position: f64,
}

impl Draw {
    fn given((baseline, position): (usize, f64), baselines: usize) -> Result<Self, Error> {
        if baseline < baselines && (0.0..=1.0).contains(&position) {
            return Ok(Self { baseline, position });
        }
        Err(Error::InvalidOption {
            option: "a point",
            value: format!("({baseline}, {position}) for {baselines} baselines"),
            requirement: "it is the index of a baseline, from 0 on, and a position from 0 to 1",
        })
    }
}

impl GradientShap {
    /// Fifty draws from these baselines, usually a [distribution](Baseline::distribution).
    pub fn new(baselines: Baseline) -> Self {
        Self {
            baselines,
            draws: 50,
            noise: NoiseLevel::Absolute(0.0),
            seed: 0,
            points: None,
        }
    }

    /// How many points are drawn.
    #[must_use]
    pub fn with_draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// Adds Gaussian noise to the input for every draw.
    #[must_use]
    pub fn with_noise(mut self, noise: NoiseLevel) -> Self {
        self.noise = noise;
        self
    }

    /// What draws depend on.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// These points in place of random ones: for each the index of a baseline, and a position on the path from there, 0,
    /// to the input, 1.
    #[must_use]
    pub fn with_points(mut self, points: Vec<(usize, f64)>) -> Self {
        self.draws = points.len();
        self.points = Some(points);
        self
    }

    fn draws(&self, baselines: usize) -> Result<Vec<Draw>, Error> {
        if let Some(points) = &self.points {
            return points
                .iter()
                .map(|&point| Draw::given(point, baselines))
                .collect();
        }
        let mut random = generator(self.seed, 0);
        let draw = |_| Draw {
            baseline: random.random_range(0..baselines),
            position: random.random(),
        };
        Ok((0..self.draws).map(draw).collect())
    }
}

impl<M: Differentiable + ?Sized> Method<M> for GradientShap {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        if self.draws == 0 {
            return Err(Error::InvalidOption {
                option: "draws",
                value: "0".into(),
                requirement: "at least one point must be drawn",
            });
        }
        let noise = self.noise.check()?;
        let at_input = ResolvedTarget::at(model, inputs, target)?;
        let floats = inputs.floats()?;
        let baselines = self.baselines.resolve(inputs)?;
        let scores = baselines.iter().map(|baseline| {
            let inputs = inputs.with_floats(baseline.clone());
            baseline_scores(model, &inputs, at_input.target())
        });
        let scores = scores.collect::<Result<Vec<_>, _>>()?;

        let draws = self.draws(baselines.len())?;
        let input = |draw: usize| noise.add(&floats, inputs, self.seed, draw);
        let points = draws.iter().enumerate().map(|(index, draw)| {
            let ends = input(index).into_iter().zip(&baselines[draw.baseline]);
            ends.map(|(x, b)| zip(b, &x, |b, x| b.clone() + (x - b) * draw.position))
                .collect()
        });
        let mut average = Average::new(draws.len());
        let mut upcoming = draws.iter().enumerate();
        let copies = budget::copies(inputs, || Plan::gradients(model, inputs))?;
        let mut work = Work::new(inputs, copies, draws.len());
        work.gradients(model, inputs, at_input.target(), points, |_, point| {
            let (index, draw) = upcoming.next().expect("a draw for every point");
            let difference = zip_all(&input(index), &baselines[draw.baseline], |x, b| x - b);
            let values = zip_all(&difference, &point.gradients, |d, g| d * g);
            average.add(&values, &[]);
        })?;
        let scores = mean(&scores);
        Ok(Attribution::new(
            "gradient-shap",
            at_input.name,
            average.values,
            at_input.scores,
        )?
        .with_baseline(self.baselines.to_string(), scores)?
        .with_option("draws", self.draws)
        .with_option("noise", self.noise)
        .with_option("seed", self.seed))
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        let baselines = self.baselines.count();
        let scores = Plan::outputs(model, inputs)?.times(1 + baselines);
        let held = baselines as u64 + 4;
        Ok(scores.then(gradients_plan(model, inputs, self.draws, held)?))
    }
}

/// The mean score of every row.
fn mean(scores: &[Vec<f32>]) -> Vec<f32> {
    let row = |row: usize| scores.iter().map(|scores| scores[row]).sum::<f32>();
    (0..scores[0].len())
        .map(|index| row(index) / scores.len() as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Network};
    use burn::nn::Linear;
    use burn::tensor::{Device, Tensor};

    fn explain(points: Vec<(usize, f64)>) -> Result<Attribution, Error> {
        let x = Tensor::<2>::from_data([[3.0]], &Device::flex());
        let baselines = Tensor::<2>::from_data([[0.0], [1.0]], &Device::flex());
        let square = |_: &Vec<Linear>, x: Tensor<2>| x.clone() * x;
        let net = Network::capture(&Vec::new(), x.clone(), square)?;
        let method = GradientShap::new(Baseline::distribution(baselines));
        method.with_points(points).attribute(&net, x, Class(0))
    }

    #[test]
    fn given_points_take_the_place_of_random_ones() {
        // The mean of (3 - 0) · 2 · 1.5 at the middle of the first path and (3 - 1) · 2 · 3 at the end of the second.
        let result = explain(vec![(0, 0.5), (1, 1.0)]).unwrap();
        assert_eq!(result.sums(), [10.5]);
        assert_eq!(result.option("draws"), Some("2"));
    }

    #[test]
    fn points_off_the_paths_are_refused() {
        let error = |points| explain(points).unwrap_err().to_string();
        assert!(error(vec![(2, 0.5)]).contains("(2, 0.5) for 2 baselines"));
        for position in [-0.1, 1.1, f64::NAN] {
            assert!(error(vec![(0, position)]).contains("a position from 0 to 1"));
        }
        assert!(error(Vec::new()).contains("at least one point"));
    }
}
