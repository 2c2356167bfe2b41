//! Ablation of what a network read before it wrote.

use burn::tensor::Tensor;

use crate::perturbation::feature_ablation::FeatureAblation;
use crate::targets::TargetError;
use crate::{
    AnyTensor, Attribution, Baseline, Error, Inputs, Method, Model, Regions, SequenceLogProbability,
};

/// Sequence ablation: how much less likely each token that a network wrote becomes without each one that it read.
///
/// ```text
/// A_tr = log p(token t | x) - log p(token t | x with region r replaced by the baseline)
/// ```
///
/// The regions are tokens unless something else is said, and a float input that is explained too is cut as for
/// [`FeatureAblation`]. Values are matrices `[batch, written tokens, regions]`, those of the regions in their order. The
/// rows of a network that reads what it wrote so far are zero for tokens that come later.
///
/// | option | default |
/// |---|---|
/// | [`with_regions`](Self::with_regions) | every token; a grid of 7 x 7 cells for an image |
/// | [`with_baseline`](Self::with_baseline) | zeros: the token 0. Give the number of padding or of a mask token |
///
/// It takes one evaluation for each region: all tokens that were written are looked at in the same ones.
///
/// ```
/// use backdraft::{BlackBox, SequenceAblation, SequenceLogProbability};
/// use burn::tensor::{Device, Float, Int, Tensor};
///
/// // A language of two words, in which word 1 is the likelier the more often it was said.
/// let language = BlackBox::new(|inputs: &[backdraft::AnyTensor]| {
///     let said = inputs[0].to_tensor::<2, Int>()?.float().cumsum(1);
///     Ok(vec![Tensor::<2, Float>::stack::<3>(vec![said.zeros_like(), said], 2).into()])
/// });
/// let read = Tensor::<2, Int>::from_data([[1, 1]], &Device::default());
/// let written = SequenceLogProbability::new(vec![vec![1, 1]]);
/// let ablation = SequenceAblation::new(written).attribute(&language, read)?;
/// let matrix: Vec<f32> = ablation.tensor::<3>()?.into_data().iter().collect();
/// // After one word the second one doesn't count yet.
/// assert!(matrix[0] > 0.0 && matrix[1] == 0.0);
/// // After two both count the same.
/// assert!(matrix[2] > 0.0 && matrix[2] == matrix[3]);
/// # Ok::<(), backdraft::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SequenceAblation {
    written: SequenceLogProbability,
    ablation: FeatureAblation,
}

impl SequenceAblation {
    /// The tokens that were written, and every token that was read, replaced by the token 0.
    pub fn new(written: SequenceLogProbability) -> Self {
        Self {
            written,
            ablation: FeatureAblation::new(),
        }
    }

    /// What is replaced together, such as the tokens of a word.
    #[must_use]
    pub fn with_regions(mut self, regions: Regions) -> Self {
        self.ablation = self.ablation.with_regions(regions);
        self
    }

    /// What takes the place of tokens: [`Baseline::constant`] of a token's number.
    #[must_use]
    pub fn with_baseline(mut self, baseline: Baseline) -> Self {
        self.ablation = self.ablation.with_baseline(baseline);
        self
    }

    /// The matrix of every sample; scores are log-probabilities of the whole sequences.
    ///
    /// Hold inputs that aren't to be ablated, such as the image of a caption, by [`Inputs::with_constant`].
    ///
    /// # Errors
    ///
    /// As for [`FeatureAblation`] and [`SequenceLogProbability`].
    pub fn attribute<M: Model + ?Sized>(
        &self,
        model: &M,
        inputs: impl Into<Inputs>,
    ) -> Result<Attribution, Error> {
        let steps = self.written.steps();
        let each = self.ablation.attribute_each(model, inputs, &steps)?;
        let Some(first) = each.first() else {
            return Err(TargetError::UnknownStep { step: 0, steps: 0 }.into());
        };
        let matrices = each.iter().map(rows).collect::<Vec<_>>();
        let values = AnyTensor::from(Tensor::cat(matrices, 1));
        let samples = 0..first.scores().len();
        let scores = samples.map(|sample| each.iter().map(|step| step.scores()[sample]).sum());
        let target = "log-probability of every token";
        let attribution =
            Attribution::new("sequence-ablation", target, vec![values], scores.collect())?;
        let options = first.options().iter();
        Ok(options
            .fold(attribution, |attribution, (name, value)| {
                attribution.with_option(name, value)
            })
            .without_gap())
    }
}

/// The values of all regions as `[batch, 1, regions]`.
fn rows(step: &Attribution) -> Tensor<3> {
    let regions = step.regions().expect("the method replaces regions");
    let samples = step.scores().len();
    let values = (0..samples).flat_map(|sample| regions.values(sample));
    let values: Vec<f32> = values.copied().collect();
    let device = step.values()[0].device();
    Tensor::<1>::from_floats(values.as_slice(), &device).reshape([samples, 1, regions.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BlackBox;
    use burn::tensor::{Device, Int};

    /// Word 1 is the likelier the larger the numbers so far: their sum is its logit, and that of word 0 is zero.
    fn language() -> impl Model {
        BlackBox::new(|inputs: &[AnyTensor]| {
            let said = inputs[0].to_tensor::<2, Int>()?.float().cumsum(1);
            Ok(vec![
                Tensor::stack::<3>(vec![said.zeros_like(), said], 2).into(),
            ])
        })
    }

    fn tokens() -> Tensor<2, Int> {
        Tensor::from_data([[1, 2, 3], [2, 0, 1]], &Device::flex())
    }

    /// The logarithm of the probability of word 1.
    fn log_probability(sum: f32) -> f32 {
        -(-sum).exp().ln_1p()
    }

    #[test]
    fn a_token_loses_what_those_before_it_say() {
        let written = SequenceLogProbability::new(vec![vec![1, 1, 1], vec![1, 1]]);
        let ablation = SequenceAblation::new(written);
        let result = ablation.attribute(&language(), tokens()).unwrap();
        assert_eq!(result.values()[0].shape().as_slice(), [2, 3, 3]);
        assert_eq!(result.gap(), None);
        assert_eq!(result.option("regions"), Some("3"));
        let matrices: Vec<f32> = result.tensor::<3>().unwrap().into_data().iter().collect();
        let loss = |sum: f32, token: f32| log_probability(sum) - log_probability(sum - token);
        let expected = [
            [loss(1.0, 1.0), 0.0, 0.0],
            [loss(3.0, 1.0), loss(3.0, 2.0), 0.0],
            [loss(6.0, 1.0), loss(6.0, 2.0), loss(6.0, 3.0)],
            [loss(2.0, 2.0), 0.0, 0.0],
            [loss(2.0, 2.0), 0.0, 0.0],
            // The second sequence has no third token.
            [0.0; 3],
        ];
        for (actual, expected) in matrices.iter().zip(expected.as_flattened()) {
            assert!((actual - expected).abs() < 1e-6, "{matrices:?}");
        }
        let whole = log_probability(1.0) + log_probability(3.0) + log_probability(6.0);
        assert!((result.scores()[0] - whole).abs() < 1e-6);
    }

    #[test]
    fn tokens_are_replaced_together_and_by_another_one() {
        let written = SequenceLogProbability::new(vec![vec![1; 3], vec![1; 3]]);
        let labels = Tensor::<2, Int>::from_data([[0, 0, -1]], &Device::flex());
        let ablation = SequenceAblation::new(written)
            .with_regions(Regions::labels(labels))
            .with_baseline(Baseline::constant(1.0));
        let result = ablation.attribute(&language(), tokens()).unwrap();
        let matrices: Vec<f32> = result.tensor::<3>().unwrap().into_data().iter().collect();
        let expected = log_probability(6.0) - log_probability(5.0);
        assert!((matrices[2] - expected).abs() < 1e-6, "{matrices:?}");
    }

    #[test]
    fn nothing_written_is_refused() {
        let ablation = SequenceAblation::new(SequenceLogProbability::new(vec![vec![], vec![]]));
        let error = ablation.attribute(&language(), tokens()).unwrap_err();
        assert!(
            matches!(error, Error::Target(TargetError::UnknownStep { .. })),
            "{error}"
        );
    }
}
