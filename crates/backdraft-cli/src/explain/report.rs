//! The findings as one page, and as evidence.

use std::path::Path;

use backdraft_report::{Evidence, Explanation as Section, Prediction, Report, ReportError};

use crate::explain::explanation::Explanation;
use crate::explain::files::Files;
use crate::explain::findings::{Explanations, Findings};
use crate::network::Classifier;

/// Writes both into a photo's folder. Older evidence is replaced by force alone.
pub fn save(
    findings: &Findings,
    classifier: &Classifier,
    folder: &Path,
    force: bool,
) -> Result<(), ReportError> {
    let report = report(findings, classifier);
    let evidence = Evidence::of(&report).with_force(force);
    evidence.save(folder.join(Files::EVIDENCE))?;
    report.save(folder.join(Files::REPORT))
}

fn report(findings: &Findings, classifier: &Classifier) -> Report {
    let Findings {
        subject,
        target,
        top5,
        explanations,
        checks,
    } = findings;
    let (name, bytes) = &subject.file;
    let title = format!("What {} sees in {name}: {}", classifier.name, target.name);
    let report = Report::new(title)
        .with_photo(subject.photo.clone())
        .with_photo_file(name.clone(), bytes.clone())
        .with_view(subject.shown)
        .with_network(classifier.name, &classifier.net);
    let report = top5.iter().fold(report, |report, top| {
        report.with_prediction(Prediction::new(top.class, &top.name, top.probability))
    });
    let report = match explanations {
        Explanations::One(explanation) => report.with_explanation(section(explanation)),
        Explanations::Several(explanations) => explanations
            .iter()
            .map(section)
            .fold(report, Report::with_explanation),
    };
    checks.iter().cloned().fold(report, Report::with_checks)
}

fn section(explanation: &Explanation) -> Section {
    let section = Section::new(explanation.asked.to_string(), explanation.result.clone());
    let section = section.with_duration(explanation.time);
    let warnings = explanation.warnings().into_iter();
    warnings.fold(section, Section::with_warning)
}
