//! Averages over several baselines.

use crate::AnyTensor;
use crate::inputs::rows::{map, zip_all};

/// Attributions and scores averaged over baselines.
pub(crate) struct Average {
    weight: f64,
    pub(crate) values: Vec<AnyTensor>,
    pub(crate) scores: Vec<f32>,
}

impl Average {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            weight: 1.0 / count as f64,
            values: Vec::new(),
            scores: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, values: &[AnyTensor], scores: &[f32]) {
        let weight = self.weight;
        let scaled = values
            .iter()
            .map(|value| map(value, |value| value * weight));
        let scaled: Vec<AnyTensor> = scaled.collect();
        if self.values.is_empty() {
            self.values = scaled;
            self.scores = vec![0.0; scores.len()];
        } else {
            self.values = zip_all(&self.values, &scaled, |sum, value| sum + value);
        }
        for (sum, score) in self.scores.iter_mut().zip(scores) {
            *sum += weight as f32 * score;
        }
    }
}
