//! The result of an attribution method.

use backdraft_graph::Planes;
use burn::tensor::Tensor;

use crate::attribution::AttributionError;
use crate::attribution::cancellation::Cancellation;
use crate::attribution::conservation::Conservation;
use crate::attribution::region_values::RegionValues;
use crate::finite::rows::first_not_finite;
use crate::finite::{NotFinite, Quantity};
use crate::inputs::inputs::{check_rows, not_per_sample};
use crate::inputs::rows::{map, sums_of_all};
use crate::targets::TargetError;
use crate::{AnyTensor, Error, Gap, Tensors};

/// Raw signed attributions, and what they are attributions of.
///
/// The values are as the method computes them: nothing is clipped, scaled or made absolute unless the
/// method's own definition says so. [`abs`](Self::abs), [`positive`](Self::positive),
/// [`sum_channels`](Self::sum_channels) and [`max_channels`](Self::max_channels) are explicit steps.
#[derive(Clone, Debug)]
pub struct Attribution {
    pub(super) values: Vec<AnyTensor>,
    method: String,
    target: String,
    scores: Vec<f32>,
    options: Vec<(String, String)>,
    layer: Option<String>,
    baseline: Option<Reference>,
    /// For each value where it has channels and space; without, channels are the second dimension.
    pub(super) planes: Vec<Option<Planes>>,
    /// Where the positions of the first value lie, along each of their dimensions, as fractions of the input's size.
    pub(super) places: Vec<Vec<f64>>,
    /// Whether the values still sum to what the method made them sum to.
    pub(super) additive: bool,
    /// What the method found for each region, of which the values are copies.
    pub(super) regions: Option<RegionValues>,
    /// What each sample's relevance is at the outputs, of which the values are what arrived.
    relevance: Option<Vec<f32>>,
}

/// What was compared with.
#[derive(Clone, Debug)]
struct Reference {
    name: String,
    scores: Vec<f32>,
}

impl Attribution {
    /// The result of a method: float tensors whose first dimension is the batch, one for each float input
    /// or one for a layer, and the target's value for each sample.
    ///
    /// # Errors
    ///
    /// [`AttributionError::NotPerSample`] if a tensor isn't float or its first dimension isn't the number of scores,
    /// [`Error::NotFinite`] if an element or a score is NaN or infinite.
    pub fn new(
        method: impl Into<String>,
        target: impl Into<String>,
        values: Vec<AnyTensor>,
        scores: Vec<f32>,
    ) -> Result<Self, Error> {
        for (position, value) in values.iter().enumerate() {
            if !value.is_float() {
                return Err(not_per_sample(position, value, scores.len()));
            }
            check_rows(position, value, scores.len())?;
        }
        check_scores(&scores, Quantity::Score)?;
        if let Some((_, sample)) = first_not_finite(&values.iter().collect::<Vec<_>>()) {
            return Err(NotFinite::new(Quantity::Attribution, sample, None).into());
        }
        Ok(Self {
            values,
            method: method.into(),
            target: target.into(),
            scores,
            options: Vec::new(),
            layer: None,
            baseline: None,
            planes: Vec::new(),
            places: Vec::new(),
            additive: true,
            regions: None,
            relevance: None,
        })
    }

    /// Records where the positions of a map lie: for each of their dimensions ascending fractions of the input's size.
    /// [`heatmap`](Self::heatmap) takes them along.
    #[must_use]
    pub fn with_places(mut self, places: Vec<Vec<f64>>) -> Self {
        self.places = places;
        self
    }

    /// Where the positions of a map lie, if that is known: for each of their dimensions fractions of the input's size.
    pub fn places(&self) -> &[Vec<f64>] {
        &self.places
    }

    /// Records what the method found for each region.
    #[must_use]
    pub(crate) fn with_regions(mut self, regions: RegionValues) -> Self {
        self.regions = Some(regions);
        self
    }

    /// What the method found for each [region](crate::Regions) that it replaced, if it replaces regions. The values are
    /// copies of it, one for every element of a region.
    pub fn regions(&self) -> Option<&RegionValues> {
        self.regions.as_ref()
    }

    /// Records an option of the method, as it was used: `steps`, `50`.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.options.push((name.into(), value.to_string()));
        self
    }

    /// Records another method, of which the one before is a part.
    #[must_use]
    pub(crate) fn with_method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Records that the values aren't meant to sum to the target's change.
    #[must_use]
    pub(crate) fn without_gap(self) -> Self {
        self.no_sum()
    }

    /// Records the layer that was looked at.
    #[must_use]
    pub fn with_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer = Some(layer.into());
        self
    }

    /// Records the baseline that was compared with, and the target's value there for each sample; from
    /// then on there is a [`gap`](Self::gap).
    ///
    /// # Errors
    ///
    /// [`TargetError::ScoreCount`] if there isn't one score for each sample, [`Error::NotFinite`] if one is NaN or
    /// infinite.
    pub fn with_baseline(
        mut self,
        name: impl Into<String>,
        scores: Vec<f32>,
    ) -> Result<Self, Error> {
        let name = name.into();
        if scores.len() != self.scores.len() {
            return Err(Error::Target(TargetError::ScoreCount {
                target: format!("baseline {name}"),
                scores: scores.len(),
                samples: self.scores.len(),
            }));
        }
        check_scores(&scores, Quantity::BaselineScore)?;
        self.baseline = Some(Reference { name, scores });
        Ok(self)
    }

    /// The attributions: for input methods one tensor for each float input, of the input's shape, masks included that
    /// aren't [held](crate::Inputs::with_constant); for layer methods one of shape `[batch, 1, ...]`.
    pub fn values(&self) -> &[AnyTensor] {
        &self.values
    }

    /// The first attribution as a tensor of rank `D`.
    ///
    /// # Errors
    ///
    /// If its rank isn't `D`.
    pub fn tensor<const D: usize>(&self) -> Result<Tensor<D>, Error> {
        Ok(self.value(0)?.to_tensor()?)
    }

    /// All attributions, as a tensor or a tuple like the float inputs: `(Tensor<4>, Tensor<3>)`.
    ///
    /// # Errors
    ///
    /// If their number or a rank is another one.
    pub fn tensors<T: Tensors>(&self) -> Result<T, Error> {
        Ok(T::from_tensors(self.values.clone())?)
    }

    /// The attribution of one input or layer of several, alone; it has no [gap](Self::gap) of its own.
    ///
    /// # Errors
    ///
    /// [`AttributionError::UnknownInput`] if there are fewer.
    pub fn only(mut self, input: usize) -> Result<Self, Error> {
        let value = self.value(input)?.clone();
        if self.values.len() > 1 {
            self.planes = vec![self.planes.get(input).copied().flatten()];
            self.values = vec![value];
            self.additive = false;
        }
        Ok(self)
    }

    /// The method: `integrated-gradients`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The method's options by name, as they were used.
    pub fn options(&self) -> &[(String, String)] {
        &self.options
    }

    /// One of the method's options.
    pub fn option(&self, name: &str) -> Option<&str> {
        let option = self.options.iter().find(|(known, _)| known == name);
        option.map(|(_, value)| value.as_str())
    }

    /// The target, in words: `class 282`.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The target's value for each sample.
    pub fn scores(&self) -> &[f32] {
        &self.scores
    }

    /// The layer that was looked at, if the method looks at one.
    pub fn layer(&self) -> Option<&str> {
        self.layer.as_deref()
    }

    /// The baseline that was compared with, in words, if the method has one.
    pub fn baseline(&self) -> Option<&str> {
        self.baseline
            .as_ref()
            .map(|baseline| baseline.name.as_str())
    }

    /// The target's value at the baseline for each sample, if the method has one; for a set of baselines
    /// the mean over the set.
    pub fn baseline_scores(&self) -> Option<&[f32]> {
        self.baseline
            .as_ref()
            .map(|baseline| baseline.scores.as_slice())
    }

    /// The completeness gap of each sample; `None` for a method without baseline, and for values that don't sum to
    /// what the method gave, after [`abs`](Self::abs), [`positive`](Self::positive) or
    /// [`max_channels`](Self::max_channels).
    pub fn gap(&self) -> Option<Vec<Gap>> {
        let baseline = self.baseline.as_ref().filter(|_| self.additive)?;
        let scores = self.scores.iter().zip(&baseline.scores);
        let sums = self.sums().into_iter().zip(self.absolute_sums());
        let gap = |((sum, absolute_sum), (&score, &at_baseline)): (_, (&f32, &f32))| {
            let [score, at_baseline] = [score, at_baseline].map(f64::from);
            Gap {
                cancellation: Cancellation::of(absolute_sum, score, at_baseline),
                ..Gap::new(sum, score, at_baseline)
            }
        };
        Some(sums.zip(scores).map(gap).collect())
    }

    /// Records what each sample's relevance sums to at the outputs; from then on there is a
    /// [`conservation`](Self::conservation).
    ///
    /// # Errors
    ///
    /// [`TargetError::ScoreCount`] if there isn't one number for each sample, [`Error::NotFinite`] if one is NaN or
    /// infinite.
    pub fn with_relevance(mut self, relevance: Vec<f32>) -> Result<Self, Error> {
        if relevance.len() != self.scores.len() {
            return Err(Error::Target(TargetError::ScoreCount {
                target: "the relevance of the outputs".into(),
                scores: relevance.len(),
                samples: self.scores.len(),
            }));
        }
        check_scores(&relevance, Quantity::Score)?;
        self.relevance = Some(relevance);
        Ok(self)
    }

    /// What each sample's relevance is at the outputs, for a method that propagates relevance.
    pub fn relevance(&self) -> Option<&[f32]> {
        self.relevance.as_deref()
    }

    /// For each sample how much of its relevance arrived; `None` for a method that doesn't propagate relevance, and for
    /// values that don't sum to what the method gave, as for the [`gap`](Self::gap).
    pub fn conservation(&self) -> Option<Vec<Conservation>> {
        let relevance = self.relevance.as_ref().filter(|_| self.additive)?;
        let both = relevance.iter().zip(self.sums());
        let conservation = |(&given, received): (&f32, f64)| Conservation {
            given: f64::from(given),
            received,
        };
        Some(both.map(conservation).collect())
    }

    /// What each sample's attributions sum to; for a method that replaces [regions](Self::regions) each region counts
    /// once.
    pub fn sums(&self) -> Vec<f64> {
        match &self.regions {
            Some(regions) if self.additive => regions.sums(|value| value),
            _ => sums_of_all(&self.values),
        }
    }

    /// What the absolute values of each sample's attributions sum to.
    pub fn absolute_sums(&self) -> Vec<f64> {
        if let Some(regions) = self.regions.as_ref().filter(|_| self.additive) {
            return regions.sums(f64::abs);
        }
        let absolute = self.values.iter().map(|value| map(value, Tensor::abs));
        sums_of_all(&absolute.collect::<Vec<_>>())
    }

    /// Whether the values still sum to what the method made them sum to.
    pub(super) fn is_additive(&self) -> bool {
        self.additive
    }

    pub(super) fn value(&self, input: usize) -> Result<&AnyTensor, Error> {
        let inputs = self.values.len();
        self.values
            .get(input)
            .ok_or(Error::Attribution(AttributionError::UnknownInput {
                input,
                inputs,
            }))
    }
}

/// Checks that there is a finite score for each sample.
fn check_scores(scores: &[f32], what: fn(f32) -> Quantity) -> Result<(), NotFinite> {
    match scores.iter().position(|score| !score.is_finite()) {
        Some(sample) => Err(NotFinite::new(what(scores[sample]), sample, None)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::testing::attribution;
    use burn::tensor::{DType, Device, TensorData};

    #[test]
    fn nothing_is_done_to_the_values_unasked() {
        let values = attribution().tensor::<4>().unwrap();
        values
            .into_data()
            .assert_eq(&TensorData::from([[[[1.0, -2.0]], [[3.0, 1.0]]]]), false);
    }

    #[test]
    fn the_gap_exists_with_a_baseline_only() {
        assert_eq!(attribution().gap(), None);
        // The values sum to 3, the target changes by 5 - 1 = 4.
        let gap = attribution()
            .with_baseline("zero", vec![1.0])
            .unwrap()
            .gap()
            .unwrap();
        assert_eq!(
            gap,
            [Gap {
                absolute: -1.0,
                relative: Some(-0.25),
                cancellation: None,
            }]
        );
    }

    #[test]
    fn a_gap_says_if_the_values_cancel() {
        // 1e6 - 1e6 + 3 = 4 - 1, but of millions a float has no more than a tenth or two.
        let values = Tensor::<2>::from_data([[1e6, -1e6, 3.0]], &Device::flex());
        let new = Attribution::new("made up", "class 0", vec![values.into()], vec![4.0]).unwrap();
        assert_eq!(new.absolute_sums(), [2_000_003.0]);
        let gap = new
            .with_baseline("zeros", vec![1.0])
            .unwrap()
            .gap()
            .unwrap()[0];
        assert_eq!((gap.absolute, gap.relative), (0.0, Some(0.0)));
        assert_eq!(gap.cancellation.unwrap().change, 3.0);
    }

    #[test]
    fn values_and_scores_belong_to_the_same_samples() {
        let two_rows = Tensor::<2>::zeros([2, 3], &Device::flex());
        let error = Attribution::new("made up", "class 0", vec![two_rows.into()], vec![1.0]);
        assert!(matches!(
            error,
            Err(Error::Attribution(AttributionError::NotPerSample {
                position: 0,
                samples: 1,
                ..
            }))
        ));
        let error = attribution().with_baseline("zero", vec![1.0, 2.0]);
        assert!(matches!(
            error,
            Err(Error::Target(TargetError::ScoreCount {
                scores: 2,
                samples: 1,
                ..
            }))
        ));
    }

    #[test]
    fn values_of_several_precisions_have_a_sum() {
        let device = Device::flex();
        let single = Tensor::<2>::from_data([[1.0, 2.0], [3.0, 4.0]], &device);
        let double = Tensor::<2>::from_data([[0.5], [0.25]], (&device, DType::F64));
        let values = vec![single.into(), double.into()];
        let mixed = Attribution::new("made up", "class 0", values, vec![1.0, 2.0]).unwrap();
        assert_eq!(mixed.sums(), [3.5, 7.25]);
        let gaps = mixed.with_baseline("zeros", vec![0.0, 0.0]).unwrap().gap();
        assert_eq!(gaps.unwrap()[1].absolute, 5.25);
    }

    #[test]
    fn values_and_scores_are_finite() {
        let new = |value: f32, score: f32| {
            let values = Tensor::<2>::from_data([[1.0, 2.0], [3.0, value]], &Device::flex());
            Attribution::new("made up", "class 0", vec![values.into()], vec![1.0, score])
        };
        let refused = |result: Result<Attribution, Error>| match result {
            Err(Error::NotFinite(error)) => (error.what, error.sample),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(new(f32::NAN, 1.0)), (Quantity::Attribution, 1));
        assert_eq!(refused(new(f32::INFINITY, 1.0)), (Quantity::Attribution, 1));
        let score = Quantity::Score(f32::NEG_INFINITY);
        assert_eq!(refused(new(0.0, f32::NEG_INFINITY)), (score, 1));
        let baseline = new(0.0, 1.0)
            .unwrap()
            .with_baseline("zeros", vec![f32::INFINITY, 0.0]);
        assert_eq!(
            refused(baseline),
            (Quantity::BaselineScore(f32::INFINITY), 0)
        );
    }

    #[test]
    fn only_values_that_keep_their_sum_have_a_gap() {
        let complete = || attribution().with_baseline("zeros", vec![2.0]).unwrap();
        // 1 - 2 + 3 + 1 = 3 = 5 - 2.
        assert_eq!(complete().gap().unwrap()[0].absolute, 0.0);
        assert_eq!(complete().sum_channels().gap().unwrap()[0].absolute, 0.0);
        assert_eq!(complete().abs().gap(), None);
        assert_eq!(complete().positive().gap(), None);
        assert_eq!(complete().max_channels().gap(), None);
    }
}
