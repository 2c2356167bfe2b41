//! `manifest.json`: what the evidence is, for scripts. Its keys are a promise.

use std::path::Path;

use backdraft::evaluation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::evidence::file_names::{MANIFEST, is_plain};
use crate::facts::Facts;
use crate::provenance::Provenance;
use crate::{Explanation, Prediction, Report, ReportError};

const FORMAT: &str = "backdraft evidence";
const VERSION: u32 = 1;

/// Everything that the folder says about itself.
#[derive(Serialize)]
pub(super) struct Manifest<'a> {
    format: &'static str,
    version: u32,
    title: &'a str,
    /// The name of the photo's file, where it was given.
    photo: Option<&'a str>,
    predictions: &'a [Prediction],
    explanations: Vec<Entry<'a>>,
    checks: &'a [evaluation::Report],
    provenance: &'a Provenance,
    files: Vec<File>,
}

/// A file of the folder.
#[derive(Serialize, Deserialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// An explanation.
#[derive(Serialize)]
struct Entry<'a> {
    label: &'a str,
    file: String,
    method: &'a str,
    target: &'a str,
    layer: Option<&'a str>,
    baseline: Option<&'a str>,
    options: Map<String, Value>,
    sample: usize,
    score: f32,
    baseline_score: Option<f32>,
    sum: f64,
    absolute_sum: f64,
    gap: Option<Gap>,
    conservation: Option<Conservation>,
    evaluations: Option<usize>,
    seconds: Option<f64>,
    warnings: &'a [String],
}

/// By how much the attributions miss the score's change from the baseline.
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

impl<'a> Manifest<'a> {
    /// Of a report whose explanations have these files of values, and of all files.
    pub(super) fn new(
        report: &'a Report,
        values: Vec<String>,
        files: Vec<File>,
    ) -> Result<Self, ReportError> {
        let entries = report.explanations.iter().zip(values);
        let entries = entries.map(|(explanation, file)| Entry::new(explanation, file));
        Ok(Self {
            format: FORMAT,
            version: VERSION,
            title: &report.title,
            photo: report.photo_file.as_ref().map(|file| file.name.as_str()),
            predictions: &report.predictions,
            explanations: entries.collect::<Result<_, _>>()?,
            checks: &report.checks,
            provenance: &report.provenance,
            files,
        })
    }

    pub(super) fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("names are text, so that JSON has them all") + "\n"
    }
}

impl<'a> Entry<'a> {
    fn new(explanation: &'a Explanation, file: String) -> Result<Self, ReportError> {
        let attribution = &explanation.attribution;
        let facts = Facts::of(explanation)?;
        let options = attribution.options().iter();
        Ok(Self {
            label: &explanation.label,
            file,
            method: attribution.method(),
            target: attribution.target(),
            layer: attribution.layer(),
            baseline: attribution.baseline(),
            options: options
                .map(|(name, text)| (name.clone(), value(text)))
                .collect(),
            sample: explanation.sample,
            score: facts.score,
            baseline_score: facts.baseline_score,
            sum: facts.sum,
            absolute_sum: facts.absolute_sum,
            gap: facts.gap.map(|gap| Gap {
                absolute: gap.absolute,
                relative: gap.relative,
                cancellation: gap.cancellation.is_some(),
            }),
            conservation: facts.conservation.map(|it| Conservation {
                given: it.given,
                received: it.received,
                relative: it.relative(),
            }),
            evaluations: explanation.evaluations,
            seconds: explanation.duration.map(|it| it.as_secs_f64()),
            warnings: &explanation.warnings,
        })
    }
}

/// Numbers and truth values as such, everything else as text.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// What is read of a manifest.
#[derive(Deserialize)]
struct Stored {
    format: String,
    version: u32,
    files: Vec<File>,
}

/// The files that a folder's manifest names.
pub(super) fn files_of(folder: &Path) -> Result<Vec<File>, ReportError> {
    let not_evidence = |reason: String| ReportError::NotEvidence {
        path: folder.into(),
        reason,
    };
    let path = folder.join(MANIFEST);
    if !path.is_file() {
        return Err(not_evidence(format!("it has no {MANIFEST}")));
    }
    let text = std::fs::read(&path).map_err(ReportError::reading(path))?;
    let stored: Stored = serde_json::from_slice(&text).map_err(|error| {
        not_evidence(format!(
            "{MANIFEST} is damaged or another program's: {error}"
        ))
    })?;
    if (stored.format.as_str(), stored.version) != (FORMAT, VERSION) {
        let (format, version) = (stored.format, stored.version);
        return Err(not_evidence(format!(
            "{MANIFEST} is of format `{format}`, version {version}, where `{FORMAT}`, version {VERSION}, is known"
        )));
    }
    match stored.files.iter().find(|file| !is_plain(&file.name)) {
        Some(file) => Err(not_evidence(format!(
            "{MANIFEST} names `{}`, which is no file of the folder itself",
            file.name
        ))),
        None => Ok(stored.files),
    }
}
