//! `manifest.json`: what was computed, for scripts. Its keys are a promise.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::answer::{Prediction, Target};
use crate::explain::explanation::Explanation;
use crate::explain::files::Files;
use crate::explain::findings::{Explanations, Findings};
use crate::network::Classifier;
use crate::subject::Subject;

/// What was found out about one photo.
#[derive(Serialize)]
pub struct Manifest<'a> {
    photo: &'a str,
    network: &'a str,
    /// The file, unless the weights are built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<&'a str>,
    backend: &'a str,
    target: &'a Target,
    top5: &'a [Prediction],
    #[serde(flatten)]
    results: Results,
    version: &'static str,
}

/// The keys of a single method are at the top, those of several in a list.
#[derive(Serialize)]
#[serde(untagged)]
enum Results {
    One(Box<Entry>),
    Several { methods: Vec<Entry> },
}

/// What one method found.
#[derive(Serialize)]
struct Entry {
    method: String,
    picture: String,
    attribution: String,
    layer: Option<String>,
    baseline: Option<String>,
    gap: Option<Gap>,
    conservation: Option<Conservation>,
    options: BTreeMap<String, Value>,
    map: Range,
    peak: Option<Peak>,
}

/// By how much the attributions miss the score's change from the baseline to the photo.
#[derive(Serialize)]
struct Gap {
    absolute: f64,
    relative: Option<f64>,
    /// Whether the attributions cancel so far that the gap says nothing.
    cancellation: bool,
}

/// How much of the outputs' relevance arrived.
#[derive(Serialize)]
struct Conservation {
    given: f64,
    received: f64,
    /// What was lost, as a fraction of what was given.
    relative: Option<f64>,
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

impl<'a> Manifest<'a> {
    pub fn new(classifier: &'a Classifier, findings: &'a Findings) -> Self {
        let Findings {
            subject,
            target,
            top5,
            explanations,
            ..
        } = findings;
        let entry = |explanation, files| Entry::new(explanation, files, subject);
        Self {
            photo: &subject.name,
            network: classifier.name,
            weights: classifier.weights.as_deref(),
            backend: &classifier.backend,
            target,
            top5,
            results: match explanations {
                Explanations::One(it) => Results::One(Box::new(entry(it, Files::single()))),
                Explanations::Several(all) => Results::Several {
                    methods: (all.iter().map(|it| entry(it, Files::of(it.asked)))).collect(),
                },
            },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

impl Entry {
    /// What a method found, and the file names of its picture and its values.
    fn new(explanation: &Explanation, files: Files, subject: &Subject) -> Self {
        let Explanation {
            asked, result, map, ..
        } = explanation;
        let gap = explanation.first_gap();
        let conservation = explanation.first_conservation();
        let options = result.options().iter();
        Self {
            method: asked.method.to_string(),
            picture: files.picture,
            attribution: files.attribution,
            layer: result.layer().map(ToOwned::to_owned),
            baseline: result.baseline().map(ToOwned::to_owned),
            gap: gap.map(|gap| Gap {
                absolute: gap.absolute,
                relative: gap.relative,
                cancellation: gap.cancellation.is_some(),
            }),
            conservation: conservation.map(|it| Conservation {
                given: it.given,
                received: it.received,
                relative: it.relative(),
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

/// Writes a manifest into a folder, as `manifest.json`.
pub fn save(manifest: &impl Serialize, folder: &Path) -> Result<(), String> {
    let path = folder.join(Files::MANIFEST);
    let error = |error: &dyn fmt::Display| format!("cannot write {}: {error}", path.display());
    let file = File::create(&path).map_err(|e| error(&e))?;
    serde_json::to_writer_pretty(file, manifest).map_err(|e| error(&e))
}
