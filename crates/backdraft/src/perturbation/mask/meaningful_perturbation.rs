//! Meaningful perturbation.

use burn::tensor::{DType, Device, Tensor, TensorData};
use burn_optim::{AdamConfig, Optimizer};

use super::enlargement::Enlargement;
use super::penalty::Penalty;
use crate::baseline::Values;
use crate::inputs::rows::flat;
use crate::perturbation::error::RegionError;
use crate::perturbation::regions::Layout;
use crate::run::batching::{Work, baseline_scores, gradients_plan};
use crate::run::budget;
use crate::targets::ResolvedTarget;
use crate::{
    AnyTensor, Attribution, Baseline, Differentiable, Error, Inputs, Method, Plan, Target,
};

/// How far the first step of the optimizer goes.
const RATE: f64 = 0.05;
/// The part of it that the last step goes: where the gradient is zero but for rounding, Adam would go on by whole steps, to
/// another place on every backend.
const LAST: f64 = 1e-3;
/// Positions for each cell along each side, unless the number of cells is given: 28 x 28 cells of 224 x 224 pixels.
const POSITIONS: usize = 8;

/// Meaningful perturbation: the smallest smooth mask of an image that takes the score away, or that keeps it.
///
/// A mask `e` of cells from 0 to 1, enlarged bilinearly to `E`, marks the evidence. It minimizes
///
/// ```text
/// deletion       + (F(x - E (x - b)) - F(b)) / (F(x) - F(b)) + s · mean of e + t · mean of |e_i - e_j|³ over neighbors
/// preservation   - (F(b + E (x - b)) - F(b)) / (F(x) - F(b)) + s · mean of e + t · mean of |e_i - e_j|³ over neighbors
/// ```
///
/// with `b` the baseline: Fong & Vedaldi, [*Interpretable Explanations of Black Boxes by Meaningful
/// Perturbation*](https://arxiv.org/abs/1704.03296), ICCV 2017. As the score is measured by its change from the baseline, a
/// sparsity `s` of one marks what counts for more than its share of the area. Values are `E`, from 0 to 1, the same in all
/// channels, and sum to nothing in particular. Where input and baseline have the same score, nothing is explained and all
/// values are zero.
///
/// With [`with_area`](Self::with_area) the mask has a given size instead of a price, as the extremal perturbations of Fong,
/// Patrick & Vedaldi, [*Understanding Deep Networks via Extremal Perturbations and Smooth
/// Masks*](https://arxiv.org/abs/1910.08485), ICCV 2019.
///
/// | option | default |
/// |---|---|
/// | [`with_game`](Self::with_game) | [`MaskGame::Deletion`] |
/// | [`with_sparsity`](Self::with_sparsity) | 1 |
/// | [`with_smoothness`](Self::with_smoothness) | 0.2 |
/// | [`with_area`](Self::with_area) | none: as small as sparsity makes it |
/// | [`with_cells`](Self::with_cells) | an eighth of the positions along each side of an image, else every element |
/// | [`with_steps`](Self::with_steps) | 200 steps of Adam |
/// | [`with_baseline`](Self::with_baseline) | zeros; the paper blurs: [`Baseline::blurred`] |
///
/// It takes one gradient for each step, of the only input that is explained: others are
/// [held](crate::Inputs::with_constant).
///
/// ```
/// use backdraft::{Class, MeaningfulPerturbation, Method, Network};
/// use burn::nn::Linear;
/// use burn::tensor::{Device, Tensor};
///
/// // The sum of all pixels: two of four hold the evidence.
/// let x = Tensor::<4>::from_data([[[[1.0, 0.0], [1.0, 0.0]]]], &Device::default());
/// let forward = |_: &Vec<Linear>, x: Tensor<4>| x.flatten::<2>(1, 3).sum_dim(1);
/// let net = Network::capture(&Vec::new(), x.clone(), forward)?;
/// let method = MeaningfulPerturbation::new().with_cells([2, 2]).with_smoothness(0.0);
/// let mask = method.attribute(&net, x, Class(0))?;
/// assert_eq!(mask.tensor::<4>()?.into_data().try_to_vec::<f32>().unwrap(), [1.0, 0.0, 1.0, 0.0]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[doc(alias = "extremal perturbation")]
#[derive(Clone, Debug)]
pub struct MeaningfulPerturbation {
    game: MaskGame,
    penalty: Penalty,
    cells: Option<Vec<usize>>,
    steps: usize,
    baseline: Baseline,
}

/// What a mask is to do to the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MaskGame {
    /// Take it away: what is marked is replaced.
    #[default]
    Deletion,
    /// Keep it: everything else is replaced.
    Preservation,
}

impl MaskGame {
    fn name(self) -> &'static str {
        match self {
            Self::Deletion => "deletion",
            Self::Preservation => "preservation",
        }
    }

    /// The part of the image that stays.
    fn kept(self, marked: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Deletion => marked.neg().add_scalar(1.0),
            Self::Preservation => marked,
        }
    }
}

impl Default for MeaningfulPerturbation {
    fn default() -> Self {
        Self {
            game: MaskGame::default(),
            penalty: Penalty {
                sparsity: 1.0,
                smoothness: 0.2,
                area: None,
            },
            cells: None,
            steps: 200,
            baseline: Baseline::default(),
        }
    }
}

impl MeaningfulPerturbation {
    /// The smallest part of an image without which the score is gone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the mask takes the score away or keeps it.
    #[must_use]
    pub fn with_game(mut self, game: MaskGame) -> Self {
        self.game = game;
        self
    }

    /// How much it costs to mark the whole image, in changes of the score from baseline to input.
    #[must_use]
    pub fn with_sparsity(mut self, sparsity: f64) -> Self {
        self.penalty.sparsity = sparsity;
        self
    }

    /// How much it costs that cells differ from their neighbors.
    #[must_use]
    pub fn with_smoothness(mut self, smoothness: f64) -> Self {
        self.penalty.smoothness = smoothness;
        self
    }

    /// Which part of the image is marked, between 0 and 1. Sparsity has no effect then.
    #[must_use]
    pub fn with_area(mut self, area: f64) -> Self {
        self.penalty.area = Some(area);
        self
    }

    /// How many cells the mask has along each dimension of space, or along all of them; at most as many as positions.
    #[must_use]
    pub fn with_cells(mut self, cells: impl Into<Vec<usize>>) -> Self {
        self.cells = Some(cells.into());
        self
    }

    /// How many steps the optimizer takes.
    #[must_use]
    pub fn with_steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// What takes the place of the image. Of an [average](Baseline::average) the score is the mean.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.baseline = baseline;
        self
    }

    /// Refuses options that mean nothing.
    fn check(&self) -> Result<(), Error> {
        let invalid = |option, value: String, requirement| {
            Err(Error::InvalidOption {
                option,
                value,
                requirement,
            })
        };
        let Penalty {
            sparsity,
            smoothness,
            area,
        } = self.penalty;
        for (option, weight) in [("sparsity", sparsity), ("smoothness", smoothness)] {
            if !weight.is_finite() || weight < 0.0 {
                let requirement = "it must be a finite number that isn't negative";
                return invalid(option, weight.to_string(), requirement);
            }
        }
        match area {
            Some(area) if !(area > 0.0 && area < 1.0) => {
                invalid("area", area.to_string(), "it must lie between 0 and 1")
            }
            _ if self.steps == 0 => {
                invalid("steps", "0".into(), "the optimizer takes at least one")
            }
            _ => Ok(()),
        }
    }

    /// How many cells there are along each dimension.
    fn cells(&self, layout: &Layout) -> Result<Vec<usize>, RegionError> {
        let space = &layout.space;
        let cells = match self.cells.as_deref() {
            None if !layout.is_image => space.clone(),
            None => space.iter().map(|side| side.div_ceil(POSITIONS)).collect(),
            Some([cells]) => vec![*cells; space.len()],
            Some(cells) => cells.to_vec(),
        };
        if cells.len() != space.len() || cells.contains(&0) {
            return Err(RegionError::WrongRegions {
                input: 0,
                expected: format!(
                    "at least one cell along each of {} dimensions of space",
                    space.len()
                ),
                actual: format!("a mask of {cells:?}"),
            });
        }
        let sides = cells.iter().zip(space);
        Ok(sides.map(|(&cells, &side)| cells.min(side)).collect())
    }
}

impl<M: Differentiable + ?Sized> Method<M> for MeaningfulPerturbation {
    fn compute(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
    ) -> Result<Attribution, Error> {
        self.check()?;
        let at_input = ResolvedTarget::at(model, inputs, target)?;
        let image = Image::new(inputs, self.baseline.resolve(inputs)?)?;
        let cells = self.cells(&image.layout)?;
        let changes = changes(model, inputs, &image, &at_input)?;
        let shares = image.column(changes.iter().map(|change| change.map_or(0.0, f64::recip)));

        let enlargement = Enlargement::new(&cells, &image.layout.space, &image.device());
        let copies = budget::copies(inputs, || Plan::gradients(model, inputs))?;
        let total = self.steps * image.baselines.len();
        let mut work = Work::new(inputs, copies, total);
        let optimizer = AdamConfig::new().with_epsilon(1e-8).build();
        let shape = [changes.len(), cells.iter().product()];
        let mut mask = Tensor::<2>::full(shape, 0.5, (&image.device(), DType::F32));
        let mut state = None;
        for step in 0..self.steps {
            let kept = self.game.kept(enlargement.apply(mask.clone()));
            let slopes = image.slopes(model, inputs, at_input.target(), kept, &mut work)?;
            let slopes = enlargement.gradient(slopes) * shares.clone();
            let done = step as f64 / self.steps as f64;
            let penalties = self.penalties(&mask, &slopes, &cells, done);
            // To mark more keeps less of what is deleted, and more of what is preserved: both games want the same.
            let gradient = penalties - slopes;
            let moved;
            (moved, state) = optimizer.step(self.rate(done), mask, gradient, state);
            mask = moved.clamp(0.0, 1.0);
        }
        let explained = image.column(
            changes
                .iter()
                .map(|change| f64::from(u8::from(change.is_some()))),
        );
        let values = image.elements(enlargement.apply(mask) * explained);
        Ok(Attribution::new(
            "meaningful-perturbation",
            at_input.name,
            vec![values],
            at_input.scores,
        )?
        .with_option("game", self.game.name())
        .with_option("cells", format!("{cells:?}"))
        .with_option("steps", self.steps)
        .with_option("baseline", &self.baseline)
        .without_gap())
    }

    fn cost(&self, model: &M, inputs: &Inputs) -> Result<Plan, Error> {
        let baselines = self.baseline.count();
        let scores = Plan::outputs(model, inputs)?.times(1 + baselines);
        let held = baselines as u64 + 4;
        Ok(scores.then(gradients_plan(model, inputs, self.steps * baselines, held)?))
    }
}

impl MeaningfulPerturbation {
    /// How far a step goes. The weight of an area, which grows, makes the mask settle by itself.
    fn rate(&self, done: f64) -> f64 {
        match self.penalty.area {
            None => RATE * LAST.powf(done),
            Some(_) => RATE,
        }
    }

    /// The gradient of the penalties, row by row.
    fn penalties(
        &self,
        mask: &Tensor<2>,
        slopes: &Tensor<2>,
        cells: &[usize],
        done: f64,
    ) -> Tensor<2> {
        let shape = mask.dims();
        let [values, slopes] = [mask, slopes].map(|it| it.to_data().iter().collect::<Vec<f64>>());
        let rows = values.chunks(shape[1]).zip(slopes.chunks(shape[1]));
        let gradient =
            rows.flat_map(|(row, slopes)| self.penalty.gradient(row, slopes, cells, done));
        let gradient: Vec<f32> = gradient.map(|slope| slope as f32).collect();
        Tensor::from_data(
            TensorData::new(gradient, shape),
            (&mask.device(), DType::F32),
        )
    }
}

/// How far every row's score is from that of the baseline, on average if there are several; `None` if it isn't.
fn changes<M: Differentiable + ?Sized>(
    model: &M,
    inputs: &Inputs,
    image: &Image,
    at_input: &ResolvedTarget<'_>,
) -> Result<Vec<Option<f64>>, Error> {
    let mut changes: Vec<f64> = at_input.scores.iter().copied().map(f64::from).collect();
    for baseline in &image.baselines {
        let inputs = inputs.with_floats(baseline.clone());
        let scores = baseline_scores(model, &inputs, at_input.target())?;
        for (change, score) in changes.iter_mut().zip(scores) {
            *change -= f64::from(score) / image.baselines.len() as f64;
        }
    }
    Ok(changes
        .into_iter()
        .map(|change| (change != 0.0).then_some(change))
        .collect())
}

/// The image that is explained, and what takes its place.
struct Image {
    layout: Layout,
    value: AnyTensor,
    /// One, or as many as are averaged over.
    baselines: Vec<Values>,
}

impl Image {
    fn new(inputs: &Inputs, baselines: Vec<Values>) -> Result<Self, Error> {
        let values = inputs.floats()?;
        Ok(Self {
            layout: Layout::of(inputs, &values)?,
            value: values[0].clone(),
            baselines,
        })
    }

    fn device(&self) -> Device {
        self.value.device().without_autodiff()
    }

    /// A number for each row.
    fn column(&self, numbers: impl Iterator<Item = f64>) -> Tensor<2> {
        let numbers: Vec<f32> = numbers.map(|number| number as f32).collect();
        let shape = [numbers.len(), 1];
        Tensor::from_data(
            TensorData::new(numbers, shape),
            (&self.device(), DType::F32),
        )
    }

    /// Values of positions as values of the image's elements, in the precision in which it is computed with.
    fn elements(&self, positions: Tensor<2>) -> AnyTensor {
        let values = self
            .layout
            .over_channels(positions)
            .cast(flat(&self.value).dtype());
        AnyTensor::from(values).reshape_to(self.value.shape())
    }

    /// The gradient of the score with respect to the part of every position that is kept.
    fn slopes<M: Differentiable + ?Sized>(
        &self,
        model: &M,
        inputs: &Inputs,
        target: &dyn Target,
        kept: Tensor<2>,
        work: &mut Work,
    ) -> Result<Tensor<2>, Error> {
        let kept = flat(&self.elements(kept));
        let differences = self
            .baselines
            .iter()
            .map(|baseline| flat(&self.value) - flat(&baseline[0]));
        let differences: Vec<Tensor<2>> = differences.collect();
        let points = self
            .baselines
            .iter()
            .zip(&differences)
            .map(|(baseline, difference)| {
                let point = flat(&baseline[0]) + difference.clone() * kept.clone();
                vec![AnyTensor::from(point).reshape_to(self.value.shape())]
            });
        let mut sums: Option<Tensor<2>> = None;
        let mut upcoming = differences.iter();
        work.gradients(model, inputs, target, points, |_, point| {
            let difference = upcoming.next().expect("a difference for every point");
            let slopes = self
                .layout
                .sum_of_channels(flat(&point.gradients[0]) * difference.clone());
            sums = Some(sums.take().map_or(slopes.clone(), |sums| sums + slopes));
        })?;
        let sums = sums.expect("at least one baseline").cast(DType::F32);
        Ok(sums / self.baselines.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Network};
    use burn::nn::Linear;

    /// `sum of w x` over an image of two channels and 2 x 2 pixels, and of one row: what each pixel counts in both.
    fn net() -> Network {
        let forward = |_: &Vec<Linear>, x: Tensor<4>| {
            let weights = Tensor::from_data([[[[4.0, 1.0], [0.5, 2.0]]]], &x.device());
            (x * weights).flatten::<2>(1, 3).sum_dim(1)
        };
        Network::capture(&Vec::new(), ones(1), forward).unwrap()
    }

    fn ones(rows: usize) -> Tensor<4> {
        Tensor::ones([rows, 2, 2, 2], &Device::flex())
    }

    fn method() -> MeaningfulPerturbation {
        MeaningfulPerturbation::new()
            .with_cells([2])
            .with_smoothness(0.0)
    }

    /// The values of the first channel of the first row; all others are the same.
    fn values(method: &MeaningfulPerturbation) -> Vec<f32> {
        let mask = method.attribute(&net(), ones(2), Class(0)).unwrap();
        assert_eq!(mask.gap(), None);
        let values: Vec<f32> = mask.tensor::<4>().unwrap().into_data().iter().collect();
        assert!(values.chunks(4).all(|channel| channel == &values[..4]));
        values[..4].to_vec()
    }

    #[test]
    fn what_counts_for_more_than_its_share_is_marked_in_both_games() {
        // Pixels count for 8, 2, 1 and 4 of 15, and a fourth of the area costs s / 4.
        for game in [MaskGame::Deletion, MaskGame::Preservation] {
            let method = method().with_game(game);
            assert_eq!(values(&method), [1.0, 0.0, 0.0, 1.0]);
            assert_eq!(
                values(&method.clone().with_sparsity(0.4)),
                [1.0, 1.0, 0.0, 1.0]
            );
            assert_eq!(values(&method.with_sparsity(2.0)), [1.0, 0.0, 0.0, 0.0]);
        }
    }

    #[test]
    fn a_mask_has_the_area_that_it_was_given() {
        for (area, expected) in [(0.25, [1.0, 0.0, 0.0, 0.0]), (0.75, [1.0, 1.0, 0.0, 1.0])] {
            let mask = values(&method().with_area(area).with_steps(400));
            for (value, expected) in mask.iter().zip(expected) {
                assert!((value - expected).abs() < 0.05, "{area}: {mask:?}");
            }
        }
    }

    #[test]
    fn smooth_masks_have_no_borders() {
        let mask = values(&method().with_smoothness(100.0));
        let spread = mask
            .iter()
            .fold(0.0_f32, |spread, value| spread.max((value - mask[0]).abs()));
        assert!(spread < 0.3, "{mask:?}");
    }

    #[test]
    fn several_baselines_count_as_their_mean() {
        let both = Baseline::average([Baseline::zeros(), Baseline::constant(0.5)]);
        assert_eq!(values(&method().with_baseline(both)), [1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn where_nothing_changes_nothing_is_marked() {
        // Half more of the first pixel, and two less of the second.
        let channel = [[1.5, -1.0], [1.0, 1.0]];
        let other = Tensor::<4>::from_data([[channel, channel]], &Device::flex());
        let same = method().with_baseline(Baseline::tensor(other));
        assert_eq!(values(&same), [0.0; 4]);
    }

    #[test]
    fn options_that_mean_nothing_are_refused() {
        let error = |method: MeaningfulPerturbation| {
            let result = method.attribute(&net(), ones(1), Class(0));
            result.unwrap_err().to_string()
        };
        assert!(error(method().with_area(1.0)).contains("between 0 and 1"));
        assert!(error(method().with_area(f64::NAN)).contains("between 0 and 1"));
        assert!(error(method().with_sparsity(-1.0)).contains("sparsity"));
        assert!(error(method().with_smoothness(f64::INFINITY)).contains("smoothness"));
        assert!(error(method().with_steps(0)).contains("at least one"));
        assert!(error(method().with_cells([2, 2, 2])).contains("2 dimensions of space"));
        assert!(error(method().with_cells([0])).contains("at least one cell"));
    }
}
