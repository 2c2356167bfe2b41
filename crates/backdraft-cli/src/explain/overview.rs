//! The manifest of several photos, for scripts. Its keys are a promise.

use serde::Serialize;

use crate::answer::{Prediction, Target};
use crate::explain::findings::Findings;
use crate::network::Classifier;
use crate::source::Source;

/// What became of each photo.
#[derive(Serialize)]
pub struct Overview {
    network: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
    backend: String,
    photos: Vec<Row>,
    version: &'static str,
}

/// A photo.
#[derive(Serialize)]
struct Row {
    photo: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Explained {
        /// Where the photo's files are, beside this manifest.
        folder: String,
        target: Target,
        top5: Vec<Prediction>,
    },
    Failed {
        error: String,
    },
}

impl Overview {
    pub fn new(classifier: &Classifier) -> Self {
        Self {
            network: classifier.name.into(),
            weights: classifier.weights.clone(),
            backend: classifier.backend.clone(),
            photos: Vec::new(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Adds a photo whose files are in a folder.
    pub fn explained(&mut self, findings: Findings, folder: String) {
        self.photos.push(Row {
            photo: findings.subject.name,
            outcome: Outcome::Explained {
                folder,
                target: findings.target,
                top5: findings.top5,
            },
        });
    }

    /// Adds a photo that couldn't be explained.
    pub fn failed(&mut self, source: &Source, error: String) {
        self.photos.push(Row {
            photo: source.name(),
            outcome: Outcome::Failed { error },
        });
    }

    /// How many photos couldn't be explained.
    pub fn failures(&self) -> usize {
        let failed = |row: &&Row| matches!(row.outcome, Outcome::Failed { .. });
        self.photos.iter().filter(failed).count()
    }
}
