//! The numbers of one sample of a result.

use backdraft::{Attribution, Conservation, Gap};

use crate::{Explanation, ReportError};

/// What a result says of the sample that is shown.
pub(crate) struct Facts {
    pub(crate) score: f32,
    pub(crate) baseline_score: Option<f32>,
    pub(crate) sum: f64,
    pub(crate) absolute_sum: f64,
    pub(crate) gap: Option<Gap>,
    pub(crate) conservation: Option<Conservation>,
}

impl Facts {
    pub(crate) fn of(explanation: &Explanation) -> Result<Self, ReportError> {
        let Explanation {
            label,
            attribution,
            sample,
            ..
        } = explanation;
        let (samples, sample) = (attribution.scores().len(), *sample);
        if sample >= samples {
            return Err(ReportError::UnknownSample {
                label: label.clone(),
                sample,
                samples,
            });
        }
        Ok(Self::of_sample(attribution, sample))
    }

    /// Of a sample that there is.
    fn of_sample(attribution: &Attribution, sample: usize) -> Self {
        Self {
            score: attribution.scores()[sample],
            baseline_score: attribution.baseline_scores().map(|scores| scores[sample]),
            sum: attribution.sums()[sample],
            absolute_sum: attribution.absolute_sums()[sample],
            gap: attribution.gap().map(|gaps| gaps[sample]),
            conservation: attribution.conservation().map(|samples| samples[sample]),
        }
    }
}
