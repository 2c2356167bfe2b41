//! `manifest.json`: what was computed, for scripts. Its keys are a promise.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::args::{Args, name};
use crate::explanation::Explanation;
use crate::subject::{NETWORK, Subject, class_name};

#[derive(Serialize)]
pub struct Manifest {
    photo: String,
    network: &'static str,
    backend: String,
    target: Target,
    top5: Vec<Prediction>,
    #[serde(flatten)]
    results: Results,
    version: &'static str,
}

/// The keys of a single method are at the top, those of several in a list.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Results {
    One(Entry),
    Several { methods: Vec<Entry> },
}

/// What one method found.
#[derive(Serialize)]
pub struct Entry {
    method: String,
    picture: String,
    attribution: String,
    layer: Option<String>,
    baseline: Option<String>,
    gap: Option<Gap>,
    options: BTreeMap<String, Value>,
    map: Range,
    peak: Option<Peak>,
}

/// The class that is explained, with its score.
#[derive(Serialize)]
pub struct Target {
    class: usize,
    name: String,
    score: f32,
}

/// A class with its probability.
#[derive(Serialize)]
pub struct Prediction {
    pub class: usize,
    name: String,
    probability: f32,
}

/// By how much the attributions miss the score's change from the baseline to the photo.
#[derive(Serialize)]
struct Gap {
    absolute: f64,
    relative: Option<f64>,
    /// Whether the attributions cancel so far that the gap says nothing.
    cancellation: bool,
}

#[derive(Serialize)]
struct Range {
    min: f32,
    max: f32,
}

/// Position of the map's maximum as fractions of the photo's width and height.
#[derive(Serialize)]
struct Peak {
    x: f64,
    y: f64,
}

impl Manifest {
    pub fn new(
        args: &Args,
        subject: &Subject,
        target: Target,
        top5: Vec<Prediction>,
        results: Results,
    ) -> Self {
        Self {
            photo: subject.name.clone(),
            network: NETWORK,
            backend: name(args.backend),
            target,
            top5,
            results,
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    pub fn save(&self, path: &Path) -> Result<(), String> {
        let error = |error: &dyn fmt::Display| format!("cannot write {}: {error}", path.display());
        let file = File::create(path).map_err(|e| error(&e))?;
        serde_json::to_writer_pretty(file, self).map_err(|e| error(&e))
    }
}

impl Entry {
    /// What a method found, and the file names of its picture and its values.
    pub fn new(
        explanation: &Explanation,
        picture: &str,
        attribution: &str,
        subject: &Subject,
    ) -> Self {
        let Explanation {
            method,
            result,
            pictures,
        } = explanation;
        let map = &pictures.map;
        let gap = explanation.first_gap();
        let options = result.options().iter();
        Self {
            method: method.to_string(),
            picture: picture.to_owned(),
            attribution: attribution.to_owned(),
            layer: result.layer().map(ToOwned::to_owned),
            baseline: result.baseline().map(ToOwned::to_owned),
            gap: gap.map(|gap| Gap {
                absolute: gap.absolute,
                relative: gap.relative,
                cancellation: gap.cancellation.is_some(),
            }),
            options: options
                .map(|(name, text)| (name.clone(), value(text)))
                .collect(),
            map: Range {
                min: map.min(),
                max: map.max(),
            },
            // A flat map has no peak.
            peak: map.peak_in(&subject.view).map(|(x, y)| Peak { x, y }),
        }
    }
}

/// Numbers and truth values as such, everything else as text.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

impl Target {
    pub fn new(class: usize, score: f32) -> Self {
        Self {
            class,
            name: class_name(class),
            score,
        }
    }
}

impl Prediction {
    pub fn new(class: usize, probability: f32) -> Self {
        Self {
            class,
            name: class_name(class),
            probability,
        }
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:6.1}%  {:>4}  {}",
            100.0 * self.probability,
            self.class,
            self.name
        )
    }
}
