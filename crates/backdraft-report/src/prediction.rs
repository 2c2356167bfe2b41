//! What the network says of the photo.

use serde::Serialize;

use crate::ReportError;

/// A class that the network predicts, with its probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    pub(crate) class: usize,
    pub(crate) name: String,
    pub(crate) probability: f32,
}

impl Prediction {
    /// A class, what it is called, and its probability, between 0 and 1.
    pub fn new(class: usize, name: impl Into<String>, probability: f32) -> Self {
        Self {
            class,
            name: name.into(),
            probability,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ReportError> {
        if (0.0..=1.0).contains(&self.probability) {
            return Ok(());
        }
        Err(ReportError::Probability {
            class: self.class,
            name: self.name.clone(),
            probability: self.probability,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_between_0_and_1() {
        let check = |probability| Prediction::new(7, "cat", probability).check();
        assert!(check(0.0).is_ok() && check(1.0).is_ok());
        for wrong in [-0.1, 1.5, f32::NAN, f32::INFINITY] {
            let error = check(wrong).unwrap_err().to_string();
            assert!(error.contains("class 7 (`cat`)"), "{error}");
        }
    }
}
