//! Options and numbers of an explanation.

use maud::{Markup, html};

use crate::number::{duration, number, signed};
use crate::page::panel::Panel;
use crate::sentence;

pub(super) fn of(panel: &Panel) -> Markup {
    let explanation = panel.explanation;
    let (attribution, facts) = (&explanation.attribution, &panel.facts);
    html! {
        div.facts {
            dl {
                dt { "Method" } dd { (attribution.method()) }
                dt { "Explains" } dd { (attribution.target()) ", score " (number(facts.score.into())) }
                @if let Some(layer) = attribution.layer() {
                    dt { "Layer" } dd { (layer) }
                }
                @if let Some(baseline) = attribution.baseline() {
                    dt { "Baseline" }
                    dd {
                        (baseline)
                        @if let Some(score) = facts.baseline_score {
                            ", score " (number(score.into()))
                        }
                    }
                }
                dt { "Sum of all values" } dd { (signed(facts.sum)) }
                dt { "Sum of absolute values" } dd { (number(facts.absolute_sum)) }
                @if attribution.relevance().is_some() {
                    dt { "Conservation of relevance" } dd { (sentence::of_conservation(facts.conservation)) }
                } @else {
                    dt { "Completeness gap" } dd { (sentence::of_gap(attribution, facts)) }
                }
                @if let Some(evaluations) = explanation.evaluations {
                    dt { "Evaluations of the network" } dd { (evaluations) }
                }
                @if let Some(it) = explanation.duration {
                    dt { "Time" } dd { (duration(it)) }
                }
            }
            (options(attribution.options()))
        }
    }
}

fn options(options: &[(String, String)]) -> Markup {
    if options.is_empty() {
        return Markup::default();
    }
    html! {
        table {
            caption { "Options" }
            tbody {
                @for (name, value) in options {
                    tr { th scope="row" { (name) } td { (value) } }
                }
            }
        }
    }
}
