//! One explanation.

use maud::{Markup, html};

use crate::page::panel::Panel;
use crate::page::{facts, figure};

pub(super) fn of(panel: &Panel) -> Markup {
    let id = panel.id();
    let heading = format!("{id}-heading");
    html! {
        section.explanation id=(id) aria-labelledby=(heading) {
            h2 id=(heading) { (panel.explanation.label) }
            @if let Some(lead) = lead(panel) {
                p.lead { (lead) }
            }
            @for warning in panel.warnings() {
                p.warning role="note" { strong { "Note: " } (warning) }
            }
            div.columns {
                (figure::of(panel))
                (facts::of(panel))
            }
            @if let Some(chart) = &panel.chart {
                (figure::chart(chart))
            }
        }
    }
}

/// What the method computes, and of which sample.
fn lead(panel: &Panel) -> Option<String> {
    let attribution = &panel.explanation.attribution;
    let summary = panel.summary().map(|summary| {
        let mut letters = summary.chars();
        let first = letters.next().map(char::to_uppercase);
        let first: String = first.into_iter().flatten().collect();
        format!("{first}{}.", letters.as_str())
    });
    let samples = attribution.scores().len();
    let sample = (samples > 1).then(|| {
        let sample = panel.explanation.sample + 1;
        format!("Sample {sample} of {samples} in the batch.")
    });
    let inputs = attribution.values().len();
    let inputs = (inputs > 1)
        .then(|| format!("Of the {inputs} inputs the first is shown; the sums are those of all."));
    let known = [summary, sample, inputs].into_iter().flatten();
    let known: Vec<String> = known.collect();
    (!known.is_empty()).then(|| known.join(" "))
}
